# shellcheck shell=sh
# What every command in bin/ shares: finding Java, choosing the JVM's flags, starting in the background.
# Installed as lib/launcher.sh and sourced, with $prefix (the install tree) and $program (the command's name) set.
# shellcheck disable=SC2154 # prefix, program: see above
# shellcheck disable=SC2034 # java, jvm_flags, direct_flag, archive_flag, archive_log: for who sources this

copper_min_java=17

copper_fail() {
  printf '%s: %s\n' "$program" "$*" >&2
  exit 1
}

# Reads the version of the Java program $1 into $java_version (the whole text, names the start-up archive) and
# $java_major. A JDK says it in the file `release` beside bin/, which costs no JVM start; `java -version` is the last
# resort, for a java that is a wrapper script.
copper_java_version() {
  java_version='' java_short=''
  java_file=$(readlink -f -- "$1" 2>/dev/null) || java_file=$1
  java_release=${java_file%/bin/*}/release
  if [ -r "$java_release" ]; then
    while IFS='=' read -r java_key java_value || [ -n "$java_key" ]; do
      java_value=${java_value#\"}
      java_value=${java_value%\"}
      case $java_key in
        JAVA_RUNTIME_VERSION) java_version=$java_value ;;
        JAVA_VERSION) java_short=$java_value ;;
      esac
    done <"$java_release"
  fi
  if [ -z "$java_short" ]; then
    java_short=$("$1" -version 2>&1 | sed -n '/ version "/{s/.* version "\([^"]*\)".*/\1/p;q;}') || java_short=''
  fi
  [ -n "$java_version" ] || java_version=$java_short
  java_major=${java_short#1.} # Java 8 and older say 1.8.0
  java_major=${java_major%%[!0-9]*}
  [ -n "$java_major" ]
}

# Sets $java to the first usable one of $COPPER_JAVA, $JAVA_HOME/bin/java and `java` on the PATH. What COPPER_JAVA names
# is used or refused, never passed over.
copper_find_java() {
  java_tried=''
  if [ -n "${COPPER_JAVA:-}" ]; then
    java=$(command -v -- "$COPPER_JAVA") || copper_fail "COPPER_JAVA=$COPPER_JAVA cannot be run"
    copper_java_version "$java" || copper_fail "COPPER_JAVA=$COPPER_JAVA does not tell its version"
    [ "$java_major" -ge "$copper_min_java" ] ||
      copper_fail "COPPER_JAVA=$COPPER_JAVA is Java $java_major; Java $copper_min_java or newer is needed"
    return 0
  fi
  for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || :)"; do
    if ! [ -x "$java" ]; then
      continue
    elif copper_java_version "$java"; then
      [ "$java_major" -lt "$copper_min_java" ] || return 0
      java_tried="$java_tried; $java is Java $java_major"
    else
      java_tried="$java_tried; $java does not tell its version"
    fi
  done
  copper_fail "no Java $copper_min_java or newer found: set COPPER_JAVA or JAVA_HOME, or put java on the PATH${java_tried}"
}

# Sets $jvm_flags, a list split at blanks: nothing in it may hold a path.
# Serial collector: a node's live data is few large byte arrays, and a compute node has better use for its cores than
# collector threads. C1 only: a node's start-up and its short bursts of requests gain more from quick compilation than
# the long run does from C2, and memory and compiler threads are saved; so do thresholds a quarter of the usual ones. The one
# compiler thread is left alone, or it would read the cgroup's memory files at every compilation. No performance data file: it would stay in /tmp's
# hsperfdata directory of every node.
# A heap that stays small: by default Java begins with a 64th of the machine's memory and fills that before it looks for what
# is not used any more, and then it keeps twice of what it needs. File data does not lie on the heap.
copper_jvm_flags() {
  jvm_flags='-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UseDynamicNumberOfCompilerThreads -XX:-UsePerfData'
  jvm_flags="$jvm_flags -XX:Tier3InvocationThreshold=50 -XX:Tier3MinInvocationThreshold=20"
  jvm_flags="$jvm_flags -XX:Tier3CompileThreshold=200 -XX:Tier3BackEdgeThreshold=2000"
  jvm_flags="$jvm_flags -Xms40m -XX:NewSize=24m -XX:MaxNewSize=24m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=25"
  # jnr calls native code and uses Unsafe; newer Java wants to be told so, or warns.
  if [ "$java_major" -ge 24 ]; then
    jvm_flags="$jvm_flags --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
  fi
}

# Sets $direct_flag, the bound on memory outside the heap, for what -max_cache_bytes said, or for the default, a quarter of the
# machine's memory. The node keeps within what was said by itself; this is more by what networks and threads need, so that
# the JVM steps in only when the node cannot keep its word.
copper_direct_memory() {
  copper_bytes=$1 copper_unit=1
  case $copper_bytes in *[bB]) copper_bytes=${copper_bytes%?} ;; esac
  case $copper_bytes in
    *[kK]) copper_unit=1024 ;;
    *[mM]) copper_unit=1048576 ;;
    *[gG]) copper_unit=1073741824 ;;
    *[tT]) copper_unit=1099511627776 ;;
  esac
  [ "$copper_unit" -eq 1 ] || copper_bytes=${copper_bytes%?}
  while :; do
    case $copper_bytes in 0?*) copper_bytes=${copper_bytes#0} ;; *) break ;; esac
  done
  case $copper_bytes in
    '' | *[!0-9]* | ???????????????*)
      # Nothing said, or nothing that Java will take.
      copper_bytes=0 copper_unit=256
      while read -r copper_key copper_value _; do
        [ "$copper_key" != MemTotal: ] || copper_bytes=$copper_value
      done </proc/meminfo
      ;;
  esac
  direct_flag=-XX:MaxDirectMemorySize=$((copper_bytes * copper_unit / 1024 + 262144))k
}

# What the C library does with memory: large pieces are given back at once, small ones come from two pools and not from one a
# thread. What the user has set stays.
copper_malloc() {
  : "${MALLOC_ARENA_MAX=2}" "${MALLOC_MMAP_THRESHOLD_=131072}" "${MALLOC_TRIM_THRESHOLD_=1048576}"
  export MALLOC_ARENA_MAX MALLOC_MMAP_THRESHOLD_ MALLOC_TRIM_THRESHOLD_
}

# Sets $archive_flag and $archive_log when the install tree holds an archive that this Java would take.
copper_use_archive() {
  copper_archive=$prefix/lib/copper-$java_version.jsa
  archive_flag='' archive_log=''
  [ -r "$copper_archive" ] || return 0
  # Java before 19 refuses an archive whose jars have moved; newer ones find the jars beside it.
  if [ "$java_major" -lt 19 ]; then
    archive_prefix=''
    [ ! -r "$copper_archive.prefix" ] || IFS= read -r archive_prefix <"$copper_archive.prefix" || :
    if [ "$archive_prefix" != "$prefix" ]; then
      [ ! -t 2 ] || printf '%s: note: %s was moved; %s/bin/copper_cds, run once, makes starts faster again\n' \
        "$program" "$prefix" "$prefix" >&2
      return 0
    fi
  fi
  archive_flag=-XX:SharedArchiveFile=$copper_archive
  # An archive that does not fit (another build of Java, a touched jar) costs time only, and no words.
  archive_log='-Xshare:auto -Xlog:cds*=off'
}

# File names reach Java as text, so the locale must be a UTF-8 one for names outside ASCII to arrive whole.
copper_locale() {
  case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
    *[Uu][Tt][Ff]-8* | *[Uu][Tt][Ff]8*) ;;
    *)
      LC_ALL=C.UTF-8
      export LC_ALL
      ;;
  esac
}

# Sets everything a command line for Java is made of: $java, $jvm_flags, $archive_log, $archive_flag.
copper_prepare() {
  copper_find_java
  copper_jvm_flags
  copper_malloc
  copper_use_archive
  copper_locale
}
