#!/bin/sh
# Measures Python imports and single operations through a leaf of a 7-node tree against the folder itself, and against a
# C++ cu_fuse when there is one; prints a Markdown table. --help lists the options.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 libfuse2 python3 pip cc
require_fuse_device
"$root/scripts/build_helper/build.sh" >&2
exec python3 "$root/scripts/bench/bench.py" "$@"
