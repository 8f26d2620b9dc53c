# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# What a reboot does not undo is healed after it, with nobody's help: the script beside the ledger in $var, and what starts it.

units=/etc/systemd/system crontabs=/etc/cron.d
unit=$units/0k-chaos-boot.service wanted=$units/multi-user.target.wants/0k-chaos-boot.service crontab=$crontabs/0k-chaos-boot

UNIT='[Unit]
Description=0k-chaos puts back what it had broken before a reboot
After=local-fs.target docker.service docker.socket snap.docker.dockerd.service
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh /var/lib/0k-chaos/boot.sh boot
Restart=on-failure
RestartSec=2
[Install]
WantedBy=multi-user.target'

boot_on() { # before such a fault: sets boots to what will act at boot. Fails where something would, and cannot be told to
  boots=none
  if [ -d /run/systemd/system ] && writable "$units"; then
    boots=systemd
  elif has_cron && [ -d "$crontabs" ] && writable "$crontabs"; then
    boots=cron
  fi
  case $boots in
  systemd) keep_self && public "$unit" "$UNIT" && mkdir -p "${wanted%/*}" && { [ -h "$wanted" ] || ln -s "$unit" "$wanted"; } && durable "$unit" "$units" "${wanted%/*}" ;;
  cron) keep_self && public "$crontab" '@reboot root /bin/sh /var/lib/0k-chaos/boot.sh boot >/dev/null 2>&1' && durable "$crontab" "$crontabs" ;;
  esac
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

public() { (umask 022 && put "$@"); }

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

boot_off() { # when no such lease is left; the lock is ours
  for file in "$var"/*.lease; do [ ! -e "$file" ] || return 0; done
  # shellcheck disable=SC2086
  ! boot_files || rm -f $files
}

boot_files() { # sets files, where there are any
  files=
  for file in "$wanted" "$unit" "$crontab" "$var/boot.sh" "$unit".*.new "$crontab".*.new "$units/.0k-chaos" "$crontabs/.0k-chaos"; do
    [ ! -e "$file" ] && [ ! -h "$file" ] || files="$files $file"
  done
  [ -n "$files" ]
}

boot() { # as long as a lease is left of an earlier boot, or of before `systemctl soft-reboot`, which ends whatever watches
  trap '' HUP
  waiting=0
  until each_lease heal_earlier >/dev/null; [ "$waiting" = 0 ]; do
    sleep 2
    waiting=0
  done
  lock && boot_off
  unlock
  # systemd knew it when it started: it is to forget it
  [ ! -d /run/systemd/system ] || [ -e "$unit" ] || bounded systemctl daemon-reload
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
