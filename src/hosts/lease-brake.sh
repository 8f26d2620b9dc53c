# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# The brake: while its file is there, whatever it holds, nothing is broken on this machine any more. Heals go on.
# It outlives a reboot; where $var cannot be written (a full disk), it stands in $run.

find_brake() { # sets brake: its file; fails where there is none
  for brake in "$var/brake" "$run/brake"; do
    [ -e "$brake" ] || [ -h "$brake" ] || continue
    return 0
  done
  return 1
}

say_brake() { # STATE: with what its file says
  text=
  [ ! -f "$brake" ] || IFS= read -r text 2>/dev/null <"$brake" || :
  say_with_evidence "$1" "$text"
}

braked() { # says so, and succeeds, while nothing may be broken
  find_brake && say_brake braked
}

write_brake() { # FOLDER; a file without its text is better than none
  mkdir -p "$1" 2>/dev/null || return
  (printf '%s\n' "$note" >"$1/brake.$$") 2>/dev/null && mv -f "$1/brake.$$" "$1/brake" && return
  rm -f "$1/brake.$$"
  (true >"$1/brake") 2>/dev/null
}

pull_brake() { # note; one that is there already stays as it is. Returns once no arm is under way that has not seen it
  find_brake || write_brake "$var" || write_brake "$run" || { say_with_evidence unbraked 'no file can be written there' && return; }
  durable "$brake" "${brake%/*}" 2>/dev/null
  lock || { say_with_evidence unbraked 'the brake is on, but a fault may still be on its way: the lock of the ledger was not free within 60 s' && return; }
  unlock
  find_brake && say_brake braked
}

brake() { # to: on, off, look
  lease='' key=brake
  [ -d "$run" ] || mkdir -p "$run" || return
  case $to in
  on) pull_brake && return ;;
  off) rm -rf "$var/brake" "$run/brake" ;;
  esac
  if find_brake; then say_brake braked; else say released; fi
}
