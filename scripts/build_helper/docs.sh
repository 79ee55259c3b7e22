#!/bin/sh
# Makes the documentation's site, build/site, with MkDocs from PyPI in an environment of its own, build/docs-venv. Any link
# that leads nowhere is an error. Ends with 3 where MkDocs cannot be had.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
[ $# -eq 0 ] || die 'takes no arguments'

wanted=$(cat docs/requirements.txt)
if ! stamped build/stamps/docs-venv "$wanted" || ! [ -x build/docs-venv/bin/mkdocs ]; then
  has venv || { say 'Python has no venv here: the site of the documentation is not made' && exit 3; }
  rm -rf build/docs-venv
  if ! python3 -m venv build/docs-venv ||
    ! build/docs-venv/bin/pip -q --disable-pip-version-check install -r docs/requirements.txt; then
    say 'MkDocs cannot be installed here: the site of the documentation is not made'
    exit 3
  fi
  stamp build/stamps/docs-venv "$wanted"
fi
NO_MKDOCS_2_WARNING=1 build/docs-venv/bin/mkdocs -q build --strict --clean
say 'made build/site/index.html'
