# shellcheck shell=sh
# What starting and stopping share: messages, options, paths, the settings of a run. Sourced, with $program (the command's
# name), $prefix (the install tree) and $parts (the directory of this file) set.
# shellcheck disable=SC2154 # program, prefix, parts: see above
# shellcheck disable=SC2034 # what is set here is used by who sources this

newline='
'

say() { printf '%s: %s\n' "$program" "$*"; }

warn() { printf '%s: %s\n' "$program" "$*" >&2; }

fail() {
  warn "$@"
  exit 1
}

# For what the caller got wrong: nothing has been started yet.
misuse() {
  warn "$@"
  exit 2
}

now() { date +%s; }

# Prints $1 so that a shell reads it back as one word; newlines at its end are lost.
quote() {
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

# Goes through the arguments and calls `option NAME VALUE` for each (VALUE is "yes" where it takes none). Short ones may
# stand together, as in -PN20. What comes after -- is kept, quoted, in $extra. takes_value NAME and known NAME are the caller's.
parse_options() {
  extra=''
  while [ $# -gt 0 ]; do
    word=$1
    shift
    case $word in
      -h | --help)
        help
        exit 0
        ;;
      --)
        for word in "$@"; do
          extra="$extra $(quote "$word")"
        done
        return 0
        ;;
      --*=*)
        takes_value "${word%%=*}" || unknown_option "${word%%=*}"
        option "${word%%=*}" "${word#*=}"
        ;;
      --*)
        if takes_value "$word"; then
          need_value "$word" "$@"
          option "$word" "$1"
          shift
        else
          known "$word" || unknown_option "$word"
          option "$word" yes
        fi
        ;;
      -?*)
        cluster=${word#-}
        while [ -n "$cluster" ]; do
          letter=${cluster%"${cluster#?}"}
          cluster=${cluster#?}
          if ! takes_value "-$letter"; then
            case $letter in
              h)
                help
                exit 0
                ;;
            esac
            known "-$letter" || unknown_option "-$letter"
            option "-$letter" yes
          elif [ -n "$cluster" ]; then
            option "-$letter" "$cluster"
            cluster=''
          else
            need_value "-$letter" "$@"
            option "-$letter" "$1"
            shift
          fi
        done
        ;;
      *) misuse "'$word' is no option; $program --help lists them" ;;
    esac
  done
}

unknown_option() { misuse "there is no option $1 (or it takes no value); $program --help lists them"; }

# need_value OPTION [NEXT_WORD ...]
need_value() {
  [ $# -gt 1 ] || misuse "$1 needs a value; $program --help tells which"
  case $2 in
    -*) misuse "$1 needs a value, and is followed by '$2'; $program --help tells which" ;;
  esac
}

# number OPTION VALUE MINIMUM MAXIMUM
number() {
  case $2 in
    '' | *[!0-9]* | ????????????*) ;;
    *) [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ] || return 0 ;;
  esac
  misuse "$1 takes a whole number from $3 to $4, not '$2'"
}

# one_of OPTION VALUE CHOICE...
one_of() {
  one_option=$1 one_value=$2
  shift 2
  for choice in "$@"; do
    [ "$choice" != "$one_value" ] || return 0
  done
  misuse "$one_option is one of $*, not '$one_value'"
}

# Is $1 a file that can be read?
readable() { [ -f "$1" ] && [ -r "$1" ]; }

# Is process $1 there, and no zombie?
running() {
  stat=''
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  stat=${stat##*) }
  case $stat in
    Z* | X*) return 1 ;;
  esac
}

# Sets $path to the absolute form of the path $2, which option $1 had; no slash at the end.
absolute() {
  case $2 in
    '') misuse "$1 needs a path, not an empty value" ;;
    *"$newline"*) misuse "$1: a path with a line break in it cannot be used" ;;
    /*) path=$2 ;;
    *) path=$PWD/$2 ;;
  esac
  while [ "$path" != / ] && [ "$path" != "${path%/}" ]; do
    path=${path%/}
  done
}

# Prints the mount point of host $2 from the template $1.
fill() {
  rest=$1 filled=''
  while [ "$rest" != "${rest#*%h}" ]; do
    filled=$filled${rest%%%h*}$2
    rest=${rest#*%h}
  done
  printf '%s\n' "$filled$rest"
}

default_view() {
  printf '/tmp/%s/copper%s\n' "${USER:-$(id -un)}" "$1"
}

# Sets $scheduler to what $1 (auto, pbs, slurm, hosts or local) comes to, and $job to the name of the run.
find_scheduler() {
  scheduler=$1
  if [ "$scheduler" = auto ]; then
    if [ -n "${PBS_JOBID:-}" ]; then
      scheduler=pbs
    elif [ -n "${SLURM_JOB_ID:-}" ]; then
      scheduler=slurm
    else
      scheduler=none
    fi
  fi
  if [ -z "$job" ]; then
    case $scheduler in
      pbs)
        job=${PBS_JOBID:-}
        job=${job%%.*}
        ;;
      slurm) job=${SLURM_JOB_ID:-} ;;
      hosts | local) job=$scheduler ;;
    esac
  fi
  case $job in
    */* | . | .. | -* | *"$newline"*) misuse "--job-id '$job' cannot be a directory's name; choose another" ;;
  esac
}

# The directories of a run, as the original has them, and its files.
run_files() {
  logs=$run/logs
  book=$logs/copper_address_book.txt
  node_file=$logs/node_file.txt
  settings=$run/launch/settings
  marker=$run/launch/running # from a start until all hosts have been stopped
  ending=$run/launch/ending # from a stop until the next start: a node that still starts then must not
}
