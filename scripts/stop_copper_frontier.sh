#!/bin/sh
# stop_copper_frontier.sh: Stops Copper on the nodes of a Slurm job, with Frontier's defaults. See --help and docs/launching.md.
# shellcheck disable=SC2034 # program and machine are for the parts
set -euf

program=stop_copper_frontier.sh
machine=frontier
here=$(readlink -f -- "$0")
here=${here%/*}
prefix=${here%/*}
parts=$prefix/share/copper/launch
if [ ! -d "$parts" ]; then # in the source tree
  parts=$here/launch prefix=$prefix/build/install
fi
# shellcheck source=/dev/null # of the install tree, or beside this script
. "$parts/stop.sh"
stop_all "$@"
