#!/bin/sh
# Builds the jars twice, in directories of different names, times and locales, and compares them and the list of what is
# in them (CycloneDX) byte for byte. Takes what git would commit now.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
[ $# -eq 0 ] || die 'takes no arguments'
find_jdk || die "no JDK of version $min_java or newer found; set JAVA_HOME"

work=$(mktemp -d "${TMPDIR:-/tmp}/copper-reproducible.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' INT TERM
build() {
  mkdir -p "$work/$1"
  git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- --ignore-failed-read 2>/dev/null |
    tar --extract --directory="$work/$1" --touch
  (cd "$work/$1" && env LC_ALL="$2" TZ="$3" mvn -q -B -Dstyle.color=never -Dmaven.test.skip=true package </dev/null)
}
build one C UTC
build another/and-longer C.UTF-8 Pacific/Kiritimati
one=$work/one/build/maven another=$work/another/and-longer/build/maven
for file in copper.jar copper.cdx.json; do
  cmp -- "$one/$file" "$another/$file" || die "$file is another one in the second build"
done
diff -r -- "$one/lib" "$another/lib" || die 'the jars that copper.jar needs differ'
say "both builds made the same copper.jar ($(sha256sum <"$one/copper.jar" | cut -d' ' -f1)) and copper.cdx.json"
