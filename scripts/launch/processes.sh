# shellcheck shell=sh
# The processes and mounts of one run on this host. A run's processes are known by their command line: they belong to this
# user, and have "-log_output_dir RUN_DIR" in it. Sourced by node.sh, with $run, and $view and $mount where a mount is meant.
# shellcheck disable=SC2154,SC2034 # run, view, mount: see above; problem and ended are for who sources this

# Seconds a node gets to end by itself, and after SIGKILL.
grace=20

# Prints the command-line files of this user's processes in which the whole word $1 stands.
processes_with() {
  find /proc -maxdepth 1 -uid "$(id -u)" -name '[0-9]*' -printf '%p/cmdline\n' 2>/dev/null |
    xargs grep -lzFxs -e "$1" /dev/null
}

# Prints the process ids of the run's nodes here, the script that starts one included. Where hosts have different mount points, as
# several nodes on one machine do, only those of $mount.
job_pids() {
  processes_with "$run" | while IFS= read -r file; do
    pid=$(tr '\0\n' '\n ' <"$file" 2>/dev/null | RUN=$run VIEW=$view MOUNT=$mount FILE=$file awk '
      before == "-log_output_dir" && $0 == ENVIRON["RUN"] { ours = 1 }
      { before = $0 }
      END {
        if (ours && (ENVIRON["VIEW"] == ENVIRON["MOUNT"] || before == ENVIRON["MOUNT"])) {
          split(ENVIRON["FILE"], part, "/")
          print part[3]
        }
      }')
    [ -z "$pid" ] || printf '%s\n' "$pid"
  done
}

# Prints the process id and run directory of a node at $mount that belongs to another run.
other_owner() {
  processes_with "$mount" | while IFS= read -r file; do
    tr '\0\n' '\n ' <"$file" 2>/dev/null | MOUNT=$mount FILE=$file awk '
      $0 == "copper.cli.CuFuse" { node = 1 }
      before == "-log_output_dir" { run = $0 }
      { before = $0 }
      END {
        if (node && before == ENVIRON["MOUNT"]) {
          split(ENVIRON["FILE"], part, "/")
          print "process " part[3] (run == "" ? "" : ", run " run)
        }
      }'
  done
}

# Waits until the processes in the arguments have ended, $grace seconds at most.
gone() {
  patience_left=$((grace * 10))
  for pid in "$@"; do
    while running "$pid"; do
      patience_left=$((patience_left - 1))
      [ "$patience_left" -gt 0 ] || return 1
      sleep 0.1
    done
  done
}

# Prints type and owner's number of what is mounted last at $1, if anything is. The mount itself is not asked: it may be dead.
mount_type() {
  above=$(readlink -f -- "${1%/*}/" 2>/dev/null) || above=${1%/*}
  printf '%s\n' "${above%/}/${1##*/}" | sed 's/\\/\\134/g; s/ /\\040/g; s/	/\\011/g' | awk '
    FNR == NR { wanted = $0; next }
    $5 == wanted {
      for (i = 7; $i != "-" && i < NF; i++) {}
      owner = match($0, /user_id=[0-9]+/) ? substr($0, RSTART + 8, RLENGTH - 8) : ""
      found = $(i + 1) " " owner
    }
    END { if (found != "") print found }' - /proc/self/mountinfo
}

unmount() {
  for helper in fusermount3 fusermount; do
    if command -v "$helper" >/dev/null; then
      timeout 15 "$helper" -u "$@" -- "$mount" >/dev/null 2>&1
      return
    fi
  done
  case ${1:-} in
    -z) timeout 15 umount -l -- "$mount" >/dev/null 2>&1 ;;
    *) timeout 15 umount -- "$mount" >/dev/null 2>&1 ;;
  esac
}

# Ends the run's node here: gently, else by SIGKILL; then takes away a mount it has left. Sets $ended to what was done, and
# $problem to what could not be.
end_node() {
  problem='' ended='nothing ran'
  pids=$(job_pids)
  if [ -n "$pids" ]; then
    ended='stopped'
    # shellcheck disable=SC2086 # a list
    kill -TERM $pids 2>/dev/null
    # One that was halted (SIGSTOP) hears it only now.
    # shellcheck disable=SC2086
    kill -CONT $pids 2>/dev/null
    # shellcheck disable=SC2086
    if ! gone $pids; then
      ended='killed'
      # shellcheck disable=SC2086
      kill -KILL $pids 2>/dev/null
      # shellcheck disable=SC2086
      gone $pids || problem="process $(printf '%s' "$pids" | tr '\n' ' ')does not end, not even by SIGKILL"
    fi
  fi
  take_mount_away
}

take_mount_away() {
  mounted=$(mount_type "$mount")
  case $mounted in
    'fuse.copper '*) ;;
    *)
      [ -n "$mounted" ] || rmdir -- "$mount" 2>/dev/null
      return 0
      ;;
  esac
  if [ "${mounted#* }" != "$(id -u)" ]; then
    problem="$mount is a mount of user ${mounted#* }"
    return 0
  fi
  other=$(other_owner)
  if [ -n "$other" ]; then
    problem="$mount belongs to another node ($other), which is left alone; stop that run, or take another -v"
    return 0
  fi
  [ "$ended" != 'nothing ran' ] || ended='a dead mount was taken away'
  tries=0
  until unmount || [ "$tries" -eq 3 ] || [ -z "$(mount_type "$mount")" ]; do
    tries=$((tries + 1))
    sleep 0.5
  done
  [ -z "$(mount_type "$mount")" ] || unmount -z
  if [ -n "$(mount_type "$mount")" ]; then
    problem="$mount cannot be unmounted; try fusermount3 -uz $mount there"
  else
    rmdir -- "$mount" 2>/dev/null
  fi
}
