#!/bin/sh
# Runs every test against what build.sh made: the Java ones, whose integration tests use build/install, and the scripts'
# beside them, whose output is in build/script-tests.log until it is printed at the end. Arguments go to Maven: -Dtest=Foo runs
# that class only and leaves the scripts' tests out; the shim's own, and what MargoCheckedTest loads, go with the tests of Margo.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
find_jdk || die "no JDK of version $min_java or newer found; set JAVA_HOME"

scripts=yes margo=''
for arg in "$@"; do
  case $arg in
    -Dtest=*Margo*) scripts='' margo=yes ;;
    -Dtest=*) scripts='' ;;
  esac
done
if [ -n "$scripts" ]; then
  if command -v shellcheck >/dev/null; then
    shellcheck -x -P . .ci/run scripts/*.sh scripts/*/*.sh scripts/bin/cu_fuse scripts/bin/cu_fuse_shutdown scripts/bin/copper scripts/bin/copper_cds scripts/completions/*
  else
    say 'shellcheck is not here: the scripts are not checked'
  fi
fi
if [ -n "$scripts" ] || [ -n "$margo" ]; then
  if [ -e build/install/lib/libcopper_margo.so ]; then
    cmake --build build/cmake --target copper_native_tests
    (cd build/cmake && ctest --output-on-failure)
  else
    say 'the Margo transport is not built here: its tests are skipped; it needs Mercury and Margo (with Spack: spack install mochi-margo, then spack load mochi-margo)'
  fi
fi

beside=''
if [ -n "$scripts" ]; then
  mkdir -p build
  # In a session of its own, so that Ctrl-C comes once, from here; a shell has what it starts beside itself ignore that signal.
  PYTHONDONTWRITEBYTECODE=1 setsid python3 -c '
import signal, unittest
signal.signal(signal.SIGINT, signal.default_int_handler)
unittest.main(None, argv=["unittest", "discover", "-s", "scripts/tests", "-t", "scripts/tests"])
' >build/script-tests.log 2>&1 </dev/null &
  beside=$!
  trap 'trap "" INT TERM HUP; kill -INT "-$beside" 2>/dev/null || :; wait "$beside" || :; exit 130' INT TERM HUP
fi
failed=0
mvn -B -Dstyle.color=never test "$@" </dev/null || failed=$?
if [ -n "$beside" ]; then
  wait "$beside" || failed=1
  cat build/script-tests.log
fi
exit "$failed"
