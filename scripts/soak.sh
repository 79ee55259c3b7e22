#!/bin/sh
# Uses a tree of seven real nodes for an hour, and fails unless memory, threads, descriptors and latency stay flat.
# --help lists the options.
set -eu
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 libfuse2 python3
require_fuse_device
case " $* " in
  *' --help '* | *' -h '* | *' --no-build '*) ;;
  *) "$root/scripts/build_helper/build.sh" >&2 ;;
esac
exec python3 "$root/scripts/soak.py" "$@"
