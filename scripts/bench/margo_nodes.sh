#!/bin/sh
# What nodes over Margo cost, on this machine over ofi+tcp: processor time at rest, at 100 RPCs a second and with a parent
# that is silent or gone; and, with --cu-fuse PATH, how long a child waits for 10 MiB from a C++ parent and from ours.
# Needs what building the Margo transport needs.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn cmake cc python3 fusermount3 libfuse2
require_fuse_device
find_jdk
cd "$root"
"$root/scripts/build_helper/build.sh" >&2
[ -e build/install/lib/libcopper_margo.so ] ||
  die 'the Margo transport is not built here: it needs Mercury and Margo (with Spack: spack install mochi-margo, then spack load mochi-margo)'
mvn -q -B test-compile </dev/null >&2
exec python3 "$root/scripts/bench/margo_nodes.py" "$@"
