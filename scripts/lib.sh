# shellcheck shell=sh
# What the scripts people type share: messages, finding a JDK, installing what is missing. Sourced, with $root set to the
# project's top directory.
# shellcheck disable=SC2154 # root: see above

min_java=17

say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Prints the major version of the JDK in directory $1; fails when there is no compiler in it.
jdk_major() {
  [ -x "$1/bin/javac" ] || return 1
  jdk_version=$("$1/bin/javac" -version 2>&1 | sed -n 's/^javac \(1\.\)\{0,1\}\([0-9][0-9]*\).*/\2/p')
  [ -n "$jdk_version" ] || return 1
  printf '%s\n' "$jdk_version"
}

# Exports JAVA_HOME of a JDK of version $min_java or newer: JAVA_HOME itself, the javac on the PATH, then the usual
# places, lowest version first. Maven uses the same one.
find_jdk() {
  jdk_path=$(command -v javac || :)
  [ -z "$jdk_path" ] || jdk_path=$(readlink -f -- "$jdk_path")
  for jdk in "${JAVA_HOME:-}" "${jdk_path%/bin/javac}" /usr/lib/jvm/*-17-* /usr/lib/jvm/*-21-* /usr/lib/jvm/* /opt/java/*; do
    if [ -n "$jdk" ] && jdk_found=$(jdk_major "$jdk") && [ "$jdk_found" -ge "$min_java" ]; then
      JAVA_HOME=$jdk
      export JAVA_HOME
      return 0
    fi
  done
  return 1
}

has_libfuse2() {
  for libfuse in /lib/*/libfuse.so.2 /usr/lib/*/libfuse.so.2 /lib64/libfuse.so.2 /usr/lib64/libfuse.so.2 \
    /usr/lib/libfuse.so.2 /usr/local/lib/libfuse.so.2; do
    [ ! -e "$libfuse" ] || return 0
  done
  PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q 'libfuse\.so\.2 '
}

# Prints where modulecmd.tcl of Environment Modules is: installed, or unpacked by unpack_modulecmd.
find_modulecmd() {
  for modulecmd in /usr/lib/*/modulecmd.tcl /usr/share/Modules/libexec/modulecmd.tcl \
    "$root"/build/tools/environment-modules/usr/lib/*/modulecmd.tcl; do
    [ ! -e "$modulecmd" ] || { say "$modulecmd" && return 0; }
  done
  return 1
}

# Debian lets only one of Lmod and Environment Modules be installed; the tests want both, so this one is only unpacked.
unpack_modulecmd() (
  mkdir -p "$root/build/tools/environment-modules"
  cd "$root/build/tools" || exit
  rm -f -- environment-modules_*.deb
  apt-get -qq download environment-modules && dpkg-deb -x environment-modules_*.deb environment-modules
)

# Is the requirement $1 met?
has() {
  case $1 in
    jdk) find_jdk ;;
    libfuse2) has_libfuse2 ;;
    python3) python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null ;;
    pip) python3 -m pip --version >/dev/null 2>&1 ;;
    lmod) [ -n "${LMOD_CMD:-}" ] || [ -e /usr/share/lmod/lmod/libexec/lmod ] ;;
    modulecmd) [ -n "${MODULES_CMD:-}" ] || find_modulecmd >/dev/null ;;
    venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    cc) command -v gcc >/dev/null && printf '#include <stdio.h>\n' | gcc -E - >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# Says what the requirement $1 is, for people whose system has another package manager.
describe() {
  case $1 in
    jdk) say "a JDK of version $min_java or newer (javac); set JAVA_HOME when it is not on the PATH" ;;
    mvn) say 'Apache Maven 3.6 or newer (mvn)' ;;
    fusermount3) say 'fusermount3, of FUSE 3 (often the package fuse3)' ;;
    libfuse2) say 'libfuse.so.2, the library of FUSE 2 (often the package fuse-libs, libfuse2 or fuse2)' ;;
    python3) say 'Python 3.8 or newer (python3)' ;;
    pip) say 'pip for Python 3 (python3 -m pip)' ;;
    cc) say 'a C compiler and the C headers (gcc)' ;;
    setsid) say 'setsid, of util-linux' ;;
    ip) say 'ip, of iproute2' ;;
    *) say "$1" ;;
  esac
}

# The first package of the arguments that apt can install.
apt_first() {
  for apt_name in "$@"; do
    if apt-cache policy "$apt_name" 2>/dev/null | grep -q 'Candidate: [^(]'; then
      say "$apt_name"
      return 0
    fi
  done
  say "$1"
}

# The Debian or Ubuntu package that brings the requirement $1.
apt_package() {
  case $1 in
    jdk) apt_first openjdk-17-jdk-headless openjdk-21-jdk-headless openjdk-25-jdk-headless default-jdk-headless ;;
    mvn) say maven ;;
    fusermount3) say fuse3 ;;
    modulecmd) say tcl ;; # see unpack_modulecmd
    venv) say python3-venv ;;
    libfuse2) apt_first libfuse2t64 libfuse2 ;; # renamed in Debian 13 and Ubuntu 24.04
    pip) say python3-pip ;;
    cc) say gcc libc6-dev ;;
    setsid) say util-linux ;;
    ip) say iproute2 ;;
    mksquashfs) say squashfs-tools ;;
    fincore) apt_first util-linux-extra util-linux ;;
    *) say "$1" ;;
  esac
}

# Makes every requirement named in the arguments present: with apt-get where that is allowed, else by saying, one a line,
# what is missing. One after --wish is installed where that can be done, and not missed where not.
require() {
  missing='' wished='' list=missing
  for requirement in "$@"; do
    if [ "$requirement" = --wish ]; then
      list=wished
    elif ! has "$requirement"; then
      case $list in
        missing) missing="$missing $requirement" ;;
        *) wished="$wished $requirement" ;;
      esac
    fi
  done
  as_root=''
  if command -v apt-get >/dev/null; then
    if [ "$(id -u)" -eq 0 ]; then
      as_root='env'
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      as_root='sudo env'
    fi
  fi
  [ -z "$as_root" ] || [ -z "$missing$wished" ] || apt_install
  still=''
  for requirement in $missing; do
    if ! has "$requirement"; then
      printf 'missing: %s\n' "$(describe "$requirement")" >&2
      still=yes
    fi
  done
  [ -z "$still" ] || exit 1
}

apt_install() {
  apt_log=$(mktemp)
  $as_root DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$apt_log" 2>&1 ||
    say 'apt-get update failed; going on with the package lists that are here'
  packages=''
  for requirement in $missing; do
    packages="$packages $(apt_package "$requirement")"
  done
  # shellcheck disable=SC2086 # lists, split on purpose
  [ -z "$packages" ] || apt_get $packages || tail -n 15 "$apt_log" >&2
  # One by one: one that is not to be had, or only in place of another package, must not keep the others away.
  for requirement in $wished; do
    if ! apt_get "$(apt_package "$requirement")" || { [ "$requirement" = modulecmd ] && ! unpack_modulecmd >"$apt_log" 2>&1; }; then
      say "could not install $requirement; going on without it"
    fi
  done
  rm -f -- "$apt_log"
}

apt_get() {
  say "installing with apt-get: $*"
  $as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-remove \
    --no-install-recommends "$@" </dev/null >"$apt_log" 2>&1
}

# Fails with the reason when this user cannot mount FUSE file systems here.
require_fuse_device() {
  container='in a container: --device /dev/fuse --cap-add SYS_ADMIN'
  [ -e /dev/fuse ] || die "there is no /dev/fuse: load the kernel module fuse (modprobe fuse); $container"
  ( true <>/dev/fuse ) 2>/dev/null ||
    die "this user may not open /dev/fuse: $(stat -c '%A %U:%G' /dev/fuse); $container"
  if [ "$(id -u)" -eq 0 ]; then
    capabilities=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
    [ $((0x$capabilities >> 21 & 1)) -eq 1 ] || die "root may not mount here (CAP_SYS_ADMIN is missing); $container"
  elif ! [ -u "$(readlink -f -- "$(command -v fusermount3)")" ]; then
    die "$(command -v fusermount3) is not set-user-id root, so this user cannot mount"
  fi
}

# Prints the version that pom.xml gives the project.
project_version() {
  sed -n '/<artifactId>copper</,/<packaging>/s|.*<version>\(.*\)</version>.*|\1|p' "$root/pom.xml"
}

# Prints a checksum over the names, sizes and times of the files under the arguments that exist.
fingerprint() {
  for input in "$@"; do
    [ ! -e "$input" ] || find "$input" -type f -printf '%p %s %T@\n'
  done | LC_ALL=C sort | cksum
}

# Is the stamp file $1 still true for the text $2?
stamped() {
  [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

stamp() {
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$2" >"$1"
}
