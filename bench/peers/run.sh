#!/usr/bin/env bash
# How long does rd take for a file, and how much memory, against curl and aria2c? Over loopback, source in the page cache.
# Usage: bench/peers/run.sh [ROUNDS [GIB]]; needs room for the file three times below TMPDIR, and once more in memory.
# RD and RD_API name other programs than those of build.sh, and RD_BEFORE an older rd that is measured beside the new one.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs curl aria2c:aria2 nginx:nginx-light time

rounds=${1:-7}
gib=${2:-1}
size=$((gib << 30))
piece=$((2 << 20))
touched=$((gib + 1)) # GiB
programs
mkdir "$work/root" "$work/out"
source=$work/root/file
head -c "$size" /dev/urandom >"$source"
digest=$(sha256sum <"$source")
sleep 2.2 # Digests of a younger file are not stored.

rd_api_start "$work/root" --cache "$work/digests.db"
nginx_start "$work/root"
rd_api_hash file

metalink() { # URL: what aria2c proves the pieces with
  echo '<?xml version="1.0" encoding="UTF-8"?><metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="file">'
  echo "<size>$size</size><pieces length=\"$piece\" type=\"sha-1\">"
  split --bytes=$piece --filter='sha1sum' "$source" | sed -E 's|^([0-9a-f]+).*|<hash>\1</hash>|'
  echo "</pieces><url>$1</url></file></metalink>"
}
metalink "${rd_api}file" >"$work/rd-api.meta4"
metalink "${nginx}file" >"$work/nginx.meta4"

# shellcheck disable=SC2016
then_sum='"$@" && sha256sum "$0"' # of a file that a command makes; for sh
# shellcheck disable=SC2016
then_sync='"$@" && sync "$0"'
# shellcheck disable=SC2206
command_of() { # CASE: fills `command`
  local rd=(-d "$work/blocks" -o "$work/out") curl=(curl -sSf -o "$work/out/file")
  local aria2=(aria2c --quiet --no-conf --dir "$work/out" --file-allocation=falloc --split=5 --max-connection-per-server=5
    --min-split-size=2M --metalink-file)
  case $1 in
    'rd from rd-api') command=($RD "${rd[@]}" "${rd_api}file") ;;
    'rd -w 16 from rd-api') command=($RD "${rd[@]}" -w 16 "${rd_api}file") ;;
    'rd before, from rd-api') command=($RD_BEFORE "${rd[@]}" "${rd_api}file") ;;
    'rd from nginx') command=($RD "${rd[@]}" --allow-unproven "${nginx}file") ;;
    'curl from rd-api') command=("${curl[@]}" "${rd_api}file") ;;
    'curl from rd-api, then sha256sum') command=(sh -c "$then_sum" "$work/out/file" "${curl[@]}" "${rd_api}file") ;;
    'curl from rd-api, then sync') command=(sh -c "$then_sync" "$work/out/file" "${curl[@]}" "${rd_api}file") ;;
    'curl from nginx') command=("${curl[@]}" "${nginx}file") ;;
    'curl from nginx, then sync') command=(sh -c "$then_sync" "$work/out/file" "${curl[@]}" "${nginx}file") ;;
    'aria2c from rd-api') command=("${aria2[@]}" "$work/rd-api.meta4") ;;
    'aria2c from nginx') command=("${aria2[@]}" "$work/nginx.meta4") ;;
    # What this disk writes within the hour; dd's fsync adds what rd's flush does.
    'dd oflag=direct from the source') command=(dd "if=$source" "of=$work/out/file" bs=2M oflag=direct conv=fsync status=none) ;;
  esac
}
cases=('rd from rd-api' 'rd -w 16 from rd-api' 'rd from nginx' 'curl from rd-api' 'curl from rd-api, then sync' 'curl from rd-api, then sha256sum'
  'curl from nginx' 'curl from nginx, then sync' 'aria2c from rd-api' 'aria2c from nginx' ${RD_BEFORE:+'rd before, from rd-api'})

TIMEFORMAT='%R %U %S'
measure() { # CASE
  local wall user system
  rm -rf "$work/out" "$work/blocks"
  mkdir "$work/out"
  sync
  # A virtual machine may have given free memory back to its host, and the next program to use it waits for the host. So a process that
  # ends at once uses more of it first than any of the programs.
  dd if=/dev/zero of=/dev/null bs="${touched}G" count=1 iflag=fullblock status=none
  cat "$source" >/dev/null
  command_of "$1"
  { time /usr/bin/time -qf %M -o "$work/peak" "${command[@]}" >"$work/said" 2>&1; } 2>"$work/times" || { cat "$work/said" >&2; exit 1; }
  # The warm-up round is not counted, but the copies are looked at.
  ((round > 0)) || [[ $(sha256sum <"$work/out/file") == "$digest" ]] || { echo "$1: a wrong copy" >&2; exit 1; }
  read -r wall user system <"$work/times"
  note "$1" "$wall" "$(calculate "$user + $system")" "$(calculate "$(<"$work/peak") / 1024")"
}
# A tmpfs has no direct writes.
if dd if=/dev/zero "of=$work/direct" bs=4k count=1 oflag=direct status=none 2>/dev/null; then cases+=('dd oflag=direct from the source'); fi
in_rounds "$rounds" measure "${cases[@]}"

proof() {
  case $1 in
    'rd from nginx') echo 'nothing (its SHA-256 is shown) | yes' ;;
    rd*) echo 'SHA-256 of each block | yes' ;;
    aria2c*) echo 'SHA-1 of each 2 MiB | no' ;;
    *sha256sum) echo 'SHA-256 of the whole | no' ;;
    *sync | dd*) echo 'nothing | yes' ;;
    *) echo 'nothing | no' ;;
  esac
}
{
  echo "# $gib GiB over loopback: rd against curl and aria2c, $(date -u +%F)"
  echo
  machine
  echo "$(curl --version | sed -n '1s/^\(curl [^ ]*\).*/\1/p'), $(aria2c --version | sed -n '1s/ version//p')," \
    "$(nginx -v 2>&1 | sed 's|.*nginx/|nginx |'). rd: ${RD##*/}, rd-api: ${RD_API##*/}."
  echo "Source in the page cache. Before each run the last copy is deleted, and a process touches $touched GiB of memory and ends."
  conditions "$rounds"
  echo
  echo '| command | proves | flushed to disk | wall s | client CPU s | peak memory of the client, MiB | wall against rd |'
  echo '|---|---|---|---|---|---|---|'
  for name in "${cases[@]}"; do
    echo "| $name | $(proof "$name") | $(cell "$name" 2 %.2f) | $(cell "$name" 3 %.2f) | $(cell "$name" 4 %.0f) |" \
      "$(ratio "$name" "${cases[0]}" 2) |"
  done
} | publish "peers-$gib-GiB-$(df --output=fstype "$work" | tail -n 1)"
