#!/usr/bin/env bash
# How long do rd and rd-api take to start? Programs of ./build.sh against those that need .NET on the machine, and curl for scale; all
# once in each round in random order, over loopback. Usage: bench/startup/run.sh [ROUNDS]; needs curl.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p bench/results
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C

rounds=${1:-15}
system=linux-$([[ $(uname -m) == aarch64 ]] && echo arm64 || echo x64)
work=$(mktemp -d "${TMPDIR:-/tmp}/rd-startup.XXXXXX")
servers=()
clean_up() {
  for process in "${servers[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap clean_up EXIT

./build.sh "$system" >/dev/null
for program in rd rd-api; do
  dotnet build "src/$program" --configuration Release --nologo --verbosity quiet -nodeReuse:false >/dev/null
done
built() { echo "src/$1/bin/Release/net10.0/$1.dll"; }

mkdir "$work/root" "$work/out"
head -c 100000 /dev/urandom >"$work/root/file"

# Starts a server and waits for its first answer; then $url is its address.
serve() { # COMMAND...
  local line=
  exec {said}< <(exec "$@" --host 127.0.0.1 --port 0 --web-root "$work/root" --cache "$work/digests.db" 2>&1)
  server=$!
  servers+=("$server")
  read -r line <&"$said"
  url=$(grep -o 'http://[^ ,]*' <<<"$line")
  curl -sSf -o /dev/null "${url}rd/"
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
    'rd, 100 kB, of build.sh') "dist/$system/rd" -d "$work/blocks" -o "$work/out" "$small" ;;
    'rd, 100 kB, on .NET') dotnet "$(built rd)" -d "$work/blocks" -o "$work/out" "$small" ;;
    'curl, 100 kB') curl -sSf -o "$work/out/file" "$small" ;;
    'rd-api to its first 200, of build.sh') serve_and_stop "dist/$system/rd-api" ;;
    'rd-api to its first 200, on .NET') serve_and_stop dotnet "$(built rd-api)" ;;
  esac
}
cases=('rd --version, of build.sh' 'rd --version, on .NET' 'rd, 100 kB, of build.sh' 'rd, 100 kB, on .NET' 'curl, 100 kB'
  'rd-api to its first 200, of build.sh' 'rd-api to its first 200, on .NET')

TIMEFORMAT='%R %U %S'
for ((round = 0; round <= rounds; round++)); do
  while IFS= read -r name; do
    rm -f "$work/out/file"
    { time run "$name" >"$work/said" 2>&1; } 2>"$work/times" || { cat "$work/said" >&2; exit 1; }
    # The warm-up round is not counted.
    if ((round > 0)); then awk -v name="$name" '{ print name "\t" $1 * 1000 "\t" ($2 + $3) * 1000 }' "$work/times" >>"$work/samples"; fi
  done < <(shuf -e "${cases[@]}")
done

column() { awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$work/samples" | sort -n; }
median() { awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

result=bench/results/$(date -u +%F)-startup.md
{
  echo "# Start of the programs, $(date -u +%F)"
  echo
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs," \
    "Linux $(uname -r | cut -d - -f 1), .NET $(dotnet --version). Load when it ended: $(cut -d ' ' -f 1 /proc/loadavg)."
  echo "$rounds rounds after one that is not counted, random order within a round. 'To its first 200' has a curl in it."
  echo
  echo '| command | wall ms, median | range | CPU ms, median | range |'
  echo '|---|---|---|---|---|'
  for name in "${cases[@]}"; do
    row="| $name"
    for column in 2 3; do
      values=$(column "$name" $column)
      row+=" | $(median <<<"$values") | $(head -n 1 <<<"$values")-$(tail -n 1 <<<"$values")"
    done
    echo "$row |"
  done
  echo
  echo '| file of build.sh | bytes |'
  echo '|---|---|'
  stat --printf '| %n | %s |\n' "dist/$system"/*
} >"$result"
cat "$result"
