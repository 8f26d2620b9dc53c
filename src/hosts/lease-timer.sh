# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# What ends a fault when nobody comes back: a process of its own, which hands over to systemd where that runs.

start_timer() { # KEY; sets watcher. In a session of its own, so that what ends ours does not end it
  : >"$run/$1.timer"
  if command -v setsid >/dev/null; then
    setsid sh "$self" timer "$1" </dev/null >/dev/null 2>&1 9>&- &
  else
    sh "$self" timer "$1" </dev/null >/dev/null 2>&1 9>&- &
  fi
  watcher=$!
  echo "$watcher" >"$run/$1.timer"
}

timer_stands() { # waits until it has that session
  tries=0
  while command -v setsid >/dev/null; do
    read -r stat 2>/dev/null <"/proc/$watcher/stat" || return 1
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    [ "$4" != "$watcher" ] || return 0
    tries=$((tries + 1))
    [ $tries -le 250 ] || return 1
    sleep 0.02 2>/dev/null || sleep 1
  done
  kill -0 "$watcher"
}

timer() { # KEY: heals it once its deadline has passed, however often that takes
  trap '' HUP
  key=$1 self=$0 tries=0
  [ "$2" = systemd ] || [ -e "$run/$key.timer" ] || return 0 # called off
  echo $$ >"$run/$key.timer"
  until find_lease "$key" && [ -e "$dir/$key.lease" ]; do # started first, written next
    tries=$((tries + 1))
    [ "$2" != systemd ] && [ -e "$run/$key.timer" ] && [ $tries -le 600 ] || return 0
    sleep 0.1 2>/dev/null || sleep 1
  done
  [ "$2" != systemd ] && hand_over && return
  while [ -e "$dir/$key.lease" ]; do
    until_of "$key"
    if [ "$left" -gt 200 ]; then
      sleep 2
    elif [ "$left" -gt 0 ]; then
      sleep "$((left / 100)).$((left % 100 / 10))5" 2>/dev/null || sleep 1
    else
      lock && until_of "$key" && { [ "$left" -gt 0 ] || (heal_one "$key" lease) >/dev/null; }
      unlock
      [ ! -e "$dir/$key.lease" ] || sleep 2
    fi
  done
}

hand_over() { # to systemd: not in the session's cgroup, started again when killed
  [ -d /run/systemd/system ] && command -v systemd-run >/dev/null || return 1
  sleep 1 # costs more than the rest of arming: not while the fault is being put in place
  find_lease "$key"
  until_of "$key"
  [ "$left" -gt 200 ] || return 1
  systemd-run --quiet --collect --unit="0k-chaos-$key" --on-active="$((left / 100))s" --timer-property=AccuracySec=100ms \
    -p Restart=on-failure -p RestartSec=2 -p StartLimitIntervalSec=0 /bin/sh "$self" timer "$key" systemd || return 1
  if [ -e "$dir/$key.lease" ]; then echo systemd >"$run/$key.timer"; else stop_timer "$key"; fi
}

stop_watcher() { # KEY; fails when it is the caller itself
  watcher=
  read -r watcher 2>/dev/null <"$run/$1.timer"
  rm -f "$run/$1.timer"
  case $watcher in
  "$$") return 1 ;;
  '' | *[!0-9]*) return 0 ;;
  esac
  cmdline=
  IFS= read -r cmdline 2>/dev/null <"/proc/$watcher/cmdline"
  case $cmdline in *"$1"*) kill -TERM -- "-$watcher" 2>/dev/null || kill "$watcher" 2>/dev/null ;; esac
  return 0
}

stop_timer() { # KEY
  stop_watcher "$1" && [ -d /run/systemd/system ] || return 0
  systemctl stop "0k-chaos-$1.timer" "0k-chaos-$1.service" >/dev/null 2>&1 || :
}
