#!/usr/bin/env bash
# How long do rd and rd-api take to start? Programs of ./build.sh against those that need .NET on the machine, and curl for scale,
# over loopback. Usage: bench/startup/run.sh [ROUNDS].
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/figures.sh
needs curl

rounds=${1:-15}
system=linux-$([[ $(uname -m) == aarch64 ]] && echo arm64 || echo x64)

./build.sh "$system" >/dev/null
build src/rd src/rd-api
built() { echo "src/$1/bin/Release/net10.0/$1.dll"; }

mkdir "$work/root" "$work/out"
head -c 100000 /dev/urandom >"$work/root/file"

# Starts a server and waits for its first answer; then $url is its address.
serve() { # COMMAND...
  local line authority port
  exec {said}< <(exec "$@" --host 127.0.0.1 --port 0 --web-root "$work/root" --cache "$work/digests.db" 2>&1)
  server=$!
  processes+=("$server")
  read -r line <&"$said"
  authority=${line#*http://} authority=${authority%%/*} port=${authority##*:}
  url=http://$authority/
  # By the shell itself: another program takes half as long to start as rd-api.
  exec {connection}<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET /rd/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&"$connection"
  read -r line <&"$connection"
  exec {connection}>&-
  [[ $line == 'HTTP/1.1 200 '* ]]
}
serve_and_stop() {
  serve "$@"
  kill -KILL "$server"
  wait "$server" 2>/dev/null || true
  exec {said}<&-
}

serve "dist/$system/rd-api"
small=${url}file

run() {
  case $1 in
    'rd --version, of build.sh') "dist/$system/rd" --version ;;
    'rd --version, on .NET') dotnet "$(built rd)" --version ;;
    'curl --version') curl --version ;;
    'rd, 100 kB, of build.sh') "dist/$system/rd" -d "$work/blocks" -o "$work/out" "$small" ;;
    'rd, 100 kB, on .NET') dotnet "$(built rd)" -d "$work/blocks" -o "$work/out" "$small" ;;
    'curl, 100 kB') curl -sSf -o "$work/out/file" "$small" ;;
    'rd-api to its first 200, of build.sh') serve_and_stop "dist/$system/rd-api" ;;
    'rd-api to its first 200, on .NET') serve_and_stop dotnet "$(built rd-api)" ;;
  esac
}
cases=('rd --version, of build.sh' 'rd --version, on .NET' 'curl --version' 'rd, 100 kB, of build.sh' 'rd, 100 kB, on .NET' 'curl, 100 kB'
  'rd-api to its first 200, of build.sh' 'rd-api to its first 200, on .NET')
idle=$(awk '$1 == "VmRSS:" { print $2 / 1024 }' "/proc/$server/status")

TIMEFORMAT='%R %U %S'
measure() { # CASE
  local wall user kernel
  rm -f "$work/out/file"
  { time run "$1" >"$work/said" 2>&1; } 2>"$work/times" || { cat "$work/said" >&2; exit 1; }
  read -r wall user kernel <"$work/times"
  note "$1" "$(calculate "$wall * 1000")" "$(calculate "($user + $kernel) * 1000")"
}
in_rounds "$rounds" measure "${cases[@]}"

{
  echo "# Start of the programs, $(date -u +%F)"
  echo
  machine
  conditions "$rounds"
  printf "After its first answer rd-api has %.1f MiB in memory.\n" "$idle"
  echo
  echo '| command | wall ms | CPU ms |'
  echo '|---|---|---|'
  for name in "${cases[@]}"; do echo "| $name | $(cell "$name" 2) | $(cell "$name" 3) |"; done
  echo
  echo '| file of build.sh | bytes |'
  echo '|---|---|'
  stat --printf '| %n | %s |\n' "dist/$system"/*
} | publish startup
