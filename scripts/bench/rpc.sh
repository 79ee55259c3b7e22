#!/bin/sh
# Times RPCs between two processes on this machine, side by side: Copper's Margo transport, without and with a key, Margo
# alone in C, and the embedded transport; prints the median time of a call as a Markdown table. Arguments: Mercury's addresses to measure,
# "na+sm" and "ofi+tcp://127.0.0.1" unless given. Needs what building the Margo transport needs.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
require jdk mvn cmake cc
find_jdk
cd "$root"
"$root/scripts/build_helper/build.sh" >&2
[ -e build/install/lib/libcopper_margo.so ] ||
  die 'the Margo transport is not built here: it needs Mercury and Margo (with Spack: spack install mochi-margo, then spack load mochi-margo)'
cmake --build build/cmake --target copper_margo_ping >&2
mvn -q -B test-compile </dev/null >&2

ping=build/cmake/jni/copper_margo_ping
java() {
  "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx1g -Dcopper.native_dir="$root/build/install/lib" \
    -cp "build/maven/test-classes:build/maven/classes:build/maven/lib/*" copper.transport.margo.RpcBench "$@"
}

scratch=$(mktemp -d)
server=''
# A server ends when its standard input does.
stop_server() {
  exec 8>&-
  [ -z "$server" ] || wait "$server" || :
  server=''
}
trap 'exec 8>&-; rm -rf -- "$scratch"' EXIT

# Starts a server with the command in the arguments; sets $address.
start_server() {
  rm -f -- "$scratch/in" "$scratch/out"
  mkfifo "$scratch/in"
  "$@" <"$scratch/in" >"$scratch/out" 8>&- &
  server=$!
  exec 8>"$scratch/in"
  until address=$(sed -n 's/^address //p' "$scratch/out") && [ -n "$address" ]; do
    kill -0 "$server" 2>/dev/null || die "the server did not start: $*"
    sleep 0.1
  done
}

runs='16:1:3000 4096:1:3000 131072:1:1000 1048576:1:200 10485760:1:40 16:8:1000 4096:8:1000 131072:8:200 1048576:8:40 10485760:8:8'

measure_c() { # network
  start_server "$ping" server "$1"
  for run in $runs; do
    # shellcheck disable=SC2046 # three numbers
    printf '%s %s\n' "$run" "$("$ping" client "$1" "$address" $(echo "$run" | tr : ' '))"
  done
  stop_server
}

measure_java() { # address to listen on
  start_server java server "$1"
  # shellcheck disable=SC2086 # a list
  java client "$1" "$address" $runs
  stop_server
}

ratio() { # numbers
  awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

[ $# -gt 0 ] || set -- na+sm ofi+tcp://127.0.0.1
measure_java copper+tcp://127.0.0.1:0 >"$scratch/tcp"
for network in "$@"; do
  measure_c "$network" >"$scratch/c"
  measure_java "$network" >"$scratch/java"
  measure_java "keyed+$network" >"$scratch/keyed"
  printf '\n| %s: answer, callers | Margo in C, µs | Copper over Margo, µs | of that | with a key, µs | of that | embedded transport, µs |\n' "$network"
  echo '|---|---:|---:|---:|---:|---:|---:|'
  for run in $runs; do
    c=$(sed -n "s/^$run //p" "$scratch/c")
    java=$(sed -n "s/^$run //p" "$scratch/java")
    keyed=$(sed -n "s/^$run //p" "$scratch/keyed")
    tcp=$(sed -n "s/^$run //p" "$scratch/tcp")
    rest=${run#*:}
    printf '| %s B, %s | %s | %s | %s | %s | %s | %s |\n' "${run%%:*}" "${rest%%:*}" "$c" "$java" "$(ratio "$java" "$c")" \
      "$keyed" "$(ratio "$keyed" "$java")" "$tcp"
  done
done
