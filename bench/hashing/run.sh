#!/usr/bin/env bash
# How fast are blocks hashed, against `openssl speed` in the same run? In the processor's cache, and by rd-api from the page cache; each case
# once in each round, in random order. Usage: bench/hashing/run.sh [ROUNDS [GIB...]]; needs openssl, curl and the files' size below TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p bench/results
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C

rounds=${1:-7}
shift $(($# > 0))
sizes=("$@")
[[ $# -gt 0 ]] || sizes=(1 8)
work=$(mktemp -d "${TMPDIR:-/tmp}/rd-hashing.XXXXXX")
server=
clean_up() {
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; fi
  wait
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

for project in src/rd-api bench/hashing/Rate; do
  dotnet build "$project" --configuration Release --nologo --verbosity quiet -nodeReuse:false >/dev/null
done
mkdir "$work/root"
head -c 512M /dev/urandom >"$work/root/warm-up"
for size in "${sizes[@]}"; do head -c "${size}G" /dev/urandom >"$work/root/${size}GiB"; done
sync
hasher=(dotnet bench/hashing/Rate/bin/Release/net10.0/rate.dll)

openssl_speed() { # ALGORITHM: GB for each second of processor time
  openssl speed -seconds 1 -bytes 1048576 -evp "${1/sha-1/sha1}" 2>/dev/null | awk 'END { printf "%.3f\n", $2 / 1e6 }'
}
hashed() { # FILE: the seconds that it took, once the log tells; waits for 10 minutes at the most
  for ((i = 0; i < 30000; i++)); do
    if sed -nE "s/.* $1 hashed: .* bytes, ([0-9.]+) s,.*/\\1/p" "$work/rd-api.log" | grep .; then return; fi
    sleep 0.02
  done
  echo "rd-api has not hashed $1" >&2
  exit 1
}
busy() { # the nanoseconds that the workers ran until now
  local thread sum=0
  for thread in /proc/"$server"/task/*; do
    [[ $(<"$thread/comm") != hash\ * ]] || sum=$((sum + $(cut -d ' ' -f 1 "$thread/schedstat")))
  done
  echo "$sum"
}
rd_api() { # ALGORITHM FILE WORKERS: GB/s, and GB for each second of the workers' processor time
  local address before seconds bytes
  cat "$work"/root/* >/dev/null
  rm -f "$work"/digests*
  : >"$work/rd-api.log"
  dotnet src/rd-api/bin/Release/net10.0/rd-api.dll --host 127.0.0.1 --port 0 --web-root "$work/root" --cache "$work/digests.db" \
    --worker "$3" 2>"$work/rd-api.log" &
  server=$!
  address=$(until grep -om 1 'http://[^ ,]*' "$work/rd-api.log"; do kill -0 "$server"; sleep 0.02; done)
  # What it costs to compile is not what is asked here.
  curl -sfo /dev/null -H 'Accept: application/x-ndjson' "${address%/}/rd/warm-up?digest=$1"
  hashed warm-up >/dev/null
  before=$(busy)
  curl -sfo /dev/null -H 'Accept: application/x-ndjson' "${address%/}/rd/$2?digest=$1"
  seconds=$(hashed "$2")
  bytes=$(stat --format=%s "$work/root/$2")
  awk -v bytes="$bytes" -v seconds="$seconds" -v busy="$(($(busy) - before))" \
    'BEGIN { printf "%.3f\t%.3f\n", bytes / seconds / 1e9, bytes / busy }'
  kill "$server"
  wait "$server" || true
  server=
}
run() { # CASE: the figures, the last one compared with openssl's
  IFS=: read -r algorithm what file workers <<<"$1"
  case $what in
    openssl) openssl_speed "$algorithm" ;;
    framework) "${hasher[@]}" "$algorithm" 1 1 | cut -f 2 ;;
    widest) "${hasher[@]}" "$algorithm" 0 1 | cut -f 2 ;;
    avx2) DOTNET_EnableAVX512=0 "${hasher[@]}" "$algorithm" 0 1 | cut -f 2 ;;
    rd-api) rd_api "$algorithm" "$file" "$workers" ;;
    rd-api-avx2) DOTNET_EnableAVX512=0 rd_api "$algorithm" "$file" "$workers" ;;
  esac
}

cases=()
for algorithm in sha-1 sha-256; do
  cases+=("$algorithm":{openssl,framework,widest,avx2})
  for size in "${sizes[@]}"; do cases+=("$algorithm:rd-api:${size}GiB":{1,2} "$algorithm:rd-api-avx2:${size}GiB:1"); done
done
for ((round = 0; round <= rounds; round++)); do
  while read -r name; do
    figures=$(run "$name")
    # The warm-up round is not counted.
    ((round == 0)) || printf '%s\t%s\n' "$name" "$figures" >>"$work/samples"
  done < <(shuf -e "${cases[@]}")
  echo "round $round of $rounds, load $(cut -d ' ' -f 1 /proc/loadavg)" >&2
done

summary() { # CASE COLUMN: median and range
  awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$work/samples" | sort -n |
    awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR] }'
}
row() { # TEXT CASE COLUMN: median, range, and the ratio to openssl's median
  echo "$(summary "$2" "$3") $(summary "${2%%:*}:openssl" 2)" |
    awk -v text="$1" '{ printf "| %s | %.2f (%.2f-%.2f) | **%.2f** |\n", text, $1, $2, $3, $1 / $4 }'
}

result=bench/results/$(date -u +%F)-hashing.md
{
  echo "# Hashing, $(date -u +%F)"
  echo
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs," \
    "$(grep -om 1 -wE 'avx512f|avx2' /proc/cpuinfo | sort -u | tr '\n' ' ' | sed 's/ $//; s/ /, /g')," \
    "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB of memory, Linux $(uname -r | cut -d - -f 1)," \
    ".NET $(dotnet --version), $(openssl version | cut -d ' ' -f 1,2)."
  echo "$rounds rounds after one that is not counted, random order within a round; load at the end $(cut -d ' ' -f 1 /proc/loadavg)."
  echo "Medians, ranges in brackets. GB (10^9 bytes) for each second of processor time of the threads that hash, user and system."
  for algorithm in sha-1 sha-256; do
    echo
    echo "| ${algorithm^^} | GB/CPU s | / openssl |"
    echo '|---|---|---|'
    row 'openssl speed, 1 MiB' "$algorithm:openssl" 2
    row 'in cache, framework, one block' "$algorithm:framework" 2
    row 'in cache, as many blocks as lanes' "$algorithm:widest" 2
    row 'in cache, without AVX-512' "$algorithm:avx2" 2
    for size in "${sizes[@]}"; do
      row "rd-api, $size GiB from the page cache, one worker" "$algorithm:rd-api:${size}GiB:1" 3
      row "rd-api, $size GiB, two workers" "$algorithm:rd-api:${size}GiB:2" 3
      row "rd-api, $size GiB, one worker, without AVX-512" "$algorithm:rd-api-avx2:${size}GiB:1" 3
    done
  done
  echo
  echo '| wall | one worker, GB/s | two workers, GB/s | two / one |'
  echo '|---|---|---|---|'
  for algorithm in sha-1 sha-256; do
    for size in "${sizes[@]}"; do
      echo "$(summary "$algorithm:rd-api:${size}GiB:1" 2) $(summary "$algorithm:rd-api:${size}GiB:2" 2)" |
        awk -v text="${algorithm^^}, $size GiB" \
          '{ printf "| %s | %.2f (%.2f-%.2f) | %.2f (%.2f-%.2f) | **%.2f** |\n", text, $1, $2, $3, $4, $5, $6, $4 / $1 }'
    done
  done
  echo
  echo "The first use of a hash costs $("${hasher[@]}" sha-1 0 0.1 | cut -f 3) ms (SHA-1)" \
    "and $("${hasher[@]}" sha-256 0 0.1 | cut -f 3) ms (SHA-256) until its loops are compiled."
} >"$result"
cat "$result"
