#!/bin/sh
# Fuzzes the parsers of everything that comes from outside, one after the other, with Jazzer:
#   scripts/fuzz.sh [-n EXECUTIONS] [-k] [PARSER...]
# EXECUTIONS are tried for each (default 10 million); without PARSER all of them, -l lists them. What is found is left in
# build/fuzz/PARSER and the script ends with 1. -k adds to java/src/fuzz/corpus the new inputs that reach code which the
# inputs there do not, the smallest first. A line for each parser goes to build/fuzz/figures.txt.
set -eu
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
find_jdk || die "no JDK of version $min_java or newer found; set JAVA_HOME"

executions=10000000 keep='' list=''
while getopts n:kl option; do
  case $option in
    n) executions=$OPTARG ;;
    k) keep=yes ;;
    l) list=yes ;;
    *) die 'usage: fuzz.sh [-n EXECUTIONS] [-k] [-l] [PARSER...]' ;;
  esac
done
shift $((OPTIND - 1))

mkdir -p build/fuzz
say 'compiling'
mvn -q -B -Dstyle.color=never -Pfuzz test-compile </dev/null
mvn -q -B -Dstyle.color=never -Pfuzz dependency:build-classpath -Dmdep.includeScope=test \
  -Dmdep.outputFile="$root/build/fuzz/classpath" </dev/null
classpath=build/maven/test-classes:build/maven/classes:$(cat build/fuzz/classpath)
all=$("$JAVA_HOME/bin/java" -cp "$classpath" copper.fuzz.Fuzz)
if [ -n "$list" ]; then
  printf '%s\n' "$all"
  exit 0
fi
[ $# -gt 0 ] || {
  # shellcheck disable=SC2086 # names without blanks
  set -- $all
}

# Runs Jazzer on the parser $1 in its own directory; the rest are its options.
jazzer() {
  parser=$1
  shift
  # The heap is small, so that who believes a length that a message claims runs out of it.
  "$JAVA_HOME/bin/java" -Xmx512m -XX:MaxDirectMemorySize=256m -XX:+UseSerialGC -cp "$classpath" \
    com.code_intelligence.jazzer.Jazzer --target_class=copper.fuzz.Fuzz --target_args="$parser" \
    --instrumentation_includes='copper.**' --custom_hook_includes='copper.**' --disabled_hooks='*' \
    --reproducer_path="build/fuzz/$parser" -artifact_prefix="build/fuzz/$parser/" -timeout=10 -rss_limit_mb=2048 "$@"
}

failed=''
for parser in "$@"; do
  work=build/fuzz/$parser
  seeds=java/src/fuzz/corpus/$parser
  [ -d "$seeds" ] || die "$parser is no parser; -l lists them"
  mkdir -p "$work/corpus"
  start=$(date +%s)
  if jazzer "$parser" -runs="$executions" -max_len=4096 "$work/corpus" "$seeds" >"$work/log" 2>&1; then
    found=nothing
  else
    found="a finding, see $work" failed=yes
  fi
  took=$(($(date +%s) - start))
  done=$(sed -n 's/^#\([0-9]*\)[[:space:]].*/\1/p' "$work/log" | tail -n 1)
  printf '%-18s %12s executions %6s s  %s\n' "$parser" "${done:-0}" "$took" "$found" | tee -a build/fuzz/figures.txt
  if [ -n "$keep" ] && [ "$found" = nothing ]; then
    jazzer "$parser" -merge=1 "$seeds" "$work/corpus" >>"$work/log" 2>&1 || say "the inputs of $parser are not merged, see $work/log"
  fi
done
[ -z "$failed" ]
