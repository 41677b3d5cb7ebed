#!/usr/bin/env bash
# What do clients that all fetch one new file through nginx's cache cost the two rd-api behind it? The configuration is that of docs/fleet.md.
# Usage: bench/fleet/cached.sh [MIB [CLIENTS [AT_ONCE]]]: the file's size (1024), how many clients (100) and how many of them run at the same time (all).
# RD and RD_API name other programs than those of build.sh. Twice the file has to fit into the folder for temporary files.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/figures.sh
. bench/fleet/nginx.sh
needs curl nginx

mib=${1:-1024} clients=${2:-100} at_once=${3:-${2:-100}}
programs
mkdir "$work/root"
head -c "${mib}M" /dev/urandom >"$work/root/file"

addresses=()
for name in a b; do
  "$RD_API" --host 127.0.0.1 --port 0 --access-log "$work/$name.access" "$work/root" 2>"$work/$name.log" &
  processes+=($!)
  wait_for grep -q 'http://' "$work/$name.log"
  address=$(grep -om 1 'http://[^ ,]*/' "$work/$name.log")
  addresses+=("$address")
  until curl -sSfo /dev/null -D - -H 'Accept: application/x-ndjson' "${address}rd/file" | grep -qi '^cache-control: public'; do sleep 0.2; done
done

nginx_before "${addresses[@]}"
sleep 0.5 # The log comes a little later.
declare -A before
for name in a b; do before[$name]=$(wc -l <"$work/$name.access"); done

client() { # NUMBER: says whether what it got is the right file; nothing of it is kept, so that many fit
  if "$RD" -O - "${cache}file" 2>/dev/null | cmp -s - "$work/root/file"; then echo right; else echo wrong; fi
}
export -f client
export work RD cache
SECONDS=0
seq "$clients" | xargs -P "$at_once" -I{} bash -c 'client {}' >"$work/clients"
seconds=$SECONDS
sleep 0.5
for name in a b; do tail -n "+$((before[$name] + 1))" "$work/$name.access"; done >"$work/access"

report() {
  echo "$clients clients, $at_once at a time, one file of $mib MiB of random bytes whose digests are known, nginx's cache (empty at the start) as in docs/fleet.md before two rd-api."
  echo
  echo '| | |'
  echo '|---|---|'
  echo "| downloads that are right (rd -O - \| cmp) | $(grep -c right "$work/clients" || true) of $clients |"
  echo "| seconds | $seconds |"
  awk -v size="$((mib << 20))" '
    $7 ~ /^\/rd\// { metadata++; unchanged += $9 == 304; next }
    { files++; bytes += $10 }
    END {
      print "| requests for metadata that reached the replicas (of them answered 304) | " metadata + 0 " (" unchanged + 0 ") |"
      print "| requests for bytes that reached them | " files + 0 " |"
      printf "| bytes of the file that they sent | %.1f MiB, %.3f of the file |\n", bytes / 1048576, bytes / size
    }' "$work/access"
  echo
  echo "$(machine) One run; load at the end $(cut -d ' ' -f 1 /proc/loadavg)."
}
cp "$work/access" "$work/samples"
report | publish fleet-cached
