#!/bin/sh
# Measures trees whose nodes send their children what others ask for (-push on, -push auto) beside trees whose nodes do not;
# prints a Markdown table. --help lists the options.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 python3 pip
require_fuse_device
"$root/scripts/build_helper/build.sh" >&2
exec python3 "$root/scripts/bench/push.py" "$@"
