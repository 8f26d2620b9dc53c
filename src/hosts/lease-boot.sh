# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# What a reboot does not undo is healed after it, with nobody's help: the script beside the ledger in $var, and what starts it.
# `systemctl soft-reboot` undoes nothing in the kernel, ends all that watches, and keeps /run: what it starts then lies there.

units=/etc/systemd/system soft_units=/run/systemd/system crontabs=/etc/cron.d
unit=$units/0k-chaos-boot.service wanted=$units/multi-user.target.wants/0k-chaos-boot.service crontab=$crontabs/0k-chaos-boot
soft_unit=$soft_units/${unit##*/} soft_wanted=$soft_units/multi-user.target.wants/${unit##*/}

boot_on() { # before the fault. Fails where something would act after the next boot, and cannot be told to
  soft_boot_on && { [ "$dir" = "$run" ] || full_boot_on; }
}

soft_boot_on() {
  ! has_systemd || want_unit "$soft_unit" "$soft_wanted" "$self" || ! writable "$soft_units"
}

full_boot_on() { # sets boots to what will act
  boots=none
  if [ -d "$soft_units" ] && writable "$units"; then
    boots=systemd
  elif has_cron && [ -d "$crontabs" ] && writable "$crontabs"; then
    boots=cron
  fi
  case $boots in
  systemd) keep_self && want_unit "$unit" "$wanted" /var/lib/0k-chaos/boot.sh 'docker.service docker.socket snap.docker.dockerd.service' && durable "$unit" "$units" "${wanted%/*}" ;;
  cron) keep_self && public put "$crontab" '@reboot root /bin/sh /var/lib/0k-chaos/boot.sh boot >/dev/null 2>&1' && durable "$crontab" "$crontabs" ;;
  esac
}

want_unit() { # UNIT WANTED SCRIPT [AFTER]
  text="[Unit]
Description=0k-chaos puts back what it had broken before a reboot
After=local-fs.target${4:+ $4}
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh $3 boot
Restart=on-failure
RestartSec=2
[Install]
WantedBy=multi-user.target"
  [ -h "$2" ] && [ "$(cat "$1")" = "$text" ] || { public put "$1" "$text" && public mkdir -p "${2%/*}" && ln -sf "$1" "$2"; }
}

has_cron() { # one that reads $crontabs: that of busybox does not
  for file in /usr/local/sbin/cron /usr/sbin/cron /usr/sbin/crond /usr/bin/crond; do
    [ -x "$file" ] && case $(readlink -f "$file") in *busybox*) ;; *) return 0 ;; esac
  done
  return 1
}

writable() { # FOLDER: on a file system that is not read-only
  said=$({ true >"$1/.0k-chaos"; } 2>&1)
  rm -f "$1/.0k-chaos"
  case $said in *'ead-only'*) return 1 ;; esac
}

public() { (umask 022 && "$@"); }

keep_self() { # durably: the one that is there may be needed by other leases
  cmp -s "$self" "$var/boot.sh" && return
  rm -f "$var/boot.sh.$$.new" && cat "$self" >"$var/boot.sh.$$.new" && durable "$var/boot.sh.$$.new" && mv -f "$var/boot.sh.$$.new" "$var/boot.sh" && return
  rm -f "$var/boot.sh.$$.new"
  return 1
}

boots_by() { # sets boots by what is there
  boots=none
  [ ! -e "$var/boot.sh" ] || if [ -h "$wanted" ] && [ -e "$unit" ]; then boots=systemd; elif [ -e "$crontab" ]; then boots=cron; fi
}

boot_off() { # what no lease that is left needs; the lock is ours
  boot_files || return 0
  for file in $files; do # the unit last: by it is known, also to who comes after one that was killed, that the folder is ours
    [ "$file" != "$soft_unit" ] || rmdir "${soft_wanted%/*}" 2>/dev/null || :
    rm -f "$file"
  done
}

boot_files() { # sets files, where there are any that no lease needs
  files=
  no_lease_in "$var" && those_there "$wanted" "$unit" "$crontab" "$var/boot.sh" "$unit".*.new "$crontab".*.new "$units/.0k-chaos" "$crontabs/.0k-chaos" &&
    no_lease_in "$run" && those_there "$soft_wanted" "$soft_unit" "$soft_unit".*.new "$soft_units/.0k-chaos"
  [ -n "$files" ]
}

those_there() { # FILES
  for file in "$@"; do
    [ ! -e "$file" ] && [ ! -h "$file" ] || files="$files $file"
  done
}

boot() { # as long as a lease is left of an earlier boot, or that nobody watches
  trap '' HUP
  waiting=0
  until each_lease heal_earlier >/dev/null; [ "$waiting" = 0 ]; do
    sleep 2
    waiting=0
  done
  lock && boot_off
  unlock
  # systemd knew it when it started: it is to forget it
  [ ! -d "$soft_units" ] || [ -e "$unit" ] || [ -e "$soft_unit" ] || bounded systemctl daemon-reload
}

heal_earlier() {
  is_earlier || return 0
  lock && { ! is_earlier || (heal_one "$key" lease); }
  unlock
  [ ! -e "$dir/$key.lease" ] || waiting=$((waiting + 1))
}

is_earlier() {
  until_of "$key"
  [ "$same_boot" = no ] || ! watched "$key"
}
