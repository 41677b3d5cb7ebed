#!/usr/bin/env bash
# What does it cost rd-api to serve files, against nginx with sendfile? Over loopback, files in the page cache, both servers once for each
# case in each round, in random order. Usage: bench/serve/run.sh [ROUNDS]; needs nginx, wrk and about 1.2 GiB below TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p bench/results
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C

rounds=${1:-7}
gib=$((1 << 30))
mib=$((1 << 20))
seconds=3 # of each measurement by wrk
for need in nginx wrk; do
  command -v "$need" >/dev/null || { echo "$need is missing: apt-get install nginx-light wrk" >&2; exit 1; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/rd-serve.XXXXXX")
servers=()
clean_up() {
  for process in "${servers[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap clean_up EXIT

for project in src/rd-api bench/serve/Reader; do
  dotnet build "$project" --configuration Release --nologo --verbosity quiet -nodeReuse:false >/dev/null
done
mkdir "$work/root"
head -c $gib /dev/urandom >"$work/root/1GiB"
head -c $((64 * mib)) "$work/root/1GiB" >"$work/root/64MiB"
sync

wait_for() { # COMMAND...: until it succeeds, 10 s at the most
  for ((i = 0; i < 500; i++)); do
    if "$@"; then return; fi
    sleep 0.02
  done
  echo "gave up waiting: $*" >&2
  exit 1
}

: >"$work/rd-api.log"
dotnet src/rd-api/bin/Release/net10.0/rd-api.dll --host 127.0.0.1 --port 0 --web-root "$work/root" --cache "$work/digests.db" \
  2>"$work/rd-api.log" &
servers+=($!)
rd_api_process=$!
wait_for grep -q 'http://' "$work/rd-api.log"
rd_api_port=$(sed -nE 's|.*http://[^ ]*:([0-9]+).*|\1|p' "$work/rd-api.log" | head -n 1)

# nginx cannot choose a port by itself: a few at random until one is free. It would end each connection after 1000 requests.
for ((try = 0; try < 20; try++)); do
  nginx_port=$((20000 + RANDOM % 12000))
  cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes auto; pid $work/nginx.pid; error_log $work/nginx.log;
$([[ $EUID != 0 ]] || echo 'user root;')
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; client_body_temp_path $work/n1;
  proxy_temp_path $work/n2; fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;
  server { listen 127.0.0.1:$nginx_port; root $work/root; }
}
CONF
  nginx -c "$work/nginx.conf" -t -q 2>/dev/null && break
done
nginx -c "$work/nginx.conf" 2>/dev/null &
servers+=($!)
nginx_master=$!
wait_for curl -sfo /dev/null -r 0-0 "http://127.0.0.1:$nginx_port/1GiB"

server_cpu() { # nginx|rd-api: its user and system time until now, in clock ticks (proc(5), fields 14 and 15)
  local processes=$rd_api_process
  [[ $1 == rd-api ]] || processes="$nginx_master $(cat "/proc/$nginx_master/task/$nginx_master/children")"
  for process in $processes; do sed 's/.*) //' "/proc/$process/stat"; done | awk '{ ticks += $12 + $13 } END { print ticks }'
}
port() { if [[ $1 == rd-api ]]; then echo "$rd_api_port"; else echo "$nginx_port"; fi; }

transfer() { # SERVER CONNECTIONS FILE RANGE_SIZE REQUESTS: prints GiB/s and CPU s/GiB
  local size before wall bytes
  size=$(stat --format=%s "$work/root/$3")
  before=$(server_cpu "$1")
  wall=$(dotnet bench/serve/Reader/bin/Release/net10.0/reader.dll "127.0.0.1:$(port "$1")" "/$3" "$2" "$size" "$4" "$5")
  bytes=$(($5 * ($4 == 0 ? size : $4)))
  awk -v gib="$(awk "BEGIN { print $bytes / $gib }")" -v wall="$wall" -v ticks="$(($(server_cpu "$1") - before))" \
    -v hertz="$(getconf CLK_TCK)" 'BEGIN { printf "%.3f\t%.4f\n", gib / wall, ticks / hertz / gib }'
}
requests() { # SERVER RANGE_SIZE: prints requests/s and CPU microseconds a request
  local before
  before=$(server_cpu "$1")
  wrk --threads 1 --connections 16 --duration "${seconds}s" --header "Range: bytes=0-$(($2 - 1))" \
    "http://127.0.0.1:$(port "$1")/1GiB" >"$work/wrk.txt"
  if grep -q 'Non-2xx\|Socket errors' "$work/wrk.txt"; then cat "$work/wrk.txt" >&2; exit 1; fi
  awk -v ticks="$(($(server_cpu "$1") - before))" -v hertz="$(getconf CLK_TCK)" '
    / requests in / { count = $1 } /^Requests\/sec:/ { rate = $2 }
    END { printf "%.0f\t%.2f\n", rate, ticks / hertz / count * 1e6 }' "$work/wrk.txt"
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

for ((round = 0; round <= rounds; round++)); do
  while IFS=: read -r server name; do
    cat "$work"/root/* >/dev/null
    figures=$(run "$server" "$name")
    # The warm-up round is not counted.
    ((round == 0)) || printf '%s\t%s\t%s\n' "$server" "$name" "$figures" >>"$work/samples"
  done < <(shuf -e {nginx,rd-api}:"${transfers[0]}" {nginx,rd-api}:"${transfers[1]}" {nginx,rd-api}:"${transfers[2]}" \
    {nginx,rd-api}:"${transfers[3]}" {nginx,rd-api}:"${transfers[4]}" {nginx,rd-api}:"${transfers[5]}" \
    {nginx,rd-api}:"${small[0]}" {nginx,rd-api}:"${small[1]}")
  echo "round $round of $rounds, load $(cut -d ' ' -f 1 /proc/loadavg)" >&2
done

summary() { # SERVER CASE COLUMN: median and range
  awk -F '\t' -v server="$1" -v name="$2" -v column="$3" '$1 == server && $2 == name { print $column }' "$work/samples" | sort -n |
    awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR] }'
}
table() { # SPEED_UNIT CPU_UNIT CASE...
  local speed=$1 cpu=$2
  shift 2
  echo "| | nginx, $speed | rd-api, $speed | rd-api / nginx | nginx, $cpu | rd-api, $cpu | rd-api / nginx |"
  echo '|---|---|---|---|---|---|---|'
  for name in "$@"; do
    echo "$(summary nginx "$name" 3) $(summary rd-api "$name" 3) $(summary nginx "$name" 4) $(summary rd-api "$name" 4)" |
      awk -v name="$name" 'function cell(i) { return sprintf("%s (%s-%s)", $i, $(i + 1), $(i + 2)) }
        { printf "| %s | %s | %s | **%.2f** | %s | %s | **%.2f** |\n", name, cell(1), cell(4), $4 / $1, cell(7), cell(10), $10 / $7 }'
  done
}

result=bench/results/$(date -u +%F)-serve.md
{
  echo "# Files over loopback: rd-api against nginx, $(date -u +%F)"
  echo
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs," \
    "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB of memory, Linux $(uname -r | cut -d - -f 1)," \
    "$(df --output=fstype "$work" | tail -n 1), $(cat /proc/sys/net/ipv4/tcp_congestion_control), .NET $(dotnet --version)."
  echo "$(nginx -v 2>&1 | sed 's|.*nginx/|nginx |') with sendfile and as many workers as CPUs, $(wrk -v 2>&1 | sed -n '1s/ \[.*//p')."
  echo "$rounds rounds after one that is not counted, random order within a round, files in the page cache, the client on the same machine."
  echo "Medians, ranges in brackets; CPU is the server's alone, user and system."
  echo
  table 'GiB/s' 'CPU s/GiB' "${transfers[@]}"
  echo
  table 'requests/s' 'CPU µs/request' "${small[@]}"
} >"$result"
cat "$result"
