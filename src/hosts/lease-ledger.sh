# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# The ledger: one set of files a fault, KEY being a hash of its id. In $run what a reboot undoes, in $var what it does not.
#   KEY.lease   who broke what, and the words that heal and probe; whole only with its last line, a checksum of it
#   KEY.until   deadline in 1/100 s since boot, boot id, length in seconds
#   KEY.seen    the fault was seen standing       KEY.note    how often a heal has not done, since when, and why
#   KEY.net     the network namespace of its container
#   KEY.healed  who healed it and when, kept for a day     KEY.PID.BIRTH.timer  process that watches the deadline

now() { # sets now: 1/100 s since boot, as a wall clock may be what is broken
  read -r now _ </proc/uptime
  now=$((${now%.*} * 100 + 1${now#*.} - 100))
}

number() { case $1 in '' | *[!0-9]* | 0?* | ????????????????*) return 1 ;; esac; } # TEXT: one that every shell reckons with: not octal, not too long

plain() { [ -f "$1" ] && [ ! -h "$1" ]; } # FILE: not a link, a folder or a pipe that somebody has put there

put() { # FILE TEXT: all of it or nothing, replacing a link and not what it leads to
  [ ! -h "$1" ] || rm -f "$1"
  [ ! -d "$1" ] && rm -f "$1.$$.new" && { printf '%s\n' "$2" >"$1.$$.new"; } 2>/dev/null && mv -f "$1.$$.new" "$1" && return
  rm -f "$1.$$.new"
  return 1
}

durable() { # FILES and their folders: they outlive a loss of power from here on. Not all of the disk: that may take minutes
  within 60 sync "$@"
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
  plain "$1" && text=$(head -c 65536 "$1" 2>/dev/null) || return 1 # whatever its size is: `read` goes byte by byte
  line=${text%%"$nl"*} lease=${text#*"$nl"}
  lease=${lease%%"$nl"*}
  magic=${line%% *} lease=${lease#?} line=${line#* }
  line=${line#* }
  lease_bearer=${line%% *} lease_owner=${line#* }
  case $magic$lease in '#0k-chaos-lease-1{'*'}') ;; *) return 1 ;; esac
}

until_of() { # KEY; sets left (1/100 s, 0 and less: over) and same_boot. A reboot ends every lease
  left=0 same_boot=no deadline=
  plain "$dir/$1.until" && read -r deadline lease_boot length whole 2>/dev/null <"$dir/$1.until" || return 0
  [ "$whole" = . ] && number "$deadline" && number "$length" && [ "$lease_boot" = "$boot" ] || return 0
  now
  # more than its length: not what was written, or time that is counted anew (a system container that was started again)
  [ $((deadline - now)) -gt $((length * 100)) ] || same_boot=yes left=$((deadline - now))
}

set_until() { # KEY SECONDS
  now
  put "$dir/$1.until" "$((now + $2 * 100)) $boot $2 ."
}

clear_lease() { # KEY; the lease last: while it is there, what a killed healer has left is tidied by the next
  rm -f "$dir/$1.until" "$dir/$1.seen" "$dir/$1.note" "$dir/$1.net"
  rm -f "$dir/$1.lease"
}

say() { # STATE [,JSON MEMBERS]
  printf '{"key":"%s","state":"%s","lease":%s%s}\n' "$key" "$1" "${lease:-null}" "$2"
}

say_with_evidence() { # STATE TEXT [,JSON MEMBERS]
  json_of "$2"
  say "$1" ",\"evidence\":$json$3"
}

whole() { # FILE: was it written to its end, and is it still what was written? The last line has the SHA-256 of all before it
  text='' last=
  while IFS= read -r line; do text=$text$last last=$line$nl; done <"$1"
  case $last in '#end '*) ;; *) return 1 ;; esac
  command -v sha256sum >/dev/null || return 0
  sum=$(printf %s "$text" | sha256sum)
  [ "$last" = "#end ${sum%% *}$nl" ]
}

load() { # KEY; runs the entry's definitions
  # shellcheck disable=SC1090
  whole "$dir/$1.lease" && . "$dir/$1.lease"
}

probe() { # 0 stands, 1 does not, 75 could not look; a fault that is seen is noted
  probe_words
  probed=$?
  [ $probed != 0 ] || [ -e "$dir/$key.seen" ] || [ -h "$dir/$key.seen" ] || { true >"$dir/$key.seen"; } 2>/dev/null
  [ -e "$dir/$key.lease" ] || rm -f "$dir/$key.seen"
  return $probed
}
