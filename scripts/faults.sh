#!/bin/sh
# Injects faults into a tree of 15 real nodes while programs read through all of its leaves, and prints a Markdown table of
# what the programs saw. --help lists the faults and options.
set -eu
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 libfuse2 python3
require_fuse_device
case " $* " in
  *' --help '* | *' -h '* | *' --no-build '*) ;;
  *) "$root/scripts/build_helper/build.sh" >&2 ;;
esac
exec python3 "$root/scripts/faults.py" "$@"
