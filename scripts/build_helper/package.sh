#!/bin/sh
# Packs the install tree build/install as build/copper-VERSION….tar.gz, the same bytes for the same content: sorted,
# owned by root, with the time of the build's inputs (SOURCE_DATE_EPOCH, or what pom.xml says). The start-up archive
# stays out: it belongs to one place and one Java. After unpacking, run bin/copper_cds once.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
[ $# -eq 0 ] || die 'takes no arguments; build.sh makes what it packs'
[ -e build/install/lib/copper.jar ] || die 'there is no build/install; run scripts/build_helper/build.sh first'

version=$(project_version)
stamp_time=$(sed -n 's|.*<project.build.outputTimestamp>\(.*\)</project.*|\1|p' pom.xml)
if [ -z "$version" ] || [ -z "$stamp_time" ]; then
  die 'pom.xml does not say the version and the time of the build'
fi
[ -z "${SOURCE_DATE_EPOCH:-}" ] || stamp_time=@$SOURCE_DATE_EPOCH

# With the native transport the package fits one kind of machine, and the Mercury at the place it was built against.
name=copper-$version
[ ! -e build/install/lib/libcopper_margo.so ] || name=$name-margo-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
package=build/$name.tar.gz
LC_ALL=C tar --create --directory=build/install --sort=name --format=ustar --mtime="$stamp_time" --owner=0 --group=0 \
  --numeric-owner --mode='u=rwX,go=rX' --exclude='*.jsa' --exclude='*.jsa.prefix' --transform="s|^\.|$name|" . >"$package.tar"
gzip -9 -n <"$package.tar" >"$package.new"
rm -f -- "$package.tar"
mv -f -- "$package.new" "$package"
say "made $package ($(cksum <"$package" | cut -d' ' -f2) bytes)"
