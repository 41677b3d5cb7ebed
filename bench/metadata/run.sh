#!/usr/bin/env bash
# What does the metadata of a file of 524,288 blocks cost, at rd-api and at rd? A sparse file of 1 TiB in blocks of 2 MiB, hashed without
# reading it, and for rd one of 32 GiB in blocks of 64 KiB against the same in blocks of 2 MiB.
# Usage: bench/metadata/run.sh [ROUNDS]. RD and RD_API name other programs than those of build.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs curl redis-server redis-cli:redis-tools sqlite3 time

rounds=${1:-5}
blocks=524288
programs
build bench/metadata/Stores
mkdir "$work/root"
truncate --size 1T "$work/root/tebi"
truncate --size 32G "$work/root/small"
sleep 2.2 # Digests of a younger file are not stored.

start() { # OPTION...: what is asked for its metadata is below $url then
  rd_api_start "$work/root" "$@"
  url=${rd_api}rd/
}
stream=(curl -sSfN -H 'Accept: application/x-ndjson')
now() { echo "${EPOCHREALTIME/./}"; }                                       # µs
milliseconds() { echo "$1" | awk -v now="$(now)" '{ printf "%.1f", (now - $1) / 1000 }'; } # since $1
cpu() { awk -v tick="$(getconf CLK_TCK)" '{ print ($14 + $15) / tick }' "/proc/$1/stat"; }
stored() { # bytes of digests
  case $1 in
    SQLite) sqlite3 -readonly "$work/$round.db" 'SELECT sum(length(digests)) FROM run' ;;
    Redis) redis-cli -p "$redis" eval \
      "local n = 0 for _, k in ipairs(redis.call('keys', '*')) do for _, v in ipairs(redis.call('hvals', k)) do n = n + #v end end return n" 0 ;;
  esac
}

redis=$((20000 + RANDOM % 12000))
redis-server --port "$redis" --bind 127.0.0.1 --save '' --daemonize no >/dev/null &
processes+=($!)

for ((round = 1; round <= rounds; round++)); do
  for store in SQLite Redis; do
    options=(--cache "$work/$round.db")
    if [[ $store == Redis ]]; then redis-cli -p "$redis" flushall >/dev/null; options=(--redis-host 127.0.0.1 --redis-port "$redis"); fi
    start "${options[@]}"
    curl -sSf -o /dev/null "$url"
    asked=$(now)
    head -c 400 < <("${stream[@]}" "${url}tebi" 2>/dev/null) >/dev/null # The file's line has less than 300 bytes.
    note 'first digest of a new file at the client, ms' "$(milliseconds "$asked")"
    "${stream[@]}" "${url}tebi" -o "$work/lines"
    seconds=$(awk "BEGIN { print $(milliseconds "$asked") / 1000 }")
    note "all digests of a new file with $store, nothing read, s" "$seconds"
    note "CPU of that, µs for each block" "$(awk "BEGIN { print $(cpu "$rd_api_process") / $blocks * 1e6 }")"
    while curl -sSf "${url}tebi" | grep -q pending; do sleep 0.2; done
    # Stored each second and at the end: what a TERM finds missing is written before rd-api is gone. SHA-256 and SHA-1 for each block.
    rd_api_stop
    [[ $(stored $store) == $((blocks * (32 + 20))) ]] || { echo "$store has not all digests" >&2; exit 1; }

    start "${options[@]}"
    for form in stream classic; do
      before=$(cpu "$rd_api_process")
      command=(curl -sSf)
      if [[ $form == stream ]]; then command=("${stream[@]}"); fi
      asked=$(now)
      "${command[@]}" "${url}tebi$([[ $form == stream ]] || echo '')" -o "$work/answer"
      note "restarted with $store, the whole file in the $form form, ms" "$(milliseconds "$asked")"
      note "CPU of that in the $form form, ms" "$(awk "BEGIN { print ($(cpu "$rd_api_process") - $before) * 1000 }")"
      note "bytes for each block in the $form form" "$(awk "BEGIN { print $(stat -c %s "$work/answer") / $blocks }")"
    done
    note 'peak memory of rd-api, MiB' "$(awk '/^VmHWM/ { print $2 / 1024 }' "/proc/$rd_api_process/status")"
    rd_api_stop
  done
done

# rd's part: what more blocks cost. Once, because it takes long; the data are zeros, which rd proves and does not write.
for size in 64K 2M; do
  start --cache "$work/rd.db" --block-size $size
  "${stream[@]}" "${url}small" -o /dev/null
  # shellcheck disable=SC2086
  /usr/bin/time -f '%e %U %S %M' -o "$work/time" $RD -w 4 -d "$work/blocks" -o "$work/out" \
    "${url%rd/}small" 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
  read -r wall user system peak <"$work/time"
  what="rd, 32 GiB of zeros in blocks of $size"
  note "$what, s" "$wall"
  note "$what, CPU s" "$(awk "BEGIN { print $user + $system }")"
  note "$what, peak memory, MiB" $((peak / 1024))
  rd_api_stop
  rm -rf "$work/out"
done

dotnet bench/metadata/Stores/bin/Release/net10.0/Stores.dll "$work" "$redis" >>"$work/samples"

{
  echo "# Metadata of a file of $blocks blocks, $(date -u +%F)"
  echo
  machine
  echo "$(redis-server --version | sed -E 's/.*v=([^ ]*).*/Redis \1/'). rd: ${RD##*/}, rd-api: ${RD_API##*/}." \
    "Load when it ended: $(cut -d ' ' -f 1 /proc/loadavg)."
  echo "A sparse file: holes are not read, so this is the cost of the metadata alone and says nothing of hashing data."
  echo
  echo '| figure | median | range | runs |'
  echo '|---|---|---|---|'
  cut -f 1 "$work/samples" | awk '!seen[$0]++' | while IFS= read -r name; do
    awk -F '\t' -v name="$name" '$1 == name { print $2 }' "$work/samples" | sort -n | awk -v name="$name" \
      '{ v[NR] = $1 } END { f = v[NR] < 1000 ? "%.4g" : "%.0f"
              printf "| %s | " f " | " f "-" f " | %d |\n", name, NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR], NR }'
  done
} | publish metadata
