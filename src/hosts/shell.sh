# shellcheck shell=sh
# In front of all that machines run of ours: what a shell may bring along from whoever asks.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin${PATH:+:$PATH}
LC_ALL=C
export PATH LC_ALL
unset QUOTING_STYLE GREP_OPTIONS
set +aCefmuvx # SHELLOPTS and BASHOPTS
# shellcheck disable=SC3044 # bash has it
! command -v shopt >/dev/null || shopt -u failglob dotglob nocaseglob nocasematch

no_lease_in() { # FOLDER
  for file in "$1"/*.lease; do [ ! -e "$file" ] || return; done
}

