# shellcheck shell=sh
# Comes first, also in front of a script that is kept on the machine: nothing in a folder is trusted, read or run before this.

TMPDIR=/run # bash keeps here documents in files: not where everybody writes, and which may be full
IFS=' 	
'
umask 077
cd /

# Only root can write to our folders, which is why the names in them may be predictable, and no link can be planted there.
roots_alone() { # FOLDER: makes it. Fails, with its mode and owner in found, when somebody else could have put something into it
  [ -e "$1" ] || [ -h "$1" ] || mkdir -p "$1" || return
  found=$(ls -ldn "$1") || return
  case $found in
  drwx------*) ;;
  drwx?-??-?*) chmod 700 "$1" || return ;;
  *) return 1 ;;
  esac
  owner_of=${found#* }
  # shellcheck disable=SC2086
  set -- $owner_of
  [ "$2" = 0 ]
}

door() {
  roots_alone /run/0k-chaos && return
  echo "/run/0k-chaos is not a folder that only root can write to (\`$found\`): look at who made it, and remove it" >&2
  exit 77
}
