# shellcheck shell=sh
# Starts a run: sourced by launch_copper.sh and by those of the two machines, with $program, $prefix and $parts set, and in
# $machine which of them it is: aurora, frontier or none.
# shellcheck disable=SC2154,SC2034 # variables go from one of these files to the other

for part in common hosts remote book; do
  # shellcheck source=/dev/null # the four files beside this one
  . "$parts/$part.sh"
done

defaults() {
  base='' job='' trees=1 max_size=10485760 enoent_ttl=2000 log_level=0 log_type=file
  profile='' target=/ view='' cpus=none net='' facility_book='' book_source='' book_name=''
  scheduler=auto host_list='' local_nodes='' exec_tool=auto port=7101 interface='' timeout=120 keep=''
  case $machine in
    aurora) scheduler=pbs net=cxi cpus=48,49,50,51 book_name=alcf_aurora_copper_addressbook.txt ;;
    frontier) scheduler=slurm net=cxi://cxi1 cpus=1,2 book_name=olcf_frontier_copper_addressbook.txt ;;
  esac
}

help() {
  case $machine in
    aurora) job_text='a PBS job, with the defaults of Aurora' ;;
    frontier) job_text='a Slurm job, with the defaults of Frontier' ;;
    *) job_text='a PBS or Slurm job, on hosts that ssh reaches, or several on this machine' ;;
  esac
  cat <<END
usage: $program [options] [-- flags for cu_fuse]

Starts a Copper node on each host of $job_text,
and returns when every mount answers.

Where
  --hosts FILE   the hosts of FILE, one a line, perhaps with an address behind it; reached by ssh
  --local N      N nodes on this machine, over copper+tcp; in -v, %h stands for node0, node1 ...
  --exec TOOL    clush, pdsh, srun, mpiexec (HPE's PALS) or ssh (default: what there is; in Slurm jobs srun first)
  --job-id NAME  the run's name (default: the job's number, "hosts" or "local")

What
  -v DIR         mount point on each host; %h in it stands for the host (default $(default_view "$([ "$machine" != none ] || printf ', with --local /%%h after it')"))
  --tpath DIR    the directory to mirror (default $target)
  -T N           number of trees (default $trees)
  -M BYTES       -max_cacheable_byte_size of cu_fuse (default $max_size)
  -E MS          how long a missing name is remembered (default $enoent_ttl)
  -b CPUS        processors to bind the nodes to, such as 1,2 or 48-51, or none (default $cpus)

Network
  -n NET         the network: cxi, cxi://cxi1, copper+tcp, ofi+tcp ... (default ${net:-cxi if this host has a card hsn0, else copper+tcp})
  -a SOURCE      addresses from: facility (the book of -F), discover (ask the hosts), hosts (the file of --hosts, or
                 what their names stand for)
  -F FILE        the facility's address book${book_name:+ (default $book_name in \$COPPER_ROOT/build
                 or in share/copper)}
  --port N       TCP port of the nodes, with --local the first one tried (default $port)
  --interface IF with -a discover on IP networks: the network card whose address counts

Logs
  -d DIR         logs are in DIR/JOB, which all hosts share (default ~/copper-logs)
  -l 0-5         log level (default $log_level)
  -t TYPE        file, stdout or file_and_stdout (default $log_type)
  -P             profile; -N N also the N busiest paths; -A also all paths; -I SECONDS also snapshots

Waiting
  --timeout S    how long a mount may take until it answers (default $timeout)
  --keep         when some hosts fail, leave the others running
  -s SECONDS     taken for the sake of job scripts; the wait ends when the mounts answer

Exit code: 0 all mounts answer, 1 some hosts failed (each is named), 2 wrong options, and nothing was started.
END
}

takes_value() {
  case $1 in
    -[ltdTMENIsbFanv]) ;;
    --hosts | --local | --exec | --job-id | --tpath | --port | --interface | --timeout) ;;
    *) return 1 ;;
  esac
}

known() {
  case $1 in
    -P | -A | --keep) ;;
    *) return 1 ;;
  esac
}

option() {
  case $1 in
    -l) number -l "$2" 0 6 && log_level=$2 ;;
    -t) one_of -t "$2" file stdout file_and_stdout both && log_type=$2 ;;
    -d) absolute -d "$2" && base=$path ;;
    -T) number -T "$2" 1 1000000 && trees=$2 ;;
    -M) number -M "$2" 0 99999999999 && max_size=$2 ;;
    -E) number -E "$2" 0 2147483647 && enoent_ttl=$2 ;;
    -P) profile="$profile -profile_metrics" ;;
    -N) number -N "$2" 0 2147483647 && profile="$profile -profile_metrics -profile_top_n $2" ;;
    -A) profile="$profile -profile_metrics -profile_paths_full" ;;
    -I) number -I "$2" 0 2147483647 && profile="$profile -profile_metrics -profile_snapshot_interval_s $2" ;;
    -s) number -s "$2" 0 86400 ;;
    -b) cpus=$2 ;;
    -F) absolute -F "$2" && facility_book=$path ;;
    -a) one_of -a "$2" facility discover hosts && book_source=$2 ;;
    -n) net=$2 ;;
    -v) absolute -v "$2" && view=$path ;;
    --tpath) absolute --tpath "$2" && target=$path ;;
    --hosts) absolute --hosts "$2" && host_list=$path ;;
    --local) number --local "$2" 1 1024 && local_nodes=$2 ;;
    --exec) one_of --exec "$2" clush pdsh srun mpiexec ssh && exec_tool=$2 ;;
    --job-id) job=$2 ;;
    --port) number --port "$2" 1 65535 && port=$2 ;;
    --interface) interface=$2 ;;
    --timeout) number --timeout "$2" 1 86400 && timeout=$2 ;;
    --keep) keep=yes ;;
  esac
}

check_network() {
  if [ -z "$net" ]; then
    net=copper+tcp
    [ -n "$local_nodes" ] || [ ! -e /sys/class/net/hsn0 ] || net=cxi
  fi
  case $net in
    cxi | cxi[0-9] | cxi://cxi[0-9] | ofi+cxi | ofi+cxi://cxi[0-9]) own_address=no ;;
    *cxi* | *[!A-Za-z0-9+_]*) misuse "-n '$net' is no network that can be started here; take cxi, cxi://cxi1, copper+tcp, ofi+tcp or the like" ;;
    na+sm | sm) misuse "-n $net is one machine's memory, and its nodes have no address before they start; take copper+tcp" ;;
    *) own_address=yes ;;
  esac
  [ -z "$local_nodes" ] || [ "$net" = copper+tcp ] || misuse "--local goes over copper+tcp; leave -n $net out"
}

check_book() {
  if [ -n "$book_source" ]; then
    [ "$book_source" != hosts ] || [ "$own_address" = yes ] ||
      misuse "-a hosts is for IP networks; on $net take -a facility or -a discover"
  elif [ -n "$facility_book" ]; then
    book_source=facility
  elif [ "$own_address" = yes ]; then
    book_source=hosts
  elif [ "$machine" = none ]; then
    book_source=discover
  else
    book_source=facility
  fi
  [ -z "$local_nodes" ] || [ "$book_source" = hosts ] || misuse "--local makes its own address book; leave -F and -a out"
  [ "$book_source" = facility ] || return 0
  if [ -z "$facility_book" ]; then
    [ -n "$book_name" ] || misuse "-a facility needs -F FILE, the facility's address book"
    for facility_book in ${COPPER_ROOT:+"$COPPER_ROOT/build/$book_name" "$COPPER_ROOT/share/copper/$book_name"} \
      "$prefix/share/copper/$book_name"; do
      [ ! -f "$facility_book" ] || break
    done
    [ -f "$facility_book" ] ||
      misuse "$book_name is neither in \$COPPER_ROOT/build nor in $prefix/share/copper; name it with -F, or use -a discover"
  fi
  readable "$facility_book" || misuse "-F $facility_book cannot be read; name the facility's address book"
}

check_mount() {
  if [ -z "$view" ]; then
    view=$(default_view "${local_nodes:+/%h}")
  fi
  case $view in
    / | "$target") misuse "-v $view: the mount point cannot be the directory that is mirrored" ;;
    *%h*) ;;
    *) [ "${local_nodes:-1}" -eq 1 ] || misuse "with --local $local_nodes, -v needs %h in it, which stands for node0, node1 ...: -v $view/%h" ;;
  esac
  [ -d "$target" ] || [ "$scheduler" != local ] || misuse "--tpath $target is no directory"
}

# Sets $cpu_count too, how many processors the list has.
check_processors() {
  cpu_count=''
  [ "$cpus" != none ] || return 0
  cpu_count=$(printf '%s\n' "$cpus" | awk -F , '
    !/^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$/ { exit }
    { for (i = 1; i <= NF; i++) n += split($i, part, "-") == 2 ? part[2] - part[1] + 1 : 1; print n }')
  case $cpu_count in
    '' | 0 | -*) misuse "-b takes processors such as 1,2 or 48-51, or none, not '$cpus'" ;;
  esac
}

check() {
  [ -z "$host_list" ] || [ -z "$local_nodes" ] || misuse '--hosts and --local exclude each other; give one'
  [ -z "$host_list" ] || scheduler=hosts
  [ -z "$local_nodes" ] || scheduler=local
  [ -x "$prefix/bin/cu_fuse" ] || misuse "$prefix/bin/cu_fuse is not there: build or install Copper first"
  if [ -z "$base" ]; then
    [ -n "${HOME:-}" ] || misuse 'HOME is not set; name the directory for logs with -d'
    base=$HOME/copper-logs
  fi
  check_network
  check_processors
  find_scheduler "$scheduler"
  check_mount
  find_hosts
  check_book
  [ "$trees" -le "$count" ] || misuse "-T $trees: there are only $count hosts, and each tree needs one"
  choose_tool
  case ${COPPER_SECRET_FILE:-} in
    '' | /*) ;;
    *) misuse "COPPER_SECRET_FILE=$COPPER_SECRET_FILE must be an absolute path" ;;
  esac
}

# Prints what the nodes need of this environment, for ssh and the like do not hand it on. Slingshot's own variables are each job step's.
environment() {
  java=$(
    # shellcheck source=scripts/bin/launcher.sh
    . "$prefix/lib/launcher.sh"
    copper_find_java 2>/dev/null
    printf '%s\n' "$java"
  ) && printf 'export COPPER_JAVA=%s\n' "$(quote "$java")"
  awk 'BEGIN {
    for (name in ENVIRON) {
      if (name ~ /^(PATH|LD_LIBRARY_PATH|LC_ALL|JAVA_HOME|TMPDIR|COPPER_JAVA_OPTS|(FI|HG|NA|MARGO|ABT|UCX)_[A-Za-z0-9_]+)$/) {
        value = ENVIRON[name]
        gsub(/\047/, "\047\\\047\047", value)
        print "export " name "=\047" value "\047"
      }
    }
  }'
}

# Writes $settings, which every host's node.sh reads.
write_settings() {
  secret=${COPPER_SECRET_FILE:-}
  wanted=no
  case "$net $extra " in
    copper+tcp\ * | *"'-require_auth' "*) wanted=yes ;;
  esac
  if [ "$wanted" = yes ] && [ -z "$secret" ]; then
    secret=$run/secret
    rm -f -- "$secret"
    (umask 077 && od -A n -t x1 -N 32 /dev/urandom | tr -d ' \n' >"$secret") || fail "cannot make the secret $secret"
  fi
  stay=no
  ! tool_holds || stay=yes
  flags="-tpath $(quote "$target") -log_level $log_level -log_type $log_type -trees $trees"
  flags="$flags -nf $(quote "$node_file") -facility_address_book $(quote "$book") -prefiltered_address_book 1"
  flags="$flags -max_cacheable_byte_size $max_size -md_enoent_ttl_ms $enoent_ttl$profile"
  [ -z "$secret" ] || flags="$flags -secret_file $(quote "$secret")"
  flags="$flags -s$extra"
  {
    printf '# How this run was started; %s reads it.\n' "${program%%_*}_copper"
    for name in run prefix net own_address view cpus stay flags interface scheduler exec_tool; do
      eval "printf '%s=%s\n' \"\$name\" \"\$(quote \"\$$name\")\""
    done
    printf 'patience=%s\nlaunch_host=%s\n' "$timeout" "$(quote "$(uname -n)")"
    environment
  } >"$settings.new" && mv -f -- "$settings.new" "$settings"
}

prepare_run() {
  run=$base/$job
  run_files
  for directory in "$logs" "$run/launch" "$run/tables/final" "$run/profiling/final" "$run/profiling/cluster"; do
    made=$(umask 077 && mkdir -p -- "$directory" 2>&1) || misuse "-d $base: $directory cannot be made (${made##*: }); name another directory"
  done
  # A job's number names one run, so that a second start takes the place of the first; other names may be in use.
  case $scheduler in
    hosts | local)
      [ ! -e "$marker" ] ||
        misuse "a run in $run was started and not stopped: end it with stop_copper.sh -d $base --job-id $job, or take another --job-id"
      ;;
  esac
  printf '%s\n' "$hosts" | sed 's/ .*//' >"$node_file"
  rm -f -- "$ending"
  date >"$marker"
  trap 'rm -f -- "$marker"' EXIT # until a node may have been started
  write_settings
}

# Ends everything this run has started; used when it has failed.
take_back() {
  begun=$tool_pid begun_failures=$failures
  date >"$ending"
  on_all "$host_seconds" stop "$run" "$view"
  # A host that could not be reached twice over has most probably nothing on it.
  if [ -n "$failures" ] && [ "$failures" != "$begun_failures" ]; then
    warn 'what was started could not be ended everywhere; try stop_copper again:'
    tell_failures
  else
    rm -f -- "$marker" "$run/secret"
  fi
  tool_pid=$begun
  end_tool
}

# shellcheck disable=SC2317 # called by the traps
interrupted() {
  trap : INT TERM HUP # not ignored, which what is started from here would inherit
  warn 'interrupted; ending what was started'
  end_tool
  take_back
  exit "$1"
}

start_nodes() {
  host_seconds=$((timeout + 45 + count / 10))
  trap 'interrupted 129' HUP
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  begin=$(now) failures=''
  prepare_book
  # C++ Copper's words, for job scripts that look for them.
  say "prepared address book generation took $(($(now) - begin)) s"
  trap - EXIT
  on_all "$host_seconds" start "$run"
}

launch() {
  defaults
  parse_options "$@"
  check
  prepare_run
  say "$count nodes over $net by $exec_tool, mounted at $view; run directory $run"
  start_nodes
  if [ -z "$failures" ]; then
    say "all $count mounts answer, after $(($(now) - begin)) s"
    return 0
  fi
  tell_failures
  if [ -n "$keep" ]; then
    fail "$failed of $count hosts failed; the others go on (--keep); their lines are in $output"
  fi
  started_output=$output
  take_back
  fail "$failed of $count hosts failed, so nothing goes on; what they said is in $started_output"
}
