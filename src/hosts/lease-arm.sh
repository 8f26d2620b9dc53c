# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# Arming a lease, breaking, and undoing. The lease stands before the fault does, and goes only after a heal that was verified.

arm() { # key bearer dir ttl entry, and the functions free_words and inject_words
  [ -d "$run" ] || mkdir -p "$run" || return
  [ -d "$dir" ] || mkdir -p "$dir" || return
  watcher='' lease='' # the watcher starts while the lock and the bearer are looked at: that takes as long
  [ -e "$dir/$key.healed" ] || [ -e "$dir/$key.lease" ] || start_timer "$key"
  arm_locked
  [ -z "$watcher" ] || [ -e "$dir/$key.lease" ] || call_off
}

call_off() { # the watcher of a lease that was not written
  rm -f "$run/$key.timer"
  kill -KILL "$watcher" 2>/dev/null
}

arm_locked() {
  lock || { say_with_evidence unarmed 'the lock of the ledger was not free within 60 s' && return; }
  ! braked || return 0
  within_fences || return
  [ ! -e "$dir/$key.healed" ] || { say_healed && return; }
  if [ -e "$dir/$key.lease" ]; then
    [ -z "$watcher" ] || kill -KILL "$watcher" 2>/dev/null
    arm_again
    return
  fi
  ! busy || return
  eval "$entry"
  before_words || { say_with_evidence unarmed "no look at the container: $pid" && return; }
  [ "$known_pid" != gone ] || { say_with_evidence foreign "gone: container ${known% *} is not the one that was started at ${known#* }" && return; }
  free_words
  free=$?
  if [ $free = 75 ]; then
    say_with_evidence unarmed "$seen"
  elif [ $free != 0 ]; then
    say_with_evidence foreign "$seen"
  elif ! timer_stands; then
    say_with_evidence unarmed 'the timer of the lease did not start within 5 s'
  else
    write_lease && break_it
  fi
}

write_lease() {
  now
  echo "$((now + ttl * 100)) $boot $ttl ." >"$dir/$key.until" && printf '%s\n' "$entry" >"$dir/$key.lease" || {
    say_with_evidence unarmed "the ledger in $dir cannot be written"
    rm -f "$dir/$key.lease" "$dir/$key.until"
    return 1
  }
  [ "$dir" = "$run" ] || sync # must outlive a loss of power
}

break_it() {
  lease=${entry#*"$nl#"}
  lease=${lease%%"$nl"*}
  evidence=
  # seam: armed
  if inject_words; then
    # seam: injected
    [ "$acts" = elsewhere ] && say armed ',"already":false,"standing":null' && return
    if probe; then
      # seam: probed
      say armed ',"already":false,"standing":true'
      return
    fi
    evidence="injected, and does not stand: $seen"
  fi
  why=$evidence evidence=
  undo frame
  [ -e "$dir/$key.lease" ] && after=true || after=false
  say_with_evidence inject-failed "$why${evidence:+$nl$evidence}" ",\"standing\":$after"
}

arm_again() { # the reply to the first was lost, or its sender was started again
  header "$dir/$key.lease" && load "$key" || {
    say_with_evidence unarmed 'the lease of an earlier attempt is not whole' && return
  }
  gone=fine
  before_words && probe
  case $? in 0) standing=true ;; 1) standing=false ;; *) standing=null ;; esac
  if [ "$acts" = elsewhere ] && [ $standing = false ] && ! free_words; then
    say_with_evidence inject-failed "not what it was armed for any more: $seen" ',"standing":false'
  else
    say armed ",\"already\":true,\"standing\":$standing"
  fi
}

busy() {
  for file in "$run"/*.lease "$var"/*.lease; do
    [ -e "$file" ] && header "$file" && [ "$lease_bearer" = "$bearer" ] && say busy && return 0
  done
  lease=
  return 1
}

undo() { # BY; the entry is loaded and the lock is ours. Fails, and keeps the lease, while anything of the fault is left
  gone=fine stood=false healer=$1
  if before_words; then
    probe
    case $? in 0 | 75) stood=true ;; esac
    until_of "$key"
    if [ $stood = false ] && [ -e "$dir/$key.seen" ]; then
      # the kernel may have ended its part of the lease just before
      if [ "$kernel_timed" = yes ] && [ "$left" -le 100 ]; then healer=lease; else healer=somebody; fi
    fi
    # seam: healing
    heal_words
    # seam: healed
    left_words
    remains=$?
  else
    remains=75 seen="no look at the container: $pid"
  fi
  if [ $remains != 1 ]; then
    evidence="$evidence${evidence:+$nl}after the heal: $seen"
    printf '%s\n' "$evidence" >"$dir/$key.note"
    return 1
  fi
  # seam: verified
  at=$(date +%s)
  printf '%s\n' "$at $healer $stood" "$lease" >"$dir/$key.healed.$$"
  mv -f "$dir/$key.healed.$$" "$dir/$key.healed"
  rm -f "$dir/$key.lease" "$dir/$key.until" "$dir/$key.seen" "$dir/$key.note"
  # seam: released
  stop_timer "$key"
}

heal_one() { # KEY BY, in a subshell: a damaged entry may end the shell
  key=$1 lease='' evidence=''
  find_lease "$key"
  if [ -e "$dir/$key.healed" ]; then
    if [ -e "$dir/$key.lease" ]; then # its healer was killed just before it was done
      rm -f "$dir/$key.lease" "$dir/$key.until" "$dir/$key.seen" "$dir/$key.note"
      stop_timer "$key"
    fi
    say_healed
  elif [ ! -e "$dir/$key.lease" ]; then
    say unknown
  elif ! header "$dir/$key.lease"; then
    say_with_evidence junk "$dir/$key.lease"
  elif ! whole "$dir/$key.lease"; then # nothing was injected: that comes after
    rm -f "$dir/$key.lease" "$dir/$key.until"
    stop_timer "$key"
    lease=
    say unknown
  elif load "$key" && undo "$2"; then
    say_healed
  else
    say_with_evidence stands "$evidence"
  fi
}
