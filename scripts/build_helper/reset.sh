#!/bin/sh
# Removes everything the build made (the directory build/), and nothing else.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
if grep -q " $root/build/" /proc/self/mounts; then
  die "something is mounted under $root/build; unmount it first"
fi
rm -rf -- "$root/build"
