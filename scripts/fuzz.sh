#!/bin/sh
# Fuzzes the parsers of everything that comes from outside, one after the other, with Jazzer, and the shim's C code (native_...)
# with libFuzzer where clang and Margo are:
#   scripts/fuzz.sh [-n EXECUTIONS] [-k] [PARSER...]
# EXECUTIONS are tried for each (default 10 million); without PARSER all of them, -l lists them. What is found is left in
# build/fuzz/PARSER and the script ends with 1. -k adds to java/src/fuzz/corpus or jni/fuzz/corpus the new inputs that reach
# code which the inputs there do not, the smallest first. A line for each parser goes to build/fuzz/figures.txt.
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
missing=''
# Not built for who names parsers in Java alone.
case " $* " in
  '  ' | *' native_'*)
    if ! command -v clang >/dev/null || ! command -v cmake >/dev/null; then
      missing='the native parsers need clang with libFuzzer, and cmake (Debian: apt install clang cmake)'
    elif ! pkg-config --exists margo 2>/dev/null; then
      missing='the native parsers need Mercury and Margo (with Spack: spack load mochi-margo)'
    elif ! { CC=clang cmake -S . -B build/fuzz/cmake && cmake --build build/fuzz/cmake --target copper_native_fuzzers; } >build/fuzz/cmake.log 2>&1; then
      missing='the native parsers cannot be built, see build/fuzz/cmake.log'
    fi
    ;;
esac
if [ -n "$missing" ]; then
  [ $# -gt 0 ] || printf '%s; left out\n' "$missing" >&2
else
  for target in jni/fuzz/corpus/*; do
    all="$all native_${target##*/}"
  done
fi
if [ -n "$list" ]; then
  # shellcheck disable=SC2086 # names without blanks
  printf '%s\n' $all
  exit 0
fi
[ $# -gt 0 ] || {
  # shellcheck disable=SC2086 # names without blanks
  set -- $all
}

# Runs the fuzzer of the parser $1, whose findings go into its own directory; the rest are its options.
fuzz() {
  parser=$1
  shift
  set -- -artifact_prefix="build/fuzz/$parser/" -timeout=10 -rss_limit_mb=2048 "$@"
  case $parser in
    # The variable leaves SIGSEGV to the sanitizer, as jni/src/loader.c leaves it to the JVM.
    native_*) IPATH_NO_BACKTRACE=1 "build/fuzz/cmake/jni/copper_${parser#native_}_fuzzer" -malloc_limit_mb=64 "$@" ;;
    *)
      # The heap is small, so that who believes a length that a message claims runs out of it.
      "$JAVA_HOME/bin/java" -Xmx512m -XX:MaxDirectMemorySize=256m -XX:+UseSerialGC -cp "$classpath" \
        com.code_intelligence.jazzer.Jazzer --target_class=copper.fuzz.Fuzz --target_args="$parser" \
        --instrumentation_includes='copper.**' --custom_hook_includes='copper.**' --disabled_hooks='*' \
        --reproducer_path="build/fuzz/$parser" "$@"
      ;;
  esac
}

failed=''
for parser in "$@"; do
  work=build/fuzz/$parser
  case $parser in
    native_*)
      [ -z "$missing" ] || die "no $parser here: $missing"
      seeds=jni/fuzz/corpus/${parser#native_}
      ;;
    *) seeds=java/src/fuzz/corpus/$parser ;;
  esac
  [ -d "$seeds" ] || die "$parser is no parser; -l lists them"
  mkdir -p "$work/corpus"
  start=$(date +%s)
  if fuzz "$parser" -runs="$executions" -max_len=4096 "$work/corpus" "$seeds" >"$work/log" 2>&1; then
    found=nothing
  else
    found="a finding, see $work" failed=yes
  fi
  took=$(($(date +%s) - start))
  done=$(sed -n 's/^#\([0-9]*\)[[:space:]].*/\1/p' "$work/log" | tail -n 1)
  printf '%-18s %12s executions %6s s  %s\n' "$parser" "${done:-0}" "$took" "$found" | tee -a build/fuzz/figures.txt
  if [ -n "$keep" ] && [ "$found" = nothing ]; then
    fuzz "$parser" -merge=1 "$seeds" "$work/corpus" >>"$work/log" 2>&1 || say "the inputs of $parser are not merged, see $work/log"
  fi
done
[ -z "$failed" ]
