#!/bin/sh
# Formats the Java sources as the build demands them.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
find_jdk || die "no JDK of version $min_java or newer found; set JAVA_HOME"
exec mvn -q -B spotless:apply </dev/null
