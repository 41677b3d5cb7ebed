#!/usr/bin/env bash
# What does a Redis that is far away, or does not answer, cost? One or two rd-api (one worker each) hash a new file of 1 GiB, and reach Redis with a round trip of 0, 1 and 50 ms (delay.py);
# and with a Redis that is frozen since the rd-api are connected to it.
# Usage: bench/fleet/latency.sh [ROUNDS [MIB]]: repetitions (5), and the file's size (1024). RD_API names another program than that of build.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/figures.sh
needs curl redis-server redis-cli:redis-tools python3

rounds=${1:-5} mib=${2:-1024}
if [[ -z ${RD_API-} ]]; then programs; fi
mkdir "$work/root"
redis=$((20000 + RANDOM % 12000))
redis-server --port "$redis" --bind 127.0.0.1 --save '' --daemonize no >/dev/null &
redis_process=$!
processes+=("$redis_process")
wait_for redis-cli -p "$redis" ping >/dev/null 2>&1

hash() { # ADDRESS: sets answer, first and all: seconds until the first line, the first digests and the last line
  local began=$EPOCHREALTIME line
  answer='' first='' all=''
  while IFS= read -r line; do
    [[ -n $answer ]] || answer=$(calculate "$EPOCHREALTIME - $began")
    [[ -n $first || $line != *'"blocks"'* ]] || first=$(calculate "$EPOCHREALTIME - $began")
    [[ $line != *'"end"'* ]] || all=$(calculate "$EPOCHREALTIME - $began")
  done < <(curl -sSNf -H 'Accept: application/x-ndjson' "$1rd/file")
}
measure() { # "COUNT at MILLISECONDS", or "COUNT at frozen"
  local count=${1% at *} latency=${1#* at } port=$redis line='' i relay='' replicas=() addresses=()
  redis-cli -p "$redis" flushall >/dev/null
  if [[ $latency != frozen && $latency != 0 ]]; then
    port=$((20000 + RANDOM % 12000))
    : >"$work/relay"
    bench/fleet/delay.py "$port" "$redis" "$latency" >"$work/relay" &
    relay=$!
    processes+=("$relay")
    wait_for grep -q ready "$work/relay"
  fi
  rm -f "$work/root/file"
  truncate -s "${mib}M" "$work/root/file"
  perl -e 'open my $f, "+<", $ARGV[0] or die; for (my $o = 0; $o < $ARGV[1] << 20; $o += 2 << 20) { seek $f, $o, 0; print $f "x" }' "$work/root/file" "$mib"
  for ((i = 0; i < count; i++)); do
    : >"$work/$i.log"
    "$RD_API" --host 127.0.0.1 --port 0 --worker 1 --redis "redis://127.0.0.1:$port" "$work/root" 2>"$work/$i.log" &
    replicas+=($!)
    processes+=($!)
    wait_for grep -q 'http://' "$work/$i.log"
    addresses+=("$(grep -om 1 'http://[^ ,]*/' "$work/$i.log")")
  done
  sleep 2.5 # A younger file is not shared, and all know each other then.
  [[ $latency != frozen ]] || kill -STOP "$redis_process"
  hash "${addresses[0]}"
  line="$answer $first $all"
  hash "${addresses[0]}"
  # shellcheck disable=SC2086 # Three figures.
  note "$1" $line "$all"
  [[ $latency != frozen ]] || kill -CONT "$redis_process"
  kill "${replicas[@]}"
  wait "${replicas[@]}" || true
  if [[ -n $relay ]]; then kill "$relay"; wait "$relay" || true; fi 2>/dev/null
}

cases=()
for count in 1 2; do
  for latency in 0 1 50 frozen; do cases+=("$count at $latency"); done
done
in_rounds "$rounds" measure "${cases[@]}"

report() {
  local name
  echo "Seconds of a client that asks one of one or two rd-api (one worker each) for the metadata of a new file of $mib MiB, by the round trip to Redis in ms (a relay; frozen: SIGSTOP)."
  echo
  echo '| rd-api, ms | first line | first digests | all digests | all, once known |'
  echo '|---|---|---|---|---|'
  for name in "${cases[@]}"; do
    echo "| ${name/ at /, } | $(cell "$name" 2 %.3f) | $(cell "$name" 3 %.3f) | $(cell "$name" 4 %.3f) | $(cell "$name" 5 %.3f) |"
  done
  echo
  echo "$(machine) $(conditions "$rounds")"
}
report | publish fleet-latency
