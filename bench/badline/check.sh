#!/usr/bin/env bash
# Does the user-space link do what it is told? Asks programs and the kernel's own counters, not the link. As root.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
cd "$here/../.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C
# shellcheck source-path=SCRIPTDIR
. "$here/lines.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/line.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/server.sh"

((EUID == 0)) || { echo "check.sh: network namespaces need root: sudo $0" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/rd-badline.XXXXXX")
root=$work/root
# shellcheck disable=SC2034
seed=1 congestion_control=cubic user_space=yes
trap 'line_down; rm -rf "$work"' EXIT
for project in src/rd-api bench/badline/Link; do
  dotnet build "$project" --configuration Release --nologo --verbosity quiet -nodeReuse:false >"$work/build.log" ||
    { cat "$work/build.log" >&2; exit 1; }
done
mkdir "$root"
head -c 100000000 /dev/urandom >"$root/file"

# shellcheck disable=SC2034 # server.sh reads it.
server=rd-api
up() { # PROPERTY..
  line=()
  for pair in "$@"; do line[${pair%%=*}]=${pair#*=}; done
  line_up
  server_start file
}
fetch() { in_client curl -sSf -o "$work/copy" "$@" "$(url_of file)"; }
count() { in_"$1" cat "/sys/class/net/bad$$${1:0:1}/statistics/$2_packets"; } # server|client, rx|tx

echo '| asked | seen |'
echo '|---|---|'
for rtt in 1 20 100 2000; do
  up rate=100 "rtt=$rtt"
  seen=$(for ((i = 0; i < 5; i++)); do fetch -r 0-0 -w '%{time_connect} %{time_namelookup}\n'; done |
    awk '{ v = 1000 * ($1 - $2); if (NR == 1 || v < low) low = v; if (v > high) high = v } END { printf "%.1f to %.1f ms", low, high }')
  echo "| round trip $rtt ms | five TCP handshakes took $seen |"
  line_down
done

for rate in 20 200 1000; do
  up "rate=$rate" rtt=1
  bytes=$((rate > 200 ? 100000000 : rate * 500000))
  seconds=$(fetch -r "0-$((bytes - 1))" -w '%{time_total}')
  awk -v rate="$rate" -v bytes="$bytes" -v seconds="$seconds" 'BEGIN {
    printf "| %s Mbit/s, 1 ms | %d MB in %.2f s: %.1f Mbit/s with the headers |\n",
      rate, bytes / 1e6, seconds, bytes * 8 * 1500 / 1448 / 1e6 / (seconds - 0.002) }'
  line_down
done

up rate=200 rtt=10 loss=2 loss_up=10
fetch
awk -v sent="$(count server tx)" -v got="$(count client rx)" -v sent_up="$(count client tx)" -v got_up="$(count server rx)" 'BEGIN {
  printf "| 2 %% loss down, 10 %% up | down %d of %d packets missing: %.2f %%; up %d of %d: %.2f %% |\n",
    sent - got, sent, 100 * (sent - got) / sent, sent_up - got_up, sent_up, 100 * (sent_up - got_up) / sent_up }'
line_down

up rate=200 rtt=10 corrupt=0.1
fetch
bytes=$({ cmp -l "$root/file" "$work/copy" || true; } | wc -l)
errors=$(in_client sed -n 's/^Tcp: .* \([0-9]*\)$/\1/p' /proc/net/snmp) # InCsumErrors, the last one
echo "| 0.1 % of the packets changed, of $(count client rx) | $bytes bytes of the copy differ, $errors checksum errors seen by TCP |"
line_down

up rate=20 rtt=10 outage=5s/8s
began=$EPOCHREALTIME
seconds_since() { awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $1 }"; }
seen=$(at=0.0; until [[ ${at%.*} -ge 20 ]]; do
  if fetch -r 0-0 --max-time 0.2 2>/dev/null; then echo "$at up"; else echo "$at down"; fi
  at=$(seconds_since "$began")
done | awk '$2 != state { printf "%s%s from %s s", state ? ", " : "", $2, $1; state = $2 }')
echo "| away the last 5 s of each 8 s | requests with a limit of 0.2 s, one after the other: $seen |"
