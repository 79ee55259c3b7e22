#!/bin/sh
# Mixes our nodes and C++ Copper's in trees on this machine, over ofi+tcp, and compares what every mount shows with the
# original. --help lists the options. Needs what building the Margo transport needs, and a C++ cu_fuse.
set -eu
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
require python3
python3 "$root/scripts/interop.py" --check-only "$@"
for arg in "$@"; do
  case $arg in
    -h | --help) exit 0 ;;
  esac
done
require jdk mvn cmake cc fusermount3 libfuse2 pip setsid
require_fuse_device
"$root/scripts/build_helper/build.sh"
[ -e "$root/build/install/lib/libcopper_margo.so" ] ||
  die 'the Margo transport is not built here: it needs Mercury and Margo (with Spack: spack install mochi-margo, then spack load mochi-margo)'
exec python3 "$root/scripts/interop.py" "$@"
