# shellcheck shell=sh
# Which hosts a run has. Each function leaves in $hosts a line for each, "HOST [ADDRESS]", in the order that makes the tree.
# shellcheck disable=SC2154,SC2034 # program, scheduler and others are set, and hosts and count used, by who sources this

# Takes "HOST [ADDRESS]" lines from standard input, which are what $1 says, and sets $hosts and $count. A host counts once.
take_hosts() {
  hosts=$(awk -v what="$1" '
    { sub(/\r$/, ""); sub(/#.*/, "") }
    NF == 0 { next }
    NF > 2 || $1 !~ /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/ || (NF == 2 && $2 !~ /^[A-Za-z0-9_:;.+\/\[\]-]+$/) {
      printf "!%s, line %d: a line is a host name, and after it perhaps an address, not \047%s\047; correct it\n", what, NR, substr($0, 1, 80)
      exit
    }
    !($1 in seen) { seen[$1] = 1; print $1 (NF == 2 ? " " $2 : "") }') || fail "awk failed on $1"
  case $hosts in
    '') misuse "$1 names no host; write one a line" ;;
    *!*) misuse "${hosts#*!}" ;;
  esac
  count=$(printf '%s\n' "$hosts" | grep -c .)
}

# Prints the hosts of a Slurm node list such as n[01-03,7],login1, one a line.
expand_nodelist() {
  printf '%s\n' "$1" | awk '
    # Expands the first bracket of an item, and itself for the rest.
    function expand(item,   open, shut, head, tail, ranges, n, i, ends, first, last, width, k) {
      open = index(item, "[")
      if (!open) {
        print item
        return
      }
      shut = index(item, "]")
      if (shut < open) {
        exit 1
      }
      head = substr(item, 1, open - 1)
      tail = substr(item, shut + 1)
      n = split(substr(item, open + 1, shut - open - 1), ranges, ",")
      for (i = 1; i <= n; i++) {
        if (ranges[i] !~ /^[0-9]+(-[0-9]+)?$/) {
          exit 1
        }
        first = last = ranges[i]
        if (split(ranges[i], ends, "-") == 2) {
          first = ends[1]
          last = ends[2]
        }
        width = length(first)
        for (k = first + 0; k <= last + 0; k++) {
          expand(head sprintf("%0" width "d", k) tail)
        }
      }
    }
    {
      item = ""
      depth = 0
      for (c = 1; c <= length($0); c++) {
        letter = substr($0, c, 1)
        depth += (letter == "[") - (letter == "]")
        if (letter == "," && !depth) {
          expand(item)
          item = ""
        } else {
          item = item letter
        }
      }
      if (depth) {
        exit 1
      }
      expand(item)
    }'
}

hosts_of_slurm() {
  list=${SLURM_JOB_NODELIST:-${SLURM_NODELIST:-}}
  [ -n "${SLURM_JOB_ID:+$list}" ] ||
    misuse "SLURM_JOB_ID or SLURM_JOB_NODELIST is not set: run this inside a Slurm job, or give --hosts FILE or --local N"
  names=$(scontrol show hostnames "$list" 2>/dev/null) || names=$(expand_nodelist "$list") ||
    misuse "SLURM_JOB_NODELIST='$list' cannot be read as a list of hosts, and scontrol does not help; give --hosts FILE"
  take_hosts SLURM_JOB_NODELIST <<END
$names
END
}

hosts_of_pbs() {
  [ -n "${PBS_JOBID:+${PBS_NODEFILE:-}}" ] ||
    misuse "PBS_JOBID or PBS_NODEFILE is not set: run this inside a PBS job, or give --hosts FILE or --local N"
  readable "$PBS_NODEFILE" || misuse "PBS_NODEFILE=$PBS_NODEFILE cannot be read; give the hosts with --hosts FILE"
  hosts_in "$PBS_NODEFILE"
}

hosts_of_file() {
  readable "$1" || misuse "--hosts $1 cannot be read; it is a file with one host a line"
  hosts_in "$1"
}

hosts_in() {
  # shellcheck disable=SC2094 # the second one is for messages
  take_hosts "$1" <"$1"
}

# The "hosts" of --local N: node0, node1, ... on this machine.
hosts_local() {
  take_hosts --local <<END
$(awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) print "node" i }')
END
}

find_hosts() {
  case $scheduler in
    pbs) hosts_of_pbs ;;
    slurm) hosts_of_slurm ;;
    hosts) hosts_of_file "$host_list" ;;
    local) hosts_local "$local_nodes" ;;
    *) misuse "this is no PBS or Slurm job: give --hosts FILE for hosts that ssh reaches, or --local N for N nodes here" ;;
  esac
}
