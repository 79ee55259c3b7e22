#!/bin/sh
# The project's whole test, from a fresh machine on: installs what is missing, builds, runs every test.
# Arguments go to Maven, for instance: scripts/test.sh -Dtest=AddressBookTest
set -eu
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn fusermount3 libfuse2 python3 setsid git rsync cc file tar ip --wish shellcheck
# With Margo there is a native part to build and to test.
if command -v pkg-config >/dev/null && pkg-config --exists margo; then
  require cmake
fi
# For the tests of the packaging and of the documentation.
require --wish cmake lmod modulecmd mandoc venv
require_fuse_device
"$root/scripts/build_helper/build.sh"
exec "$root/scripts/build_helper/test.sh" "$@"
