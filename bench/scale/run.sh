#!/usr/bin/env bash
# What becomes of a server from which 1,000 clients download at once, 200 of them fast and 800 with 1 Mbit/s? rd-api against nginx, each
# with and without the slow ones: the speed of the fast ones, how long others wait for a listing and for digests, memory.
# Usage: bench/scale/run.sh [ROUNDS [SECONDS]]. RD_API names another program than the one of build.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs curl nginx:nginx-light chrt:util-linux

rounds=${1:-7}
seconds=${2:-20}
fast=200 slow=800
line=125000     # bytes a second
warm_up=5       # seconds: until the kernel's buffers for the slow ones are full, and code that runs often is compiled again
frequency=20    # requests a second of each kind
programs
build bench/scale/Clients bench/scale/Probe

mkdir -p "$work/root/list"
head -c 256M /dev/urandom >"$work/root/file"
truncate --size 1G "$work/root/blocks"
for ((i = 0; i < 100; i++)); do head -c "$i" "$work/root/file" >"$work/root/list/some file of a release $i.tar.gz"; done
sleep 2.2 # Digests of a younger file are not stored.
# What nginx gives in place of what rd-api calculates: as many bytes.
rd_api_start "$work/root" --cache "$work/digests.db"
curl -sSfo "$work/root/health" "${rd_api}rd/"
curl -sSfo "$work/root/digests" -H 'Accept: application/x-ndjson' "${rd_api}rd/blocks"
rd_api_stop

# Its own waiting for a processor would count as the server's: the prober comes before everybody, if this user may say so.
prober=(dotnet bench/scale/Probe/bin/Release/net10.0/probe.dll)
priority='ordinary priority'
if chrt --fifo 1 true 2>/dev/null; then prober=(chrt --fifo 1 "${prober[@]}") priority='real-time priority'; fi

address_of() { # SERVER
  local url=$rd_api
  [[ $1 == rd-api ]] || url=$nginx
  url=${url#http://}
  echo "${url%/}"
}
start() { if [[ $1 == rd-api ]]; then rd_api_start "$work/root" --cache "$work/digests.db"; else nginx_start "$work/root"; fi; } # SERVER
stop() { if [[ $1 == rd-api ]]; then rd_api_stop; else nginx_stop; fi; } # SERVER
other() { if [[ $1 == rd-api ]]; then echo nginx; else echo rd-api; fi; } # SERVER
memory() { server_status "$1" "$2" | awk '{ printf "%.1f", $1 / 1024 }'; } # SERVER FIELD: MiB
descriptors() {
  local process
  for process in $(server_processes "$1"); do ls "/proc/$process/fd"; done | wc -l
}
tcp_memory() { awk -v page="$(getconf PAGESIZE)" '$1 == "TCP:" { printf "%.0f", $NF * page / 1048576 }' /proc/net/sockstat; } # MiB

measure() { # SERVER:none|here|elsewhere: where the slow clients are
  local server=${1%:*} slow_server=${1%:*} clients probe before used state address target targets=(/list/ /health /digests)
  cat "$work/root/file" >/dev/null
  [[ $1 != *:elsewhere ]] || slow_server=$(other "$server")
  start "$server"
  [[ $slow_server == "$server" ]] || start "$slow_server"
  address=$(address_of "$server")
  [[ $server == nginx ]] || targets=(/list/ /rd/ /rd/blocks)
  for target in "${targets[@]}"; do curl -sSfo /dev/null "http://$address$target"; done
  state=("$(memory "$server" VmRSS)")
  dotnet bench/scale/Clients/bin/Release/net10.0/clients.dll "$address" "$(address_of "$slow_server")" /file "$work/root/file" \
    "$fast" "$([[ $1 == *:none ]] && echo 0 || echo "$slow")" "$line" "$warm_up" "$seconds" >"$work/clients" &
  clients=$!
  "${prober[@]}" "$address" "$frequency" "$warm_up" "$((seconds - 1))" "${targets[@]}" >"$work/probe" &
  probe=$!
  sleep "$warm_up"
  before=$(server_cpu "$server")
  sleep "$((seconds - 1))"
  used=$(calculate "($(server_cpu "$server") - $before) / ($seconds - 1)")
  state+=("$(server_status "$server" Threads)" "$(descriptors "$server")" "$(tcp_memory)")
  wait "$probe"
  wait "$clients"
  sleep 3
  state+=("$(memory "$server" VmHWM)" "$(memory "$server" VmRSS)")
  stop "$server"
  [[ $slow_server == "$server" ]] || stop "$slow_server"
  # shellcheck disable=SC2046
  note "$1" $(<"$work/clients") "$used" "${state[@]}" $(<"$work/probe")
}
cases=({rd-api,nginx}:{none,elsewhere,here})
in_rounds "$rounds" measure "${cases[@]}"

row() { # TEXT COLUMN [FORMAT]
  local name row="| $1"
  for name in "${cases[@]}"; do row+=" | $(cell "$name" "$2" "${3:-%s}")"; done
  echo "$row |"
}
{
  echo "# 1,000 clients at once: rd-api and nginx, $(date -u +%F)"
  echo
  machine
  echo "$(nginx -v 2>&1 | sed 's|.*nginx/|nginx |') with as many workers as CPUs; rd-api: ${RD_API##*/}. $fast fast clients take ranges of" \
    "16 MiB as fast as they come, the slow ones 1 Mbit/s each; $seconds s after $warm_up s that do not count."
  echo "All on one machine: one thread receives for all fast clients and one for all slow ones. A prober of $priority asks $frequency times a" \
    "second for each of: a listing of 100 files; /rd/; the digests of 512 blocks as a stream ($(stat --format=%s "$work/root/digests") bytes;" \
    "nginx: files of the same sizes). Until the last byte; a request that is late because of the answer before counts from when it was due."
  conditions "$rounds"
  echo
  echo "| | rd-api, no slow | rd-api, $slow slow elsewhere | rd-api, $slow slow | nginx, no slow | nginx, $slow slow elsewhere | nginx, $slow slow |"
  echo '|---|---|---|---|---|---|---|'
  row 'all fast clients, GiB/s' 2 %.2f
  row 'fast client at the 10th percentile, MB' 3 %.0f
  row 'median fast client, MB' 4 %.0f
  row 'slowest slow client, Mbit/s' 5
  row 'median slow client, Mbit/s' 6
  row 'processors that the server used' 7 %.2f
  row 'listing, median, ms' 14 %.1f
  row 'listing, 99th percentile, ms' 15 %.1f
  row 'listing, longest, ms' 16 %.1f
  row '/rd/, median, ms' 17 %.1f
  row '/rd/, 99th percentile, ms' 18 %.1f
  row '/rd/, longest, ms' 19 %.1f
  row 'digests, median, ms' 20 %.1f
  row 'digests, 99th percentile, ms' 21 %.1f
  row 'digests, longest, ms' 22 %.1f
  row 'memory before, MiB' 8 %.0f
  row 'memory, peak, MiB' 12 %.0f
  row 'memory 3 s after, MiB' 13 %.0f
  row 'threads' 9
  row 'descriptors' 10
  row "the kernel's memory for TCP, both ends, MiB" 11
  echo
  echo "Fast clients with the slow ones against without: rd-api $(ratio rd-api:here rd-api:none 2), nginx $(ratio nginx:here nginx:none 2);" \
    "against the slow ones at the other server, whose processes then want the processors, too: rd-api" \
    "$(ratio rd-api:here rd-api:elsewhere 2), nginx $(ratio nginx:here nginx:elsewhere 2)."
} | publish scale
