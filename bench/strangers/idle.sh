#!/usr/bin/env bash
# How much memory do idle connections take from rd-api, and does another client notice them? Each asks once for a small file and then says nothing, as
# browsers and proxies do that keep connections for later; none goes away before the end.
# Usage: bench/strangers/idle.sh [CONNECTIONS]; RD_API names another program than the one of build.sh. rd-api needs two descriptors for each
# connection and 128 for itself (ulimit -Hn); with fewer it has some of the clients wait, and the table says how many.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs curl ss:iproute2

wanted=${1:-10000}
steps=5
# Connections that are left to the other client.
spare=16
ulimit -n "$(ulimit -Hn)"
programs
room=$((($(ulimit -n) - 128) / 2))
connections=$((wanted + spare <= room ? wanted : room - spare))
mkdir "$work/root"
echo small >"$work/root/small"
truncate -s 256M "$work/root/large"

rd_api_start "$work/root" --cache "$work/digests.db"
port=${rd_api##*:} port=${port%/}
seconds() { # TARGET: how long the other client's request takes, on a connection of its own
  curl -sSf -o /dev/null -m 30 -w '%{time_total}' "$rd_api$1"
}
accepted() { # connections of the kernel that belong to rd-api
  ss --tcp --no-header --processes state established sport = ":$port" | grep -c "pid=$rd_api_process," || true
}
row() {
  local open memory large times
  open=$(accepted)
  memory=$(server_status rd-api VmRSS)
  times=$(for ((i = 0; i < 50; i++)); do seconds small; echo; done | sort -n)
  large=$(seconds large)
  printf '%s\t%s\t%s\n' "$open" "$memory" "$large" >>"$work/samples"
  echo "| $open | $(calculate "int($memory / 1024 + 0.5)") | $(sed -n 25p <<<"$times") | $(tail -n 1 <<<"$times") | $(calculate "int(256 / $large)") |"
}
measure() {
  local opened=0 step
  echo '| open connections | MiB resident | another client: 4 bytes, median of 50, s | slowest, s | 256 MiB, MiB/s |'
  echo '|---|---|---|---|---|'
  seconds small >/dev/null
  row
  for ((step = 1; step <= steps; step++)); do
    for (( ; opened < connections * step / steps; opened++)); do
      exec {connection}<>"/dev/tcp/127.0.0.1/$port"
      printf 'GET /small HTTP/1.1\r\nHost: x\r\n\r\n' >&"$connection"
    done
    sleep 1
    row
  done
}
{
  echo "# Idle connections, $(date -u +%F)"
  echo
  machine
  echo "rd-api: ${RD_API##*/} of $(git -C "$(dirname "$(realpath "$RD_API")")" log -1 --format=%h 2>/dev/null || $RD_API --version). Its clients share its processors."
  echo "$(ulimit -n) descriptors are allowed, so that rd-api has room for $room connections; $wanted were wanted and $connections opened."
  echo
  measure
} | tee "$work/idle.md" >&2
publish strangers-idle <"$work/idle.md" >/dev/null
