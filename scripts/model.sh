#!/bin/sh
# Asks a tree of seven real nodes at random while storage changes, nodes are reset and nodes fail, and judges every answer.
# --help lists the options; --self-test tries the judge itself and needs no nodes.
set -eu
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
require python3
case " $* " in
  *' --help '* | *' -h '* | *' --self-test '*) ;;
  *)
    require jdk mvn fusermount3 libfuse2
    require_fuse_device
    case " $* " in
      *' --no-build '*) ;;
      *) "$root/scripts/build_helper/build.sh" >&2 ;;
    esac
    ;;
esac
exec python3 "$root/scripts/model.py" "$@"
