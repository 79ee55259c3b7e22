#!/bin/sh
# Measures the memory, threads and descriptors of nodes: at rest, after Python imports, and over minutes in which the cache
# has to drop data all the time; prints Markdown tables. --help lists the options.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 libfuse2 python3 pip cc
require_fuse_device
"$root/scripts/build_helper/build.sh" >&2
exec python3 "$root/scripts/bench/memory.py" "$@"
