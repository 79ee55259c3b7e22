# shellcheck shell=sh
# Running node.sh once on every host: by clush, pdsh, srun, mpiexec or ssh, or on this machine for --local. Whatever runs
# it, each host says what came of it in one line of its standard output (see node.sh); that line is what counts.
# shellcheck disable=SC2154,SC2034 # run, parts, exec_tool and others are set, and failures used, by who sources this

tool_pid=''

# Runs command $1 on host $2; what ssh itself says is marked with the host, as clush and pdsh do.
# shellcheck disable=SC2016 # expanded by the shell that runs it
by_ssh='{ ssh -n -o BatchMode=yes -o ConnectTimeout=15 "$2" "$1 $2" 2>&1 || echo "ssh ended with $?"; } | sed "s/^/$2: /"'

# Sets $exec_tool, if it is auto, to what there is here for $scheduler.
choose_tool() {
  case $scheduler in
    local)
      [ "$exec_tool" = auto ] || misuse "--exec $exec_tool does not go with --local"
      exec_tool=local
      return 0
      ;;
    slurm) tools='srun clush pdsh ssh' ;;
    pbs) tools='clush pdsh mpiexec ssh' ;;
    *) tools='clush pdsh ssh' ;;
  esac
  [ "$exec_tool" = auto ] || tools=$exec_tool
  for exec_tool in $tools; do
    ! command -v "$exec_tool" >/dev/null || return 0
  done
  misuse "to reach the hosts one of these is needed, and none is on the PATH: $tools"
}

# Does the tool end everything that it started once its own command has ended? Then that has to stay.
tool_holds() {
  case $exec_tool in
    srun | mpiexec) return 0 ;;
    *) return 1 ;;
  esac
}

# Becomes the tool that runs "node.sh $@" on all hosts. The words of $@ are quoted once more for a remote shell.
become_tool() {
  command="sh $(quote "$parts/node.sh")"
  for argument in "$@"; do
    command="$command $(quote "$argument")"
  done
  case $exec_tool in
    clush) set -- clush --hostfile "$node_file" -f 256 -t 15 "$command" ;;
    pdsh) set -- pdsh -R ssh -f 256 -t 15 -w "^$node_file" "$command" ;;
    srun) set -- srun --overlap -N "$count" -n "$count" --ntasks-per-node=1 --nodelist="$node_file" \
      --kill-on-bad-exit=0 --wait=0 ${cpu_count:+"--cpus-per-task=$cpu_count"} --cpu-bind=none \
      sh "$parts/node.sh" "$@" ;;
    mpiexec) set -- mpiexec -n "$count" --ppn 1 --hostfile "$node_file" --cpu-bind none sh "$parts/node.sh" "$@" ;;
    ssh) set -- xargs -P 64 -n 1 sh -c "$by_ssh" sh "$command" ;;
    local) set -- xargs -P "$count" -n 1 sh "$parts/node.sh" "$@" ;;
  esac
  exec setsid "$@"
}

# on_all SECONDS ACTION ARGUMENT...: runs "node.sh ACTION ARGUMENT..." on every host of $node_file and waits until all have
# reported, the tool has ended or the time is over. Leaves what they printed in $output, and in $failures a line "HOST REASON"
# for each host that has not succeeded. The tool goes on if it holds what it started, and $tool_pid is its process.
on_all() {
  seconds=$1 action=$2
  shift
  output=$logs/${program%%_*}_$action.txt
  : >"$output"
  case $exec_tool in
    ssh | local) input=$node_file ;;
    *) input=/dev/null ;;
  esac
  # Nothing of the caller's may be held open: a pipe would keep who reads it waiting as long as the tool runs.
  (become_tool "$@") <"$input" >>"$output" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  tool_pid=$!
  deadline=$(($(now) + seconds))
  over=''
  while [ "$(reported)" -lt "$count" ]; do
    [ -z "$over" ] || break
    if ! running "$tool_pid"; then
      over='ended' # what it printed last is looked at once more
    elif [ "$(now)" -ge "$deadline" ]; then
      over='time'
    else
      sleep 0.2
    fi
  done
  if [ "$over" = 'time' ]; then
    end_tool
  elif ! tool_holds || [ "$action" != start ]; then
    while running "$tool_pid" && [ "$(now)" -lt "$deadline" ]; do
      sleep 0.2
    done
    end_tool
  fi
  failures=$(collect)
}

# How many hosts have reported.
reported() {
  awk 'match($0, /COPPER_NODE [^ ]+ (ok|failed)( |$)/) {
    split(substr($0, RSTART), word, " ")
    if (!(word[2] in seen)) { seen[word[2]] = 1; n++ }
  }
  END { print n + 0 }' "$output"
}

# Ends the tool, and what it started here, if it still runs.
end_tool() {
  [ -n "$tool_pid" ] || return 0
  if kill -TERM "-$tool_pid" 2>/dev/null; then
    patience=25
    while kill -0 "-$tool_pid" 2>/dev/null && [ "$patience" -gt 0 ]; do
      patience=$((patience - 1))
      sleep 0.2
    done
    kill -KILL "-$tool_pid" 2>/dev/null || :
  fi
  wait "$tool_pid" 2>/dev/null || :
  tool_pid=''
}

# Prints "HOST REASON" for each host that has failed or said nothing. What was said about the latter by others stands in
# lines with the host's name among the first words: "HOST: ...", "clush: HOST: ...", "srun: error: HOST: ...".
collect() {
  awk -v over="$over" -v seconds="$seconds" '
    function short(name) {
      if (name !~ /^[0-9.]+$/) {
        sub(/\..*/, "", name)
      }
      return name
    }
    FNR == NR { order[++n] = $1; wanted[$1] = 1; next }
    match($0, /COPPER_NODE [^ ]+ (ok|failed)( |$)/) {
      line = substr($0, RSTART)
      split(line, word, " ")
      state[word[2]] = word[3]
      sub(/^[^ ]+ [^ ]+ [^ ]+ ?/, "", line)
      text[word[2]] = line
      if (!(word[2] in wanted)) { strangers[++s] = word[2] }
      next
    }
    NF {
      last = $0
      words = split($0, word, /[: ]+/)
      for (i = 1; i <= words && i <= 4; i++) {
        # That something "exited with exit code 255" says less than what was said before.
        if (!(short(word[i]) in said) || $0 !~ /(exit code|ended with) [0-9]+$/) {
          said[short(word[i])] = $0
        }
      }
    }
    END {
      for (i = 1; i <= n; i++) {
        host = order[i]
        if (state[host] == "ok") {
          continue
        } else if (state[host] == "failed") {
          print host, text[host]
        } else {
          words = short(host) in said ? said[short(host)] : (over == "time" ? "" : last)
          sub("^" short(host) "[^ ]*: ", "", words)
          print host, (over == "time" ? "no answer within " seconds " s" : "it could not be reached") (words == "" ? "" : ": " words)
        }
      }
      for (i = 1; i <= s; i++) {
        print strangers[i], text[strangers[i]]
      }
    }' "$node_file" "$output"
}

# Prints the hosts of $failures with their reasons, a line each, or one for all of them if they have the same; not too many. Sets
# $failed to their number.
tell_failures() {
  failed=$(printf '%s\n' "$failures" | grep -c .)
  reasons=$(printf '%s\n' "$failures" | sed 's/^[^ ]* //' | sort -u)
  shown=$(printf '%s\n' "$failures" | head -n 25)
  case $reasons in
    *"$newline"*) printf '%s\n' "$shown" | while IFS=' ' read -r host reason; do warn "$host: $reason"; done ;;
    *) warn "$(printf '%s\n' "$shown" | sed 's/ .*//' | paste -s -d , - | sed 's/,/, /g'): $reasons" ;;
  esac
  [ "$failed" -le 25 ] || warn "... and $((failed - 25)) more; all of them are in $output"
}
