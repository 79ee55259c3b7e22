#!/bin/sh
# Writes the man pages of the install tree $1 to its share/man: the frames docs/man/*.1.in, filled with what each
# command's own --help says, so that the pages cannot name other flags than the programs.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
. "$root/scripts/lib.sh"
cd "$root"
[ $# -eq 1 ] || die 'usage: man.sh INSTALL_TREE'
tree=$(cd -- "$1" && pwd -P)
version=$(project_version)
day=$(sed -n 's|.*<project.build.outputTimestamp>\([-0-9]*\).*|\1|p' pom.xml)

mkdir -p "$tree/share/man/man1"
for frame in docs/man/*.1.in; do
  page=${frame##*/}
  page=${page%.in}
  help=$("$tree/bin/${page%.1}" --help)
  # The help: a line "usage: …"; then entries, "  NAME  TEXT"; all other lines are text. A frame has a line @USAGE@ for
  # the first, @ENTRIES@ and @TEXT@ for the others.
  # shellcheck disable=SC2016 # awk's own
  printf '%s\n' "$help" | awk -v version="$version" -v day="$day" -v frame="$frame" '
    function roff(text) {
      gsub(/\\/, "\\e", text)
      gsub(/-/, "\\-", text)
      if (text ~ /^[.\047]/) text = "\\&" text
      return text
    }
    /^usage: / { sub(/^usage: /, ""); usage = $0; next }
    /^  [^ ]/ {
      line = substr($0, 3)
      cut = match(line, /  +/)
      name = cut ? substr(line, 1, cut - 1) : line
      entries = entries ".TP\n.B " roff(name) "\n" (cut ? roff(substr(line, RSTART + RLENGTH)) "\n" : "")
      next
    }
    NF { text = text roff($0) "\n"; gap = 0; next }
    text != "" && !gap { text = text ".PP\n"; gap = 1 }
    END {
      while ((getline line < frame) > 0) {
        gsub(/@VERSION@/, version, line)
        gsub(/@DATE@/, day, line)
        if (line == "@USAGE@") {
          split(usage, words, " ")
          printf ".B %s\n%s\n", roff(words[1]), roff(substr(usage, length(words[1]) + 2))
        } else if (line == "@ENTRIES@") {
          printf "%s", entries
        } else if (line == "@TEXT@") {
          sub(/(\.PP\n)+$/, "", text)
          printf "%s", text
        } else {
          print line
        }
      }
    }' >"$tree/share/man/man1/$page.new"
  mv -f -- "$tree/share/man/man1/$page.new" "$tree/share/man/man1/$page"
done
