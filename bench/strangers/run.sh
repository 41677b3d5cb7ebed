#!/usr/bin/env bash
# How much memory do strangers take from rd-api that ask for all that makes a server grow? Its resident memory after each kind of them; none
# goes away before the end.
# Usage: bench/strangers/run.sh [SMALL_FILES]; RD_API names another program than the one of build.sh. Needs about 1 GiB below TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs curl

files=${1:-100000}
jobs=1024
listings=30
downloads=100
idle=6000
programs
mkdir -p "$work/root/small"
echo "Making $files small files" >&2
(cd "$work/root/small" && seq -f '%06.0f' 1 "$files" | xargs -n 5000 touch && seq -f '%06.0f' 1 "$files" | while read -r name; do echo small >"$name"; done)
for ((i = 0; i < jobs; i++)); do truncate -s 256M "$work/root/job-$i"; printf x | dd of="$work/root/job-$i" conv=notrunc bs=1 seek=$((i % 64))M status=none; done
truncate -s 1G "$work/root/large"
sleep 2.5 # until digests of the files just made are kept

rd_api_start "$work/root" --cache "$work/digests.db"
port=${rd_api##*:} port=${port%/}
memory() {
  if kill -0 "$rd_api_process" 2>/dev/null; then echo "$(($(server_status rd-api VmRSS) / 1024))"; else echo ended; fi
}
connect() { # TARGET: asks and never reads; without a target asks nothing
  exec {connection}<>"/dev/tcp/127.0.0.1/$port"
  if (($# > 0)); then printf 'GET %s HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n' "$1" >&"$connection"; fi
}
row() { # KIND
  local status
  printf "%s\t%s\n" "$1" "$(memory)" >>"$work/samples"
  status=$(curl -so /dev/null -m 10 -w '%{http_code} after %{time_total} s' "${rd_api}rd/" || true)
  echo "| $1 | $(memory) | $status |"
}
measure() {
  echo '| after | MiB resident | health check of another client |'
  echo '|---|---|---|'
  row 'the start'
  for ((part = 1; part <= 4; part++)); do
    curl -sfo /dev/null -m 300 "${rd_api}rd/small/[$(printf '%06d' $(((part - 1) * files / 4 + 1)))-$(printf '%06d' $((part * files / 4)))]" || true
    row "/rd/ of $((part * files / 4)) small files"
  done
  for ((i = 0; i < listings; i++)); do connect /small/; done
  sleep 5
  row "$listings listings of $files names that nobody reads"
  for ((i = 0; i < downloads; i++)); do connect /large; done
  sleep 1
  row "$downloads downloads that nobody reads"
  for ((i = 0; i < jobs; i++)); do connect "/rd/job-$i"; done
  sleep 1
  row "digests of $jobs files that are not hashed yet"
  for ((i = 0; i < idle; i++)); do connect; done
  sleep 1
  row "$idle idle connections"
}
ulimit -n "$(ulimit -Hn)"
{
  echo "# Strangers, $(date -u +%F)"
  echo
  machine
  echo "rd-api: ${RD_API##*/} of $(git -C "$(dirname "$(realpath "$RD_API")")" log -1 --format=%h). Nobody limits its memory."
  echo
  measure
} | tee "$work/strangers.md" >&2
publish strangers <"$work/strangers.md" >/dev/null
