#!/bin/sh
# launch_copper.sh: Starts Copper on the nodes of a PBS or Slurm job, on hosts that ssh reaches, or on this machine. See --help and docs/launching.md.
# shellcheck disable=SC2034 # program and machine are for the parts
set -euf

program=launch_copper.sh
machine=none
here=$(readlink -f -- "$0")
here=${here%/*}
prefix=${here%/*}
parts=$prefix/share/copper/launch
if [ ! -d "$parts" ]; then # in the source tree
  parts=$here/launch prefix=$prefix/build/install
fi
# shellcheck source=/dev/null # of the install tree, or beside this script
. "$parts/launch.sh"
launch "$@"
