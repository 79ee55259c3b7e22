#!/bin/sh
# Shows Copper at work on this machine, from a fresh clone on: installs what is missing, builds, starts a tree of nodes,
# imports real Python packages through it and compares every byte. --help lists the options.
set -eu
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
require python3
python3 "$root/scripts/quickstart.py" --check-only "$@"
for arg in "$@"; do
  case $arg in
    -h | --help) exit 0 ;;
  esac
done
require jdk mvn fusermount3 libfuse2 pip
require_fuse_device
"$root/scripts/build_helper/build.sh"
exec python3 "$root/scripts/quickstart.py" "$@"
