# shellcheck shell=sh
# The address book of a run, prepared once before any node starts: a line "HOST ADDRESS" for each host, in the order of
# the node file. Nodes get it as a prefiltered one.
# shellcheck disable=SC2154 # book, hosts, net and others are set by who sources this

prepare_book() {
  case $book_source in
    facility) book_of_facility ;;
    discover) book_of_discovery ;;
    hosts) book_of_hosts ;;
  esac
  twice=$(awk '$2 in host { print host[$2] " and " $1 " have the same address " $2; exit } { host[$2] = $1 }' "$book")
  [ -z "$twice" ] || fail "$twice in $book; correct $source_name"
  prepare_costs
}

# What a tree costs here, for nodes with -tree auto (copper tree --advise --write): beside the facility's book, or for all
# runs of this -d. Every node of the run has to read the same, so they get a copy.
prepare_costs() {
  rm -f -- "$book.costs"
  for costs in ${facility_book:+"$facility_book.costs"} "$base/copper_tree.costs"; do
    if [ -f "$costs" ]; then
      cp -- "$costs" "$book.costs"
      return 0
    fi
  done
}

# Looks the hosts up in the facility's book: by their whole names, else by those up to the first dot.
book_of_facility() {
  source_name=$facility_book
  awk '
    function short(name) { if (name !~ /^[0-9.]+$/) sub(/\..*/, "", name); return name }
    FNR == NR { order[++n] = $1; if (short($1) != $1) need[short($1)] = 1; need[$1] = 1; next }
    { sub(/\r$/, "") }
    NF == 2 && (($1 in need) || (short($1) in need)) {
      if (($1 in whole) && whole[$1] != $2) several[$1] = 1
      whole[$1] = $2
      s = short($1)
      if ((s in part) && part[s] != $2) several_part[s] = 1
      part[s] = $2
    }
    END {
      for (i = 1; i <= n; i++) {
        h = order[i]
        s = short(h)
        if (h in whole ? h in several : s in several_part) {
          print "!several addresses for " h
        } else if (h in whole) {
          print h, whole[h]
        } else if (s in part) {
          print h, part[s]
        } else {
          print "!no address for " h
        }
      }
    }' "$node_file" "$facility_book" >"$book.new"
  missing=$(sed -n 's/^!//p' "$book.new" | head -n 5 | paste -s -d ',' - | sed 's/,/, /g')
  if [ -n "$missing" ]; then
    number_missing=$(grep -c '^!' "$book.new")
    rm -f -- "$book.new"
    [ "$number_missing" -le 5 ] || missing="$missing and $((number_missing - 5)) more"
    fail "$facility_book has $missing; add a line 'HOST ADDRESS' for each, or use -a discover"
  fi
  cp -- "$facility_book" "$logs/copper_address_book_full_output.txt"
  mv -f -- "$book.new" "$book"
}

# Asks every host; on a Slingshot network for what Mercury says, else for its IP address.
book_of_discovery() {
  source_name="what the hosts say of themselves (-a discover)"
  on_all "$host_seconds" address "$run"
  if [ -n "$failures" ]; then
    tell_failures
    fail "$failed of $count hosts have no known address; nothing was started"
  fi
  cp -- "$output" "$logs/copper_address_book_full_output.txt"
  awk -v net="$net" -v port="$port" '
    FNR == NR {
      if (match($0, /COPPER_NODE [^ ]+ ok /)) {
        split(substr($0, RSTART), word, " ")
        address[word[2]] = word[4]
      }
      next
    }
    { print $1, (net ~ /cxi/ ? address[$1] : net "://" address[$1] ":" port) }' "$output" "$node_file" >"$book"
}

# Takes the addresses beside the hosts, or what the names stand for here.
book_of_hosts() {
  source_name='the addresses of the hosts'
  if [ "$scheduler" = local ]; then
    free_ports | awk -v net="$net" '{ print "node" (NR - 1), net "://127.0.0.1:" $1 }' >"$book"
    [ "$(grep -c . "$book")" -eq "$count" ] || fail "from port $port on there are not $count free ones; take another --port"
    return 0
  fi
  printf '%s\n' "$hosts" | while IFS=' ' read -r host address; do
    given=$address
    [ -n "$address" ] || address=$(getent ahostsv4 "$host" | awk '{ print $1; exit }')
    case $address in
      '') fail "the name $host stands for no address here: write one behind it in a --hosts file, or use -a discover" ;;
      *://*) ;;
      127.* | ::1)
        [ "$count" -eq 1 ] || [ -n "$given" ] ||
          fail "here the name $host stands for $address, where no other host reaches it: use -a discover"
        ;;
    esac
    case $address in
      *://*) ;;
      \[*) address=$net://$address:$port ;;
      *:*) address="$net://[$address]:$port" ;;
      *) address=$net://$address:$port ;;
    esac
    printf '%s %s\n' "$host" "$address"
  done >"$book.new"
  mv -f -- "$book.new" "$book"
}

# Prints as many TCP ports as there are nodes, from --port on, which nobody uses on this machine now.
free_ports() {
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v first="$port" -v n="$count" '
    function hex(text,   i, value) {
      for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789ABCDEF", toupper(substr(text, i, 1))) - 1
      return value
    }
    split($2, part, ":") == 2 { used[hex(part[2])] = 1 }
    END {
      for (p = first; p <= 65535 && n > 0; p++) {
        if (!(p in used)) {
          print p
          n--
        }
      }
    }'
}
