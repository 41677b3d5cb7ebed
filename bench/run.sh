#!/usr/bin/env bash
# Runs the usual benchmarks, on the machine as it is: nothing else should run. Says at the end where the tables are.
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/shared/setup.sh

usage() {
  cat <<TEXT
Usage: bench/run.sh [--large] [--badline] [ROUNDS]        (7 rounds by default; RD and RD_API name other programs than those of build.sh)
  --large    the peers with a file of 8 GiB, too: needs 24 GiB on the disk and as much memory
  --badline  downloads over bad lines, too: needs root, takes hours
TEXT
}
rounds=7 large='' badline=''
while (($# > 0)); do
  case $1 in
    --large) large=yes ;;
    --badline) badline=yes ;;
    -h | --help) usage && exit ;;
    *) [[ $1 =~ ^[1-9][0-9]*$ ]] || { usage >&2 && exit 2; } && rounds=$1 ;;
  esac
  shift
done

# Before hours of measuring, not after them: what each one says that it needs.
# shellcheck disable=SC2046
needs dotnet:dotnet-sdk-10.0 $(sed -n 's/^needs //p' bench/*/run.sh)
programs
started=$work/started
touch "$started"

for gib in 1 ${large:+8}; do
  bench/peers/run.sh "$rounds" "$gib"
  if [[ $(df --output=fstype /dev/shm | tail -n 1) == tmpfs ]]; then TMPDIR=/dev/shm bench/peers/run.sh "$rounds" "$gib"; fi
done
for question in serve startup metadata scale; do "bench/$question/run.sh" "$rounds"; done
bench/hashing/run.sh "$rounds" 1 ${large:+8}
[[ -z $badline ]] || bench/badline/run.sh --save --rounds "$rounds"

echo
echo 'The tables:'
find bench/results -name '*.md' -newer "$started" | sort
