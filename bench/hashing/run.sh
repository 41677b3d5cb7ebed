#!/usr/bin/env bash
# How fast are blocks hashed, against `openssl speed` in the same run? In the processor's cache, and by rd-api from the page cache.
# Usage: bench/hashing/run.sh [ROUNDS [GIB...]]; needs the files' size below TMPDIR. RD_API names another program than the one of build.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs curl openssl

rounds=${1:-7}
shift $(($# > 0))
sizes=("$@")
[[ $# -gt 0 ]] || sizes=(1 8)
programs
src/kernels/build.sh
dotnet publish bench/hashing/Rate --configuration Release --runtime linux-x64 --nologo --verbosity quiet -nodeReuse:false \
  -p:PublishProfileFullPath="$PWD/src/native.pubxml" -p:Kernels="$PWD/src/kernels/obj/kernels.o" --output "$work/rate"
mkdir "$work/root"
head -c 512M /dev/urandom >"$work/root/warm-up"
for size in "${sizes[@]}"; do head -c "${size}G" /dev/urandom >"$work/root/${size}GiB"; done
sync
# As files mostly come into the page cache, from the disk and in large pieces: what was written a few KiB at a time lies there in small ones,
# and takes half as long again to read.
for file in "$work"/root/*; do dd if="$file" iflag=nocache count=0 status=none; done
hasher=("$work/rate/rate")

openssl_speed() { # ALGORITHM: GB for each second of processor time
  openssl speed -seconds 1 -bytes 1048576 -evp "${1/sha-1/sha1}" 2>/dev/null | awk 'END { printf "%.3f\n", $2 / 1e6 }'
}
hashed() { # FILE ALGORITHM: the seconds that it took, once the log tells; waits for 10 minutes at the most
  for ((i = 0; i < 30000; i++)); do
    if sed -nE "s/.* $1 hashed: ${2^^}, .* bytes, ([0-9.]+) s,.*/\\1/p" "$work/rd-api.log" | grep .; then return; fi
    sleep 0.02
  done
  echo "rd-api has not hashed $1" >&2
  exit 1
}
busy() { # the nanoseconds that the workers ran until now
  local thread sum=0
  for thread in /proc/"$rd_api_process"/task/*; do
    [[ $(<"$thread/comm") != hash\ * ]] || sum=$((sum + $(cut -d ' ' -f 1 "$thread/schedstat")))
  done
  echo "$sum"
}
rd_api() { # ALGORITHM FILE WORKERS: GB/s, and GB for each second of the workers' processor time
  local other before seconds bytes
  cat "$work"/root/* >/dev/null
  rm -f "$work"/digests*
  rd_api_start "$work/root" --cache "$work/digests.db" --worker "$3"
  # What the first use of a hash costs is not what is asked here.
  for other in sha-1 sha-256; do
    rd_api_hash "warm-up?digest=$other"
    hashed warm-up "$other" >/dev/null
  done
  [[ $1 == sha-1 ]] || other=sha-1
  rd_api_hash "$2?digest=$other"
  sleep 1
  before=$(busy)
  rd_api_hash "$2?digest=$1"
  seconds=$(hashed "$2" "$1")
  bytes=$(stat --format=%s "$work/root/$2")
  awk -v bytes="$bytes" -v seconds="$seconds" -v busy="$(($(busy) - before))" \
    'BEGIN { printf "%.3f\t%.3f\n", bytes / seconds / 1e9, bytes / busy }'
  rd_api_stop
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
measure() { # CASE
  local figures
  figures=$(run "$1")
  note "$1" "$figures"
}
in_rounds "$rounds" measure "${cases[@]}"

row() { # TEXT CASE COLUMN: median, range, and the ratio to openssl's median
  echo "$(summary "$2" "$3") $(summary "${2%%:*}:openssl" 2)" |
    awk -v text="$1" '{ printf "| %s | %.2f (%.2f-%.2f) | **%.2f** |\n", text, $1, $2, $3, $1 / $4 }'
}

{
  echo "# Hashing, $(date -u +%F)"
  echo
  machine
  echo "$(openssl version | cut -d ' ' -f 1,2); rd-api: ${RD_API##*/}."
  conditions "$rounds"
  echo "GB (10^9 bytes) for each second of processor time of the threads that hash, user and system."
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
      echo "| ${algorithm^^}, $size GiB | $(cell "$algorithm:rd-api:${size}GiB:1" 2 %.2f) |" \
        "$(cell "$algorithm:rd-api:${size}GiB:2" 2 %.2f) | $(ratio "$algorithm:rd-api:${size}GiB:2" "$algorithm:rd-api:${size}GiB:1" 2) |"
    done
  done
  echo
  echo "The first use of a hash takes $("${hasher[@]}" sha-1 0 0.1 | cut -f 3) ms (SHA-1) and $("${hasher[@]}" sha-256 0 0.1 | cut -f 3) ms (SHA-256)."
} | publish hashing
