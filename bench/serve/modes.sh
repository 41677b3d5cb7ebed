#!/usr/bin/env bash
# What do TLS, logs and limits cost rd-api, and nginx? Over loopback, a file in the page cache.
# Usage: bench/serve/modes.sh [ROUNDS [GIB]]; needs GIB GiB below TMPDIR. RD_API names another program than the one of build.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/figures.sh
needs curl nginx:nginx-light wrk openssl

rounds=${1:-7}
gib=${2:-1}
seconds=3     # of each measurement by wrk
connections=4 # of each one by curl
programs
mkdir "$work/root"
head -c "${gib}G" /dev/urandom >"$work/root/file"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
sync

declare -A urls ids
start_rd_api() { # MODE OPTION...
  local log=$work/$1.log
  : >"$log"
  $RD_API --host 127.0.0.1 --port 0 --web-root "$work/root" --cache "$work/$1.db" "${@:2}" >"$work/$1.out" 2>"$log" &
  ids[$1]=$!
  processes+=("${ids[$1]}")
  wait_for grep -q 'serving ' "$log"
  urls[$1]=$(grep 'serving ' "$log" | grep -om 1 'https\?://[^ ,]*')file
}
# With TLS the version and the cipher that rd-api and its clients agree on.
start_nginx() { # MODE HTTP|HTTPS ACCESS_LOG [LIMITS_OF_HTTP [LIMITS_OF_SERVER]]
  local try port conf=$work/$1.conf tls=''
  [[ $2 == HTTP ]] || tls="ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"
  for ((try = 0; try < 20; try++)); do
    port=$((20000 + RANDOM % 12000))
    cat >"$conf" <<CONF
daemon off; worker_processes auto; pid $work/$1.pid; error_log $work/$1.error;
$([[ $EUID != 0 ]] || echo 'user root;')
events { worker_connections 4096; }
http {
  access_log $3; sendfile on; tcp_nopush on; keepalive_requests 1000000000; client_body_temp_path $work/$1.1; ${4-}
  proxy_temp_path $work/$1.2; fastcgi_temp_path $work/$1.3; uwsgi_temp_path $work/$1.4; scgi_temp_path $work/$1.5;
  server { listen 127.0.0.1:$port$([[ $2 == HTTP ]] || echo ' ssl'); root $work/root; $tls ${5-} }
}
CONF
    nginx -c "$conf" -t -q 2>/dev/null && break
  done
  nginx -c "$conf" 2>/dev/null &
  ids[$1]=$!
  processes+=("${ids[$1]}")
  urls[$1]=http$([[ $2 == HTTP ]] || echo s)://127.0.0.1:$port/file
  wait_for curl -sko /dev/null -r 0-0 "${urls[$1]}"
}

# Limits that nothing here reaches: what they cost is looking.
limits=(--limit-rate 100G --limit-rate-per-client 100G --limit-requests 1000000 --max-connections-per-client 1000)
start_rd_api rd-api
start_rd_api rd-api-log --access-log "$work/access-of-rd-api"
start_rd_api rd-api-json --access-log "$work/access-json-of-rd-api" --access-log-format json
start_rd_api rd-api-metrics --metrics-listen 127.0.0.1:0
start_rd_api rd-api-limits "${limits[@]}"
start_rd_api rd-api-tls --tls-cert "$work/cert.pem" --tls-key "$work/key.pem"
start_nginx nginx HTTP off
start_nginx nginx-log HTTP "$work/access-of-nginx"
# shellcheck disable=SC2016 # nginx reads its own variable.
start_nginx nginx-limits HTTP off \
  'limit_req_zone $binary_remote_addr zone=r:1m rate=1000000r/s; limit_conn_zone $binary_remote_addr zone=c:1m;' \
  'limit_req zone=r burst=1000000 nodelay; limit_conn c 1000; limit_rate 100000m;'
start_nginx nginx-tls HTTPS off

cpu() { # MODE: user and system seconds of its processes until now (proc(5), fields 14 and 15)
  local process
  for process in "${ids[$1]}" $(<"/proc/${ids[$1]}/task/${ids[$1]}/children"); do sed 's/.*) //' "/proc/$process/stat"; done |
    awk -v hertz="$(getconf CLK_TCK)" '{ ticks += $12 + $13 } END { print ticks / hertz }'
}
whole() { # MODE: prints GiB/s and CPU s/GiB
  local before began i
  before=$(cpu "$1")
  began=$EPOCHREALTIME
  for ((i = 0; i < connections; i++)); do curl -sSfk --http1.1 -o /dev/null "${urls[$1]}" & done
  # Only the curls: the servers go on.
  for i in $(jobs -p | tail -n "$connections"); do wait "$i"; done
  awk -v gib="$((connections * gib))" -v wall="$(calculate "$EPOCHREALTIME - $began")" -v cpu="$(calculate "$(cpu "$1") - $before")" \
    'BEGIN { printf "%.3f\t%.4f\n", gib / wall, cpu / gib }'
}
requests() { # MODE: prints requests/s and CPU microseconds a request
  local before
  before=$(cpu "$1")
  wrk --threads 1 --connections 16 --duration "${seconds}s" --header 'Range: bytes=0-4095' "${urls[$1]}" >"$work/wrk.txt"
  if grep -q 'Non-2xx\|Socket errors' "$work/wrk.txt"; then cat "$work/wrk.txt" >&2; exit 1; fi
  awk -v cpu="$(calculate "$(cpu "$1") - $before")" '
    / requests in / { count = $1 } /^Requests\/sec:/ { rate = $2 }
    END { printf "%.0f\t%.2f\n", rate, cpu / count * 1e6 }' "$work/wrk.txt"
}
measure() { # KIND:MODE
  local figures
  cat "$work/root/file" >/dev/null
  figures=$("${1%%:*}" "${1#*:}")
  note "$1" "$figures"
}
cases=()
for mode in "${!ids[@]}"; do cases+=("whole:$mode" "requests:$mode"); done
in_rounds "$rounds" measure "${cases[@]}"

table() { # KIND SPEED_UNIT CPU_UNIT
  local row title ours theirs plain
  echo "| | rd-api, $2 | nginx, $2 | rd-api / nginx | rd-api, $3 | nginx, $3 | rd-api / nginx | rd-api / rd-api without |"
  echo '|---|---|---|---|---|---|---|---|'
  for row in 'nothing:rd-api:nginx' 'access log:rd-api-log:nginx-log' 'access log, JSON:rd-api-json:nginx-log' 'metrics:rd-api-metrics:nginx' 'limits:rd-api-limits:nginx-limits' 'TLS:rd-api-tls:nginx-tls'; do
    IFS=: read -r title ours theirs <<<"$row"
    plain=$(ratio "$1:$ours" "$1:rd-api" 2)
    echo "| $title | $(cell "$1:$ours" 2) | $(cell "$1:$theirs" 2) | $(ratio "$1:$ours" "$1:$theirs" 2) | $(cell "$1:$ours" 3) |" \
      "$(cell "$1:$theirs" 3) | $(ratio "$1:$ours" "$1:$theirs" 3) | $plain |"
  done
}

{
  echo "# TLS, logs and limits over loopback: rd-api and nginx, $(date -u +%F)"
  echo
  machine
  echo "$(nginx -v 2>&1 | sed 's|.*nginx/|nginx |') with sendfile and as many workers as CPUs, $(curl --version | sed -n '1s/ (.*//p'), $(openssl version | cut -d ' ' -f 1-2)."
  echo "rd-api: ${RD_API##*/}. The file is in the page cache, the clients are on the same machine and take part of it, for TLS most of all; CPU is the server's alone."
  echo "TLS: $(openssl s_client -connect "${urls[rd-api-tls]:8:-5}" </dev/null 2>/dev/null | sed -n 's/^New, \(.*\), Cipher is \(.*\)/\1 \2/p') (rd-api), $(openssl s_client -connect "${urls[nginx-tls]:8:-5}" </dev/null 2>/dev/null | sed -n 's/^New, \(.*\), Cipher is \(.*\)/\1 \2/p') (nginx)."
  conditions "$rounds"
  echo
  echo "$connections connections, a whole file of $gib GiB each, by curl:"
  echo
  table whole 'GiB/s' 'CPU s/GiB'
  echo
  echo '16 connections, ranges of 4 KiB, by wrk:'
  echo
  table requests 'requests/s' 'CPU µs/request'
} | publish modes
