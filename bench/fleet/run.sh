#!/usr/bin/env bash
# How much faster do four rd-api on one Redis hash a file than one, what does the death of one cost, and what does Redis do for it? Each rd-api has a share of a
# CPU of its own (cgroup v2 or v1 where that may be written, otherwise cpulimit), so that two CPUs can show more than two replicas.
# Usage: bench/fleet/run.sh [GIB [ROUNDS [PERCENT]]]: the file's size (8), repetitions (3) and the share of each in percent of a CPU (25). RD_API names another program than that of
# build.sh. The file takes no room on the disk, but is read like any other.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/figures.sh
needs curl redis-server redis-cli:redis-tools

gib=${1:-8} rounds=${2:-3} share=${3:-25}
if [[ -z ${RD_API-} ]]; then programs; fi
mkdir "$work/root"
redis=$((20000 + RANDOM % 12000))
redis-server --port "$redis" --bind 127.0.0.1 --save '' --daemonize no >/dev/null &
processes+=($!)
ask() { redis-cli -p "$redis" "$@"; }
wait_for ask ping >/dev/null 2>&1

groups=()
leave_groups() {
  local group
  clean_up
  for group in "${groups[@]}"; do rmdir "$group" 2>/dev/null || true; done
}
trap leave_groups EXIT

# Chooses how to hold a process to its share.
if [[ -w /sys/fs/cgroup/cgroup.procs ]] && grep -qw cpu /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null; then how='cgroup v2, cpu.max'
elif [[ -w /sys/fs/cgroup/cpu/cgroup.procs ]]; then how='cgroup v1, cpu.cfs_quota_us'
else needs cpulimit; how=cpulimit; fi
hold() { # PROCESS
  local group
  case $how in
    cpulimit) cpulimit --limit="$share" --pid="$1" >/dev/null 2>&1 & processes+=($!); return ;;
    *v2*) group=/sys/fs/cgroup/rd-bench-$1; mkdir "$group"; echo "$((share * 1000)) 100000" >"$group/cpu.max" ;;
    *) group=/sys/fs/cgroup/cpu/rd-bench-$1; mkdir "$group"; echo 100000 >"$group/cpu.cfs_period_us"; echo $((share * 1000)) >"$group/cpu.cfs_quota_us" ;;
  esac
  groups+=("$group")
  echo "$1" >"$group/cgroup.procs"
}

replicas=() addresses=()
start() { # COUNT: sets replicas (processes) and addresses
  local i process
  replicas=() addresses=()
  for ((i = 0; i < $1; i++)); do
    : >"$work/$i.log"
    "$RD_API" --host 127.0.0.1 --port 0 --worker 1 --redis "redis://127.0.0.1:$redis" "$work/root" 2>"$work/$i.log" &
    process=$!
    processes+=("$process")
    replicas+=("$process")
    wait_for grep -q 'http://' "$work/$i.log"
    addresses+=("$(grep -om 1 'http://[^ ,]*/' "$work/$i.log")")
    hold "$process"
  done
  sleep 2 # until all know each other
}
stop() {
  local process
  for process in "${replicas[@]}"; do kill "$process" 2>/dev/null || true; done
  wait "${replicas[@]}" 2>/dev/null || true
}
hash() { # ADDRESS: seconds until all digests are told
  curl -sSfo /dev/null -w '%{time_total}' -H 'Accept: application/x-ndjson' "$1rd/file"
}
blocks() { # LOG...: how many blocks they hashed
  sleep 0.5 # The line comes a little later.
  cat "$@" | sed -n 's/.* file hashed: .*, \([0-9]*\) blocks,.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }'
}
new_file() {
  ask flushall >/dev/null
  ask config resetstat >/dev/null
  rm -f "$work/root/file"
  truncate --size "${gib}G" "$work/root/file"
  # A page of each block is written: a hole would not be read.
  perl -e 'open my $f, "+<", $ARGV[0] or die; for (my $o = 0; $o < $ARGV[1] << 30; $o += 2 << 20) { seek $f, $o, 0; print $f "x" }' "$work/root/file" "$gib"
  sleep 2.2 # A younger file is not shared.
}

for ((round = 1; round <= rounds; round++)); do
  for count in 1 4; do
    new_file
    start "$count"
    before=$(ask info commandstats | sed -n 's/^cmdstat_[^:]*:calls=\([0-9]*\),.*/\1/p' | awk '{ s += $1 } END { print s + 0 }')
    note "$count replicas, s" "$(hash "${addresses[0]}")"
    after=$(ask info commandstats | sed -n 's/^cmdstat_[^:]*:calls=\([0-9]*\),.*/\1/p' | awk '{ s += $1 } END { print s + 0 }')
    note "$count replicas, commands to Redis per GiB" "$(((after - before) / gib))"
    note "$count replicas, memory of the digests in Redis, bytes per GiB" "$(($(ask --raw eval "local n = 0 for _, k in ipairs(redis.call('keys', '*')) do n = n + redis.call('memory', 'usage', k) end return n" 0) / gib))"
    note "$count replicas, blocks hashed twice" "$(($(blocks "$work"/[0-9].log) - gib * 512))"
    stop
    rm -f "$work"/[0-9].log
  done
  new_file
  start 4
  (sleep $((gib / 2 + 1)) && kill -9 "${replicas[3]}") &
  note '4 replicas, one killed in the middle, s' "$(hash "${addresses[0]}")"
  stop
  rm -f "$work"/[0-9].log
  echo "round $round of $rounds, load $(cut -d ' ' -f 1 /proc/loadavg)" >&2
done

echo "A file of $gib GiB in blocks of 2 MiB, $share % of a CPU and one worker for each rd-api ($how), $rounds rounds: median (least-most)."
echo
echo '| | |'
echo '|---|---|'
cut -f 1 "$work/samples" | sort -u | while IFS= read -r name; do echo "| $name | $(cell "$name" 2) |"; done
echo "| 1 replica takes so many times as long as 4 | $(ratio '1 replicas, s' '4 replicas, s' 2) |"
