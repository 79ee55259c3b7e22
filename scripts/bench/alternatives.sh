#!/bin/sh
# Measures how a Python environment comes to several nodes of this machine: through a cold tree of Copper, as a SquashFS image,
# and as a tar that each node unpacks into its memory; prints a Markdown table. --help lists the options.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 python3 pip mksquashfs squashfuse fincore
require_fuse_device
"$root/scripts/build_helper/build.sh" >&2
exec python3 "$root/scripts/bench/alternatives.py" "$@"
