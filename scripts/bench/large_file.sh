#!/bin/sh
# Measures how long a file of 1 GiB takes to one child of the root, to one leaf four levels down, and to all 15 nodes of
# such a tree at once; prints a Markdown table. --help lists the options.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 libfuse2 python3 cc
require_fuse_device
"$root/scripts/build_helper/build.sh" >&2
exec python3 "$root/scripts/bench/large_file.py" "$@"
