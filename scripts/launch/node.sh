#!/bin/sh
# node.sh ACTION RUN_DIR ...: what launching and stopping do on one host. Started on each by clush, srun or the like.
#
#   node.sh start RUN_DIR [HOST]          starts the host's node, as RUN_DIR/launch/settings say
#   node.sh stop RUN_DIR VIEW [HOST]      ends the host's node of this run, whatever state it is in
#   node.sh address RUN_DIR [HOST]        tells the host's address on the network of the settings
#
# What came of it is the one line "COPPER_NODE HOST ok|failed TEXT" on standard output. HOST is the name in the run's node file.
# shellcheck disable=SC2154 # cpus, flags and others are what the settings set
set -uf

program=node.sh
parts=$(readlink -f -- "$0")
parts=${parts%/*}
# shellcheck source=scripts/launch/common.sh
. "$parts/common.sh"
# shellcheck source=scripts/launch/processes.sh
. "$parts/processes.sh"

report() {
  printf 'COPPER_NODE %s %s %s\n' "$host" "$1" "$(printf '%s' "$2" | tr '\n\t' '  ' | cut -c 1-600)"
}

# Sets $host to the name this host has in the node file: its own, that up to the first dot, or the one Slurm gives it.
find_own_name() {
  [ -r "$node_file" ] || {
    host="?$(uname -n)"
    report failed "$node_file is not there on this host: -d must name a directory that all hosts share"
    exit 0
  }
  for name in "$(uname -n)" "${SLURMD_NODENAME:-}"; do
    host=$(NAME=$name awk '
      function short(text) { if (text !~ /^[0-9.]+$/) sub(/\..*/, "", text); return text }
      BEGIN { name = ENVIRON["NAME"] }
      $1 == name { whole = $1 }
      short($1) == short(name) { part = $1; parts++ }
      END { if (whole != "") print whole; else if (parts == 1) print part }' "$node_file")
    [ -z "$name" ] || [ -z "$host" ] || return 0
  done
  host="?$(uname -n)"
  report failed "this host calls itself $(uname -n), which is not in $node_file"
  exit 0
}

# Prints the last line of file $1 that is not blank.
last_line() {
  [ ! -r "$1" ] || awk 'NF { line = $0 } END { if (line != "") print line }' "$1"
}

# Prints the last line that a node of this host has written into its log since the file $1 was made.
last_of_logs() {
  find "$logs" -name "$(uname -n)-*.log*" -size +0 -newer "$1" -printf '%T@ %p\n' 2>/dev/null | sort -n | tail -n 1 |
    while IFS=' ' read -r _ file; do last_line "$file"; done
}

# Prints the command that binds to processors, with the list.
binding() {
  [ "$cpus" != none ] || return 0
  if command -v taskset >/dev/null; then
    printf 'taskset -c %s' "$cpus"
  elif command -v numactl >/dev/null; then
    printf 'numactl --physcpubind=%s' "$cpus"
  else
    return 1
  fi
}

# Makes the mount point, unless something is mounted there: cu_fuse looks at that itself, and a dead mount cannot be.
make_mount_point() {
  [ -z "$(mount_type "$mount")" ] || return 0
  made=$(mkdir -p -- "$mount" 2>&1) || {
    report failed "the mount point $mount cannot be made: ${made##*: }"
    exit 0
  }
}

# Says in $reason why cu_fuse, which ended with $code and the words $said, did not start a node.
explain() {
  words=$(printf '%s\n' "$said" | grep . | tail -n 1) || words=''
  words=${words#cu_fuse: }
  case $code in
    124 | 137) reason="the mount did not answer within $patience s" words=$(last_of_logs "$output") ;;
    *) reason=${words:-cu_fuse ended with $code} words='' ;;
  esac
  case $reason in
    *'; see /'*.log) words=$(last_line "/${reason##*; see /}") ;;
    *"; see $logs") words=$(last_of_logs "$output") ;;
  esac
  [ -z "$words" ] || reason="$reason; the last line of its log: $words"
}

start() {
  # shellcheck source=/dev/null # written by launch.sh
  . "$run/launch/settings"
  mount=$(fill "$view" "$host")
  end_node
  if [ -n "$problem" ]; then
    report failed "$problem"
    return 0
  fi
  if [ "$own_address" = yes ]; then
    net=$(HOST=$host awk '$1 == ENVIRON["HOST"] { print $2 }' "$book")
    case $net in
      *';'*://*) net=${net%%;*}://${net#*://} ;; # Mercury prints libfabric's own word too, but does not take it
    esac
  fi
  bind=$(binding) || {
    report failed "-b $cpus needs taskset or numactl, and neither is here"
    exit 0
  }
  make_mount_point
  output=$(mktemp "${TMPDIR:-/tmp}/copper-start.XXXXXX") || {
    report failed "cannot write to ${TMPDIR:-/tmp}"
    exit 0
  }
  eval "set -- $flags"
  # shellcheck disable=SC2086 # a command and its list
  $bind timeout -k 15 "$patience" "$prefix/bin/cu_fuse" -vpath "$mount" -net_type "$net" "$@" -log_output_dir "$run" "$mount" \
    </dev/null >/dev/null 2>"$output"
  code=$?
  said=$(cat "$output")
  if [ -e "$ending" ]; then
    code=125 said='the run was ended meanwhile'
  fi
  if [ "$code" -eq 0 ]; then
    rm -f -- "$output"
    report ok "$mount"
    [ "$stay" != yes ] || stay
    return 0
  fi
  explain
  rm -f -- "$output"
  end_node
  report failed "$reason"
}

# Waits for the end of the node: srun and mpiexec would end it when this script ends.
stay() {
  for pid in $(job_pids); do
    while running "$pid"; do
      sleep 5
    done
  done
}

stop() {
  mount=$(fill "$view" "$host")
  end_node
  if [ -n "$problem" ]; then
    report failed "$problem"
  else
    report ok "$ended"
  fi
}

# Of a Slingshot card: what Mercury says. Of an IP network: that of --interface, else what this host's name stands for.
address() {
  # shellcheck source=/dev/null # written by launch.sh
  . "$run/launch/settings"
  case $net in
    *cxi*)
      card=${net##*cxi}
      table=$("$prefix/bin/copper" discover --no-header 2>&1) || {
        report failed "${table##*"$newline"}"
        return 0
      }
      printf '%s\n' "$table"
      found=$(printf '%s\n' "$table" | CARD=${card:-0} awk -F ' [|] ' 'NF > 1 { line = $(3 * ENVIRON["CARD"] + 4) } END { print line }')
      what="cxi${card:-0}"
      ;;
    *)
      if [ -n "$interface" ]; then
        found=$(ip -4 -o address show dev "$interface" 2>/dev/null | awk '{ sub(/\/.*/, "", $4); print $4; exit }')
      else
        found=$(getent ahostsv4 "$(uname -n)" | awk '$1 !~ /^127\./ { print $1; exit }')
        [ -n "$found" ] || found=$(hostname -I 2>/dev/null | awk '{ print $1 }')
      fi
      what=${interface:-the network}
      ;;
  esac
  case $found in
    '' | NA) report failed "this host has no address on $what" ;;
    *) report ok "$found" ;;
  esac
}

action=$1
run=$2
run_files
shift 2
if [ "$action" = stop ]; then
  view=$1
  shift
fi
host=${1:-}
problem='' ended=''
[ -n "$host" ] || find_own_name
case $action in
  start | stop | address) "$action" ;;
esac
