#!/bin/sh
# Starts Copper on the nodes of a PBS or Slurm job, on hosts that ssh reaches, or on this machine; as stop_copper.sh, stops
# it. One script under six names: _aurora and _frontier are for these machines' jobs and have their defaults. See --help
# and docs/launching.md.
# shellcheck disable=SC2034 # machine is for the parts
set -euf

here=$(readlink -f -- "$0")
program=${0##*/}
case $program in
  launch_copper*.sh | stop_copper*.sh) ;;
  *) program=${here##*/} ;; # a link to one of them, called otherwise
esac
case $program in
  *_aurora.sh) machine=aurora ;;
  *_frontier.sh) machine=frontier ;;
  *) machine=none ;;
esac
here=${here%/*}
prefix=${here%/*}
parts=$prefix/share/copper/launch
if [ ! -d "$parts" ]; then # in the source tree
  parts=$here/launch prefix=$prefix/build/install
fi
case $program in
  stop_*) verb=stop ;;
  *) verb=launch ;;
esac
# shellcheck source=/dev/null # of the install tree, or beside this script
. "$parts/$verb.sh"
"$verb" "$@"
