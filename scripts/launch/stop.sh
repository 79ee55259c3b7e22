# shellcheck shell=sh
# Stops a run: sourced by stop_copper.sh and by those of the two machines, with $program, $prefix and $parts set, and in
# $machine which of them it is: aurora, frontier or none.
# shellcheck disable=SC2154,SC2034 # variables go from one of these files to the other

for part in common hosts remote; do
  # shellcheck source=/dev/null # the files beside this one
  . "$parts/$part.sh"
done

help() {
  cat <<END
usage: $program [options]

Ends the Copper nodes of one run on all its hosts, in whatever state they are, and takes their mounts away. It touches
no other run, and may be called again, from any host of the job.

  -d DIR         the directory given to the launch script (default ~/copper-logs); the run is in DIR/JOB
  -v DIR         mount point, where the run's own settings are lost (default $(default_view ''))
  --job-id NAME  the run's name (default: the job's number, "hosts" or "local")
  --hosts FILE   the hosts, where the run's own list is lost
  --local N      the run of --local; N counts where its settings are lost
  --exec TOOL    clush, pdsh, srun, mpiexec (HPE's PALS) or ssh (default: that of the launch)
  --timeout S    how long a host may take (default $timeout)

Exit code: 0 nothing of the run is left, 1 some hosts failed (each is named), 2 wrong options.
END
}

takes_value() {
  case $1 in
    -d | -v | --job-id | --hosts | --local | --exec | --timeout) ;;
    *) return 1 ;;
  esac
}

known() { return 1; }

option() {
  case $1 in
    -d) absolute -d "$2" && base=$path ;;
    -v) absolute -v "$2" && given_view=$path ;;
    --job-id) job=$2 ;;
    --hosts) absolute --hosts "$2" && host_list=$path ;;
    --local) number --local "$2" 1 1024 && local_nodes=$2 ;;
    --exec) one_of --exec "$2" clush pdsh srun mpiexec ssh && given_tool=$2 ;;
    --timeout) number --timeout "$2" 1 86400 && timeout=$2 ;;
  esac
}

# Finds the run's directory: by the job's number, or by the name the launch script gave it where only one is there.
find_run() {
  case $machine in
    aurora) scheduler=pbs ;;
    frontier) scheduler=slurm ;;
    *) scheduler=auto ;;
  esac
  [ -z "$host_list" ] || scheduler=hosts
  [ -z "$local_nodes" ] || scheduler=local
  find_scheduler "$scheduler"
  if [ -z "$job" ] && [ "$scheduler" = none ]; then
    for name in local hosts; do
      [ ! -e "$base/$name/launch/settings" ] || job=$job${job:+ }$name
    done
    case $job in
      *' '*) misuse "in $base there are two runs, local and hosts; choose with --job-id" ;;
    esac
  fi
  [ -n "$job" ] || misuse "which run? This is no PBS or Slurm job, and $base has none of --local or --hosts; name it with -d and --job-id"
  run=$base/$job
  run_files
}

# What the launch script has written down; the hosts are those of its node file.
recall() {
  wanted_run=$run
  # What it exports for the nodes must not change this environment.
  remembered=$(sed -n -E '/^(run|view|scheduler|exec_tool|launch_host)=/p' "$settings")
  eval "$remembered"
  text_of_run=$run
  run=$wanted_run
  [ "$scheduler" != local ] || [ "$launch_host" = "$(uname -n)" ] ||
    misuse "the run in $run was started on $launch_host by --local; stop it there"
  [ -s "$node_file" ] || {
    find_hosts
    printf '%s\n' "$hosts" | sed 's/ .*//' >"$node_file"
  }
  count=$(grep -c . "$node_file")
  if [ -n "$given_tool" ] || { [ "$exec_tool" != local ] && ! command -v "$exec_tool" >/dev/null; }; then
    exec_tool=${given_tool:-auto}
    choose_tool
  fi
}

# Nothing is written down: the job's hosts, or those of the options, are looked at all the same.
guess() {
  exec_tool=${given_tool:-auto}
  find_hosts
  choose_tool
  text_of_run=$run
  view=${given_view:-$(default_view "${local_nodes:+/%h}")}
  made=$(mkdir -p -- "$logs" 2>&1) || misuse "-d $base: $logs cannot be made (${made##*: }); name the directory of the launch"
  printf '%s\n' "$hosts" | sed 's/ .*//' >"$node_file"
}

stop() {
  base='' job='' given_view='' host_list='' local_nodes='' given_tool='' timeout=60 cpu_count=''
  parse_options "$@"
  [ -z "$extra" ] || misuse "$program takes nothing after --"
  [ -z "$host_list" ] || [ -z "$local_nodes" ] || misuse '--hosts and --local exclude each other; give one'
  if [ -z "$base" ]; then
    [ -n "${HOME:-}" ] || misuse 'HOME is not set; name the directory for logs with -d'
    base=$HOME/copper-logs
  fi
  find_run
  if [ -r "$settings" ]; then
    recall
  else
    guess
  fi
  [ ! -d "$run/launch" ] || date >"$ending"
  on_all "$((timeout + count / 10))" stop "$text_of_run" "$view"
  if [ -n "$failures" ]; then
    tell_failures
    fail "$failed of $count hosts could not be stopped; what they said is in $output; $program may be called again"
  fi
  rm -f -- "$marker" "$run/secret"
  summary=$(sed -n 's/.*COPPER_NODE [^ ]* ok //p' "$output" | sort | uniq -c | sed 's/^ *//' | paste -s -d ',' - | sed 's/,/, /g')
  say "nothing of the run is left on $count hosts: $summary"
}
