#!/bin/sh
# Measures what the mounts cost: the folder itself, the mount that speaks the kernel's protocol and the one through
# libfuse 2, and, where they are on the PATH, a C++ cu_fuse and squashfuse_ll; prints a Markdown table. --help lists the
# options.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 libfuse2 python3 pip cc
require_fuse_device
find_jdk
"$root/scripts/build_helper/build.sh" >&2
(cd "$root" && mvn -q -B test-compile </dev/null >&2)
exec python3 "$root/scripts/bench/mount_bench.py" "$@"
