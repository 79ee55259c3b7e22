#!/bin/sh
# Checks the simulator (copper simulate) against a real tree of 15 nodes on this machine, then simulates the same program on
# 32 to 10,624 nodes; prints Markdown tables. --help lists the options.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 python3 pip
require_fuse_device
"$root/scripts/build_helper/build.sh" >&2
exec python3 "$root/scripts/bench/simulate.py" "$@"
