#!/usr/bin/env bash
# How long does rd take for a file, against curl and aria2c? Over loopback, source in the page cache, all commands once in each round in
# random order. Usage: bench/peers/run.sh [ROUNDS [GIB]]; needs curl, aria2, nginx and room for the file three times below TMPDIR.
# RD and RD_API name other programs than the ones that are built here, as those of build.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p bench/results
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C

rounds=${1:-7}
gib=${2:-1}
size=$((gib << 30))
piece=$((2 << 20))
for need in curl aria2c nginx; do
  command -v "$need" >/dev/null || { echo "$need is missing: apt-get install curl aria2 nginx-light" >&2; exit 1; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/rd-peers.XXXXXX")
servers=()
clean_up() {
  for process in "${servers[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap clean_up EXIT

RD=${RD:-dotnet src/rd/bin/Release/net10.0/rd.dll}
RD_API=${RD_API:-dotnet src/rd-api/bin/Release/net10.0/rd-api.dll}
dotnet build src/rd --configuration Release --nologo --verbosity quiet -nodeReuse:false >/dev/null
dotnet build src/rd-api --configuration Release --nologo --verbosity quiet -nodeReuse:false >/dev/null
mkdir "$work/root" "$work/out"
source=$work/root/file
head -c "$size" /dev/urandom >"$source"
digest=$(sha256sum <"$source")

wait_for() { # COMMAND...: until it succeeds, 10 s at the most
  for ((i = 0; i < 500; i++)); do
    if "$@"; then return; fi
    sleep 0.02
  done
  echo "gave up waiting: $*" >&2
  exit 1
}

: >"$work/rd-api.log"
$RD_API --host 127.0.0.1 --port 0 --web-root "$work/root" --cache "$work/digests.db" \
  2>"$work/rd-api.log" &
servers+=($!)
wait_for grep -q 'http://' "$work/rd-api.log"
rd_api=http://127.0.0.1:$(sed -nE 's|.*http://[^ ]*:([0-9]+).*|\1|p' "$work/rd-api.log" | head -n 1)/file

# nginx cannot choose a port by itself: a few at random until one is free.
for ((try = 0; try < 20; try++)); do
  port=$((20000 + RANDOM % 12000))
  cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.log;
$([[ $EUID != 0 ]] || echo 'user root;')
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on; client_body_temp_path $work/n1; proxy_temp_path $work/n2;
  fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;
  server { listen 127.0.0.1:$port; root $work/root; }
}
CONF
  nginx -c "$work/nginx.conf" -t -q 2>/dev/null && break
done
nginx -c "$work/nginx.conf" 2>/dev/null &
servers+=($!)
nginx=http://127.0.0.1:$port/file
wait_for curl -sfo /dev/null -r 0-0 "$nginx"
# What has been hashed once is known.
curl -sfo /dev/null -H 'Accept: application/x-ndjson' "${rd_api%/file}/rd/file"

metalink() { # URL: what aria2c proves the pieces with
  echo '<?xml version="1.0" encoding="UTF-8"?><metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="file">'
  echo "<size>$size</size><pieces length=\"$piece\" type=\"sha-1\">"
  split --bytes=$piece --filter='sha1sum' "$source" | sed -E 's|^([0-9a-f]+).*|<hash>\1</hash>|'
  echo "</pieces><url>$1</url></file></metalink>"
}
metalink "$rd_api" >"$work/rd-api.meta4"
metalink "$nginx" >"$work/nginx.meta4"

aria2() {
  aria2c --quiet --no-conf --dir "$work/out" --file-allocation=falloc --split=5 --max-connection-per-server=5 --min-split-size=2M \
    --metalink-file "$1"
}
run() {
  case $1 in
    'rd from rd-api') $RD -d "$work/blocks" -o "$work/out" "$rd_api" 2>"$work/rd.log" ;;
    'curl from rd-api') curl -sSf -o "$work/out/file" "$rd_api" ;;
    'curl from rd-api, then sha256sum') curl -sSf -o "$work/out/file" "$rd_api" && sha256sum "$work/out/file" ;;
    'curl from nginx') curl -sSf -o "$work/out/file" "$nginx" ;;
    'aria2c from rd-api') aria2 "$work/rd-api.meta4" ;;
    'aria2c from nginx') aria2 "$work/nginx.meta4" ;;
  esac
}
cases=('rd from rd-api' 'curl from rd-api' 'curl from rd-api, then sha256sum' 'curl from nginx' 'aria2c from rd-api' 'aria2c from nginx')

TIMEFORMAT='%R %U %S'
for ((round = 0; round <= rounds; round++)); do
  while IFS= read -r name; do
    rm -rf "$work/out" "$work/blocks"
    mkdir "$work/out"
    sync
    cat "$source" >/dev/null
    { time run "$name" >&3 2>&3; } 3>"$work/said" 2>"$work/times" || { cat "$work/said" "$work/rd.log" >&2; exit 1; }
    if ((round == 0)); then
      # The warm-up round is not counted, but the copies are looked at.
      [[ $(sha256sum <"$work/out/file") == "$digest" ]] || { echo "$name: a wrong copy" >&2; exit 1; }
    else
      read -r wall user system <"$work/times"
      printf '%s\t%s\t%s\n' "$name" "$wall" "$(awk "BEGIN { print $user + $system }")" >>"$work/samples"
    fi
  done < <(shuf -e "${cases[@]}")
  echo "round $round of $rounds" >&2
done

column() { awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$work/samples" | sort -n; }
median() { awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
proof() {
  case $1 in
    rd*) echo 'SHA-256 of each block | yes' ;;
    aria2c*) echo 'SHA-1 of each 2 MiB | no' ;;
    *sha256sum) echo 'SHA-256 of the whole | no' ;;
    *) echo 'nothing | no' ;;
  esac
}

file_system=$(df --output=fstype "$work" | tail -n 1)
result=bench/results/$(date -u +%F)-peers-$gib-GiB-$file_system.md
reference=$(column "${cases[0]}" 2 | median)
{
  echo "# $gib GiB over loopback: rd against curl and aria2c, $(date -u +%F)"
  echo
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs," \
    "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB of memory, Linux $(uname -r | cut -d - -f 1)," \
    "$file_system, .NET $(dotnet --version)."
  echo "$(curl --version | sed -n '1s/^\(curl [^ ]*\).*/\1/p'), $(aria2c --version | sed -n '1s/ version//p')," \
    "$(nginx -v 2>&1 | sed 's|.*nginx/|nginx |')."
  echo "rd: ${RD##*/}, rd-api: ${RD_API##*/}. Load average at the end: $(cut -d ' ' -f 1 /proc/loadavg)."
  echo "$rounds rounds after one that is not counted, random order within a round, source in the page cache."
  echo
  echo '| command | proves | flushed to disk | wall s, median | range | client CPU s, median | wall against rd |'
  echo '|---|---|---|---|---|---|---|'
  for name in "${cases[@]}"; do
    wall=$(column "$name" 2)
    awk -v name="$name" -v proof="$(proof "$name")" -v median="$(median <<<"$wall")" -v low="$(head -n 1 <<<"$wall")" \
      -v high="$(tail -n 1 <<<"$wall")" -v cpu="$(column "$name" 3 | median)" -v reference="$reference" \
      'BEGIN { printf "| %s | %s | %.2f | %.2f-%.2f | %.2f | %.2f |\n", name, proof, median, low, high, cpu, median / reference }'
  done
} >"$result"
cat "$result"
