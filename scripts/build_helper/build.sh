#!/bin/sh
# Builds Copper: jars with Maven, the native part with CMake where there is one, and the relocatable install tree
# build/install with bin, lib and share. Does only what has changed since the last time. --java-only leaves CMake out.
# For CMakeLists.txt: --into DIR lays the tree out in DIR and makes no start-up archive; --jars DIR takes the jars from
# the directory lib of an install tree, and needs neither a JDK nor Maven.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"

java_only='' install_dir=build/install jars_from='' archive=yes
while [ $# -gt 0 ]; do
  case $1 in
    --java-only) java_only=yes ;;
    --into | --jars)
      [ $# -gt 1 ] || die "$1 needs a directory"
      if [ "$1" = --into ]; then install_dir=$2 archive=''; else jars_from=$2; fi
      shift
      ;;
    *) die "unknown option $1; there are --java-only, --into DIR and --jars DIR" ;;
  esac
  shift
done

build_java() {
  inputs="$(fingerprint pom.xml .mvn java/src/main) $JAVA_HOME"
  if stamped build/stamps/java "$inputs" && [ -d build/maven/lib ]; then
    return 0
  fi
  say 'building the jars with Maven (the first time fetches its plug-ins)'
  rm -rf build/maven/lib
  # The tests are compiled by whoever runs them.
  mvn -q -B -Dstyle.color=never -Dmaven.test.skip=true package </dev/null
  stamp build/stamps/java "$inputs"
}

# Makes file $2 a copy of $1 unless it is one already; a running node may have the old file mapped, so it is replaced,
# not overwritten. Sets $changed.
put() {
  if cmp -s -- "$1" "$2" && { ! [ -x "$1" ] || [ -x "$2" ]; }; then
    return 0
  fi
  mkdir -p "$(dirname "$2")"
  cp -p -- "$1" "$2.new"
  mv -f -- "$2.new" "$2"
  changed=yes
}

# Lays the tree out. $1 is copper.jar, $2 the directory of the jars that it needs.
assemble() {
  changed=''
  put "$1" "$install_dir/lib/copper.jar"
  for jar in "$2"/*.jar; do
    put "$jar" "$install_dir/lib/${jar##*/}"
  done
  for jar in "$install_dir"/lib/*.jar; do
    if [ "${jar##*/}" != copper.jar ] && ! [ -e "$2/${jar##*/}" ]; then
      rm -f -- "$jar"
      changed=yes
    fi
  done
  jars_changed=$changed
  for part in launcher guardian; do
    put scripts/bin/$part.sh "$install_dir/lib/$part.sh"
  done
  for command in scripts/bin/*; do
    case $command in
      *.sh) ;;
      *) put "$command" "$install_dir/bin/${command##*/}" ;;
    esac
  done
  for script in scripts/launch_copper*.sh scripts/stop_copper*.sh; do
    put "$script" "$install_dir/bin/${script##*/}"
  done
  for script in scripts/launch/*.sh; do
    put "$script" "$install_dir/share/copper/launch/${script##*/}"
  done
  for completion in scripts/completions/*; do
    put "$completion" "$install_dir/share/bash-completion/completions/${completion##*/}"
  done
  put LICENSE "$install_dir/share/doc/copper/LICENSE"
  # What the jars are, as CycloneDX has it: Maven makes it beside them.
  for list in "${1%/*}/copper.cdx.json" "${1%/*}/../share/doc/copper/copper.cdx.json"; do
    [ ! -e "$list" ] || put "$list" "$install_dir/share/doc/copper/copper.cdx.json"
  done
  for document in README.md CHANGELOG.md docs/*.md docs/*.png docs/*.svg; do
    [ ! -e "$document" ] || put "$document" "$install_dir/share/doc/copper/${document##*/}"
  done
  module=$install_dir/share/modulefiles/copper/$(project_version)
  put modulefiles/copper.lua "$module.lua"
  put modulefiles/copper.tcl "$module"
  # Job scripts written for C++ Copper start $COPPER_ROOT/build/cu_fuse.
  [ -L "$install_dir/build" ] || ln -s bin "$install_dir/build"
}

# The man pages come from what the commands themselves say.
man_pages() {
  inputs="$(fingerprint docs/man scripts/build_helper/man.sh pom.xml "$install_dir/bin" "$install_dir/lib/copper.jar")"
  man_dir=$install_dir/share/man
  if stamped build/stamps/man "$man_dir $inputs" && [ -d "$man_dir" ]; then
    return 0
  fi
  scripts/build_helper/man.sh "$install_dir"
  stamp build/stamps/man "$man_dir $inputs"
}

# The archive belongs to these jars and this Java. Failing to make it costs start-up time only.
archive() {
  if [ -n "$jars_changed" ]; then
    rm -f -- "$install_dir"/lib/*.jsa "$install_dir"/lib/*.jsa.prefix
  fi
  archived="$(fingerprint "$install_dir"/lib/*.jar "$install_dir/bin/copper_cds") $JAVA_HOME"
  stamped build/stamps/archive "$archived" && return 0
  "$install_dir/bin/copper_cds" 2>&1 || :
  stamp build/stamps/archive "$archived"
}

build_native() {
  if ! command -v cmake >/dev/null; then
    say 'no cmake here: native transport off'
    return 0
  fi
  native_class=java/src/main/java/copper/transport/margo/MargoNative.java
  inputs="$(fingerprint CMakeLists.txt jni $native_class) ${COPPER_MARGO:-AUTO} $(pkg-config --modversion margo 2>/dev/null || :)"
  if stamped build/stamps/native "$inputs"; then
    return 0
  fi
  cmake -S . -B build/cmake -DCOPPER_MARGO="${COPPER_MARGO:-AUTO}" >build/cmake.log 2>&1 || {
    cat build/cmake.log >&2
    die 'cmake failed'
  }
  grep -i 'margo' build/cmake.log | sed 's/^-- //' || :
  cmake --build build/cmake --target copper_native >>build/cmake.log 2>&1 || {
    cat build/cmake.log >&2
    die 'building the native part failed'
  }
  cmake --install build/cmake --component native --prefix "$root/$install_dir" >>build/cmake.log
  stamp build/stamps/native "$inputs"
}

mkdir -p build
if [ -n "$jars_from" ]; then
  [ -e "$jars_from/copper.jar" ] || die "there is no copper.jar in $jars_from; name the directory lib of an install tree"
  assemble "$jars_from/copper.jar" "$jars_from"
else
  find_jdk || die "no JDK of version $min_java or newer found; set JAVA_HOME"
  command -v mvn >/dev/null || die 'Maven (mvn) not found'
  build_java
  assemble build/maven/copper.jar build/maven/lib
fi
man_pages
[ -z "$archive" ] || archive
[ -n "$java_only" ] || build_native
