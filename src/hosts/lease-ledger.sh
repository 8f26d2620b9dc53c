# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# The ledger: one set of files a fault, KEY being a hash of its id. In $run what a reboot undoes, in $var what it does not.
#   KEY.lease   who broke what, and the words that heal and probe; whole only with its last line
#   KEY.until   deadline in 1/100 s since boot, boot id, length in seconds
#   KEY.seen    the fault was seen standing       KEY.note    why the last heal did not do
#   KEY.timer   process that watches the deadline KEY.healed  who healed it and when, kept for a day

now() { # sets now: 1/100 s since boot, as a wall clock may be what is broken
  read -r now _ </proc/uptime
  now=$((${now%.*} * 100 + 1${now#*.} - 100))
}

lock() { # waits its turn; the kernel gives a flock back when its last holder is gone, children that still act included
  if command -v flock >/dev/null; then
    exec 9>"$run/lock" && flock -w 60 9
    return
  fi
  tries=0
  until mkdir "$run/lock.d" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -le 600 ] || return 1
    holder=
    read -r holder 2>/dev/null <"$run/lock.d/pid"
    if { [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; } || { [ -z "$holder" ] && [ $((tries % 50)) = 0 ]; }; then
      sleep 1 # what a killed holder had started may still act
      mv "$run/lock.d" "$run/stale.$$" 2>/dev/null && rm -rf "$run/stale.$$"
    fi
    sleep 0.1 2>/dev/null || sleep 1
  done
  echo $$ >"$run/lock.d/pid"
  locked=yes
}

unlock() {
  exec 9>&-
  [ "$locked" != yes ] || rm -rf "$run/lock.d"
  locked=no
}

json_of() { # TEXT; sets json
  [ ${#1} -le 4000 ] && rest=$1 || rest=$(printf '%.4000s…' "$1")
  json=
  while :; do
    plain=${rest%%[[:cntrl:]\"\\]*}
    json=$json$plain
    [ "$plain" = "$rest" ] && break
    rest=${rest#"$plain"}
    char=${rest%"${rest#?}"}
    rest=${rest#?}
    case $char in
    \" | \\) json=$json\\$char ;;
    "$nl") json=$json\\n ;;
    *) json=$json$(printf '\\u%04x' "'$char") ;;
    esac
  done
  json=\"$json\"
}

find_lease() { # KEY; sets dir
  dir=$run
  [ -e "$run/$1.lease" ] || [ -e "$run/$1.healed" ] || dir=$var
}

header() { # FILE; sets lease_owner, lease_bearer, lease (JSON)
  { read -r magic _ lease_bearer lease_owner && IFS= read -r lease; } 2>/dev/null <"$1" || return 1
  lease=${lease#?}
  case $magic$lease in '#0k-chaos-lease-1{'*'}') ;; *) return 1 ;; esac
}

until_of() { # KEY; sets left (1/100 s, 0 and less: over) and same_boot
  left=0 same_boot=no deadline=
  read -r deadline lease_boot _ whole 2>/dev/null <"$dir/$1.until"
  [ "$whole" = . ] || return 0
  [ "$lease_boot" = "$boot" ] || return 0
  now
  same_boot=yes left=$((deadline - now))
}

set_until() { # KEY SECONDS
  now
  echo "$((now + $2 * 100)) $boot $2 ." >"$dir/$1.until.$$" && mv -f "$dir/$1.until.$$" "$dir/$1.until"
}

say() { # STATE [,JSON MEMBERS]
  printf '{"key":"%s","state":"%s","lease":%s%s}\n' "$key" "$1" "${lease:-null}" "$2"
}

say_healed() { # from the record
  { read -r at by stood && IFS= read -r lease; } <"$dir/$key.healed"
  say healed ",\"by\":\"$by\",\"at\":$at,\"stood\":$stood"
}

say_with_evidence() { # STATE TEXT [,JSON MEMBERS]
  json_of "$2"
  say "$1" ",\"evidence\":$json$3"
}

whole() { # FILE: was it written to its end?
  last=
  while IFS= read -r line; do last=$line; done <"$1"
  [ "$last" = '#end' ]
}

load() { # KEY; runs the entry's definitions
  # shellcheck disable=SC1090
  whole "$dir/$1.lease" && . "$dir/$1.lease"
}

probe() { # 0 stands, 1 does not, 75 could not look; a fault that is seen is noted
  probe_words
  probed=$?
  [ $probed != 0 ] || [ -e "$dir/$key.seen" ] || : >"$dir/$key.seen"
  return $probed
}
