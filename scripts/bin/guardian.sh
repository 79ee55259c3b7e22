# shellcheck shell=sh
# guardian.sh MOUNT PLACE DEVICE PID [LOG]: takes away the mount of the node PID when that has died without doing so itself.
#
# The node starts it once its mount answers, in a session of its own. It waits for the end of its standard input, a pipe
# whose other end the node alone has: a node that ends as it should says "done" first. PLACE is the mount point as
# /proc/self/mountinfo writes it, DEVICE the mount's device number there. What became of it is a line in LOG, or on stderr.
#
# A thread that tells the kernel what to forget may be waiting for a page or a directory that a program holds while it waits
# for the node. If the node is killed then, that thread stays and keeps pipe and mount open, and everybody waits for ever.
# So every four seconds the guardian looks whether the node is dead, and ends its connection to the kernel.
set -uf

mount=$1 place=$2 device=$3 node=$4 log=${5:-}
PATH=${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin
cd /
# Whoever ends all processes of a job means the node; this one ends after it.
trap '' HUP INT TERM

say_so() {
  line="$(date '+%Y-%m-%d %H:%M:%S') [ERROR] (copper.guardian) process $node, the node at $mount, has died (SIGKILL, no memory left or a crash): $*"
  if [ -z "$log" ] || ! { printf '%s\n' "$line" >>"$log"; } 2>/dev/null; then
    printf '%s\n' "$line" >&2
  fi
}

say() {
  say_so "$*"
  exit 0
}

# Tells whether the node's file system is what is mounted last at the place.
is_mounted() {
  found=''
  while read -r _ _ number _ point rest; do
    [ "$point" != "$place" ] || found="$number ${rest#* - }"
  done </proc/self/mountinfo
  case $found in
    "$device fuse.copper "*) ;;
    *) return 1 ;;
  esac
}

# Tells whether nobody serves it any more. For a file system's space the kernel has to ask; while it still tidies up behind the
# node, this waits. A new node's mount, which may have come by the old number, gives an answer.
is_dead() {
  case $(LC_ALL=C stat -f -- "$mount" 2>&1 >/dev/null) in
    *'not connected'* | *'onnection abort'*) ;;
    *) return 1 ;;
  esac
}

unmount() {
  fusermount3 -u -z -- "$mount" || fusermount -u -z -- "$mount" || umount -l -- "$mount"
}

# Tells whether the node is dead and one of its threads is not.
is_stuck() {
  read -r state 2>/dev/null <"/proc/$node/stat" || return 1
  case ${state##*) } in
    Z*) ;;
    *) return 1 ;;
  esac
}

# Fails all requests that wait: the mount's user may do that where the control file system is mounted, root also by unmounting.
end_connection() {
  { printf 1 >"/sys/fs/fuse/connections/${device#*:}/abort"; } 2>/dev/null || umount -f -l -- "$mount" 2>/dev/null
}

if command -v timeout >/dev/null; then
  said=''
  until word=$(timeout -s USR1 4 head -n 1) || [ "$?" -ne 124 ]; do
    if [ -z "$said" ] && is_stuck && is_mounted && ! end_connection; then
      said=yes
      say_so "its mount hangs; let root write 1 to abort of connection ${device#*:} in a fusectl file system"
    fi
  done
else
  IFS= read -r word || :
fi
[ "$word" != 'done' ] || exit 0
is_mounted || say 'its mount is gone already'
is_dead || say 'somebody else answers at its mount point, and is left alone'
! unmount 2>/dev/null || say 'its mount was taken away'
say "its mount could not be taken away; try fusermount3 -uz $mount"
