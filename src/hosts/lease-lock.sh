# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# One command at a time. What is locked is the folder itself: a lock of a file would need room for that file.

lock() { # waits its turn; the kernel gives a flock back when its last holder is gone, children that still act included
  if command -v flock >/dev/null; then
    exec 9<"$run" && within 60 flock 9
  else
    lock_by_name
  fi
}

unlock() {
  exec 9<&-
  [ -z "$locked" ] || mv "$run/lock.d/$locked" "$run/lock.d/free"
  locked=
}

lock_by_name() { # the one file in lock.d is named `free`, or for its holder: of all who rename that name, the kernel lets one
  [ -d "$run/lock.d" ] || make_lock
  born $$
  me=$$.$birth tries=0
  until mv "$run/lock.d/free" "$run/lock.d/$me" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -le 600 ] || return 1
    for holder in "$run/lock.d"/*; do
      holder=${holder##*/}
      [ "$holder" != free ] && [ -f "$run/lock.d/$holder" ] && ! alive "${holder%.*}" "${holder#*.}" || continue
      sleep 1 # what a killed holder had started may still act
      mv "$run/lock.d/$holder" "$run/lock.d/$me" 2>/dev/null && break 2
    done
    sleep 0.1 2>/dev/null || sleep 1
  done
  locked=$me
}

make_lock() { # appears with its name in it; the second of two stays in the folder of the first, and goes
  mkdir "$run/lock.$$.new" && true >"$run/lock.$$.new/free" && mv "$run/lock.$$.new" "$run/lock.d"
  rm -rf "$run/lock.$$.new" "$run/lock.d/lock.$$.new"
}

born() { # PID; sets birth: with the pid, names one process. Fails for one that is gone, or only waits to be reaped
  birth=
  read -r stat 2>/dev/null <"/proc/${1:-none}/stat" || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  birth=${20}
  case $1 in Z | X) return 1 ;; esac
}

alive() { # PID BIRTH
  born "$1" && [ "$birth" = "$2" ]
}
