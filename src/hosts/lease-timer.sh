# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# What ends a fault when nobody comes back: a process of its own, which hands over to systemd where that runs.

start_timer() { # KEY; sets watcher. In a session of its own, so that what ends ours does not end it
  born $$
  if command -v setsid >/dev/null; then
    setsid sh "$self" timer "$1" $$ "$birth" </dev/null >/dev/null 2>&1 9<&- &
  else
    sh "$self" timer "$1" $$ "$birth" </dev/null >/dev/null 2>&1 9<&- &
  fi
  watcher=$!
  born "$watcher"
  watcher_birth=$birth
}

timer_stands() { # waits until it says that it watches
  tries=0
  while born "$watcher" && [ $tries -le 250 ]; do
    [ ! -e "$run/$key.$watcher.$birth.timer" ] || return 0
    tries=$((tries + 1))
    sleep 0.02 2>/dev/null || sleep 1
  done
  return 1
}

watched() { # KEY: does anybody?
  for mark in "$run/$1".*.timer; do
    name_of "$mark"
    [ -e "$mark" ] && { [ "$named" = systemd ] && unit_stands "$1" || alive "${named%.*}" "${named#*.}"; } && return
  done
  return 1
}

unit_stands() { # KEY: also when whoever marked it was killed before systemd had it, or somebody has stopped it
  within 30 systemctl is-active --quiet "0k-chaos-$1.timer" "0k-chaos-$1.service" >/dev/null 2>&1
}

name_of() { # a mark; sets named: `PID.BIRTH`, or `systemd`
  named=${1##*/}
  named=${named#*.}
  named=${named%.timer}
}

leased() { find_lease "$key" && [ -e "$dir/$key.lease" ]; }

timer() { # KEY, and `systemd` or PID BIRTH of who arms it: heals it once its deadline has passed, however often that takes
  trap '' HUP
  key=$1 mark='' by_systemd=no
  if [ "$2" = systemd ]; then
    by_systemd=yes
  else
    trap '' TERM # sent to all of a session that has ended: it hands over, or goes on until it is killed
    born $$
    mark=$run/$key.$$.$birth.timer
    { echo $$ >"$mark"; } 2>/dev/null || [ -e "$mark" ] || return # the name says it all, where there is no room
    until_armed "$2" "$3" && ! hand_over && watch
  fi
  [ "$by_systemd" = no ] || watch
  [ -z "$mark" ] || rm -f "$mark"
}

again() { # a shell that cannot fork, or open a file, ends: it begins anew, as the same process, until it can
  [ $? != 77 ] || exit 77
  exec 9<&-
  now
  later=$((now + 200))
  while [ "$now" -lt $later ]; do now; done
  # shellcheck disable=SC2086
  exec sh "$self" timer $words
}

until_armed() { # PID BIRTH: the timer starts first, the lease is written next. Fails once who writes it is gone, and with it all it had started
  until leased; do
    alive "$1" "$2" || { lock && ! leased && boot_off && unlock && return 1; }
    unlock
    sleep 0.1 2>/dev/null || sleep 1
  done
}

watch() {
  while leased; do
    until_of "$key"
    if [ "$left" -gt 200 ]; then
      sleep 2
    elif [ "$left" -gt 0 ]; then
      sleep "$((left / 100)).$((left % 100 / 10))5" 2>/dev/null || sleep 1
    else
      lock && until_of "$key" && { [ "$left" -gt 0 ] || (heal_one "$key" lease) >/dev/null; }
      unlock
      ! leased || sleep 2
    fi
  done
}

hand_over() { # to systemd: not in the session's cgroup, started again when killed, not ended by `systemctl isolate`
  has_systemd && command -v systemd-run >/dev/null || return 1
  sleep 1 # costs more than the rest of arming: not while the fault is being put in place
  find_lease "$key"
  until_of "$key"
  [ "$left" -gt 200 ] && rm -f "$run/$key.systemd.timer" && true >"$run/$key.systemd.timer" || return 1
  within 30 systemd-run --quiet --collect --unit="0k-chaos-$key" --on-active="$((left / 100))s" --setenv=PATH="$PATH" --timer-property=AccuracySec=100ms \
    --timer-property=IgnoreOnIsolate=yes -p IgnoreOnIsolate=yes -p Restart=on-failure -p RestartSec=2 -p StartLimitIntervalSec=0 \
    /bin/sh "$self" timer "$key" systemd || {
    unit_stands "$key" || rm -f "$run/$key.systemd.timer" # one of before, that ends later
    return 1
  }
  leased || stop_timer "$key"
}

has_systemd() { # in our network: a unit would find nothing to heal from another one
  [ -d /run/systemd/system ] && [ "$(readlink /proc/1/ns/net)" = "$(readlink /proc/self/ns/net)" ]
}

stop_timer() { # KEY: all that watch it, but not the caller itself
  for mark in "$run/$1".*.timer; do
    [ -e "$mark" ] || continue
    rm -f "$mark"
    name_of "$mark"
    case $named in
    "$$".*) ;;
    systemd) [ "$by_systemd" = yes ] || within 30 systemctl stop "0k-chaos-$1.timer" "0k-chaos-$1.service" >/dev/null 2>&1 || : ;;
    *) ! alive "${named%.*}" "${named#*.}" || kill -KILL "-${named%.*}" 2>/dev/null || kill -KILL "${named%.*}" ;;
    esac
  done
}
