#!/usr/bin/env bash
# What does it cost rd-api to serve files, against nginx with sendfile? Over loopback, files in the page cache.
# Usage: bench/serve/run.sh [ROUNDS]; needs about 1.2 GiB below TMPDIR. RD_API names another program than the one of build.sh, and
# RD_API_BEFORE an older one that is measured beside it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs curl nginx:nginx-light wrk

rounds=${1:-7}
gib=$((1 << 30))
mib=$((1 << 20))
seconds=3 # of each measurement by wrk
programs
build bench/serve/Reader
mkdir "$work/root"
head -c $gib /dev/urandom >"$work/root/1GiB"
head -c $((64 * mib)) "$work/root/1GiB" >"$work/root/64MiB"
sync

if [[ -n ${RD_API_BEFORE-} ]]; then older_start "$work/root" --cache "$work/before.db"; fi
rd_api_start "$work/root" --cache "$work/digests.db"
nginx_start "$work/root"
url() { case $1 in rd-api) echo "$rd_api" ;; before) echo "$older" ;; nginx) echo "$nginx" ;; esac; }
host() { url "$1" | sed -E "s,http://(.*)/,\\1,"; }

transfer() { # SERVER CONNECTIONS FILE RANGE_SIZE REQUESTS: prints GiB/s and CPU s/GiB
  local size before wall bytes
  size=$(stat --format=%s "$work/root/$3")
  before=$(server_cpu "$1")
  wall=$(dotnet bench/serve/Reader/bin/Release/net10.0/reader.dll "$(host "$1")" "/$3" "$2" "$size" "$4" "$5")
  bytes=$(($5 * ($4 == 0 ? size : $4)))
  awk -v gib="$(calculate "$bytes / $gib")" -v wall="$wall" -v cpu="$(calculate "$(server_cpu "$1") - $before")" \
    'BEGIN { printf "%.3f\t%.4f\n", gib / wall, cpu / gib }'
}
requests() { # SERVER RANGE_SIZE: prints requests/s and CPU microseconds a request
  local before
  before=$(server_cpu "$1")
  wrk --threads 1 --connections 16 --duration "${seconds}s" --header "Range: bytes=0-$(($2 - 1))" \
    "$(url "$1")1GiB" >"$work/wrk.txt"
  if grep -q 'Non-2xx\|Socket errors' "$work/wrk.txt"; then cat "$work/wrk.txt" >&2; exit 1; fi
  awk -v cpu="$(calculate "$(server_cpu "$1") - $before")" '
    / requests in / { count = $1 } /^Requests\/sec:/ { rate = $2 }
    END { printf "%.0f\t%.2f\n", rate, cpu / count * 1e6 }' "$work/wrk.txt"
}
run() { # SERVER CASE
  case $2 in
    '1 connection, whole file of 1 GiB') transfer "$1" 1 1GiB 0 4 ;;
    '5 connections, whole file of 1 GiB') transfer "$1" 5 1GiB 0 5 ;;
    '64 connections, whole file of 64 MiB') transfer "$1" 64 64MiB 0 64 ;;
    '1 connection, ranges of 2 MiB') transfer "$1" 1 1GiB $((2 * mib)) 2048 ;;
    '5 connections, ranges of 2 MiB') transfer "$1" 5 1GiB $((2 * mib)) 2048 ;;
    '64 connections, ranges of 2 MiB') transfer "$1" 64 1GiB $((2 * mib)) 2048 ;;
    '16 connections, ranges of 4 KiB') requests "$1" 4096 ;;
    '16 connections, ranges of 64 KiB') requests "$1" 65536 ;;
  esac
}
transfers=('1 connection, whole file of 1 GiB' '5 connections, whole file of 1 GiB' '64 connections, whole file of 64 MiB'
  '1 connection, ranges of 2 MiB' '5 connections, ranges of 2 MiB' '64 connections, ranges of 2 MiB')
small=('16 connections, ranges of 4 KiB' '16 connections, ranges of 64 KiB')

measure() { # SERVER:CASE
  local figures
  cat "$work"/root/* >/dev/null
  figures=$(run "${1%%:*}" "${1#*:}")
  note "$1" "$figures"
}
cases=()
for name in "${transfers[@]}" "${small[@]}"; do cases+=("nginx:$name" "rd-api:$name" ${RD_API_BEFORE:+"before:$name"}); done
in_rounds "$rounds" measure "${cases[@]}"

table() { # SPEED_UNIT CPU_UNIT CASE...
  local speed=$1 cpu=$2
  shift 2
  echo "| | nginx, $speed | rd-api, $speed | rd-api / nginx | nginx, $cpu | rd-api, $cpu | rd-api / nginx |"
  echo '|---|---|---|---|---|---|---|'
  for name in "$@"; do
    echo "| $name | $(cell "nginx:$name" 2) | $(cell "rd-api:$name" 2) | $(ratio "rd-api:$name" "nginx:$name" 2) |" \
      "$(cell "nginx:$name" 3) | $(cell "rd-api:$name" 3) | $(ratio "rd-api:$name" "nginx:$name" 3) |"
  done
}

{
  echo "# Files over loopback: rd-api against nginx, $(date -u +%F)"
  echo
  machine
  echo "$(nginx -v 2>&1 | sed 's|.*nginx/|nginx |') with sendfile and as many workers as CPUs, $(wrk -v 2>&1 | sed -n '1s/ \[.*//p')."
  echo "rd-api: ${RD_API##*/}. Files in the page cache, the client on the same machine; CPU is the server's alone, user and system."
  conditions "$rounds"
  echo
  table 'GiB/s' 'CPU s/GiB' "${transfers[@]}"
  echo
  table 'requests/s' 'CPU µs/request' "${small[@]}"
  if [[ -n ${RD_API_BEFORE-} ]]; then
    echo
    echo '| rd-api / the one before | throughput | CPU |'
    echo '|---|---|---|'
    for name in "${transfers[@]}" "${small[@]}"; do
      echo "| $name | $(ratio "rd-api:$name" "before:$name" 2) | $(ratio "rd-api:$name" "before:$name" 3) |"
    done
  fi
} | publish serve
