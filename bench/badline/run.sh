#!/usr/bin/env bash
# How long does rd take over bad lines, against curl, wget and aria2c and against what the line allows? README.md explains.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
cd "$here/../.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C
# shellcheck source-path=SCRIPTDIR
. "$here/lines.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/line.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/server.sh"

usage() {
  cat <<TEXT
Usage: bench/badline/run.sh [OPTIONS]        (as root, on Linux)
  --lines A,B,..             of: $(printf '%s\n' "${lines[@]}" | cut -d '|' -f 1 | paste -sd ' ')
  --programs A,B,..          of: rd rd-wN curl wget aria2c-xN   [default: rd,curl,wget,aria2c-x5,aria2c-x16]
  --server NAME              rd-api or nginx; nginx has no digests but, on the line that changes bytes, SHA256SUMS [default: rd-api]
  --sweep                    rd with 1, 2, 4, 8 and 16 connections, too
  --rounds N                 [default: 3]
  --limit SECONDS            a program that takes longer is stopped [default: 200]
  --congestion-control NAME  what the kernel does for the server's sockets that ask for nothing else [default: cubic]
  --user-space               the user-space link even where the kernel has netem
  --save                     writes the table to bench/results/, too
TEXT
}

chosen_lines=$(printf '%s\n' "${lines[@]}" | cut -d '|' -f 1)
programs=(rd curl wget aria2c-x5 aria2c-x16)
rounds=3 limit=200 server=rd-api congestion_control=cubic user_space='' save='' sweep=''
while (($# > 0)); do
  case $1 in
    --lines) chosen_lines=${2//,/ } && shift ;;
    --programs) IFS=, read -ra programs <<<"$2" && shift ;;
    --sweep) sweep=yes ;;
    --rounds) rounds=$2 && shift ;;
    --server) server=$2 && shift ;;
    --limit) limit=$2 && shift ;;
    --congestion-control) congestion_control=$2 && shift ;;
    --user-space) user_space=yes ;;
    --save) save=yes ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
[[ -z $sweep ]] || programs+=(rd-w1 rd-w2 rd-w4 rd-w8 rd-w16)
((EUID == 0)) || { echo "run.sh: network namespaces need root: sudo $0" >&2; exit 1; }
[[ $server == rd-api || $server == nginx ]] || { echo "run.sh: there is no server '$server'" >&2; exit 2; }
for need in ip curl wget aria2c $([[ $server != nginx ]] || echo nginx); do
  command -v "$need" >/dev/null || { echo "run.sh: $need is missing: apt-get install iproute2 curl wget aria2 nginx-light" >&2; exit 1; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/rd-badline.XXXXXX")
root=$work/root
clean_up() {
  line_down
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for project in src/rd src/rd-api bench/badline/Link bench/badline/Cap; do
  dotnet build "$project" --configuration Release --nologo --verbosity quiet -nodeReuse:false >"$work/build.log" ||
    { cat "$work/build.log" >&2; exit 1; }
done
mkdir "$root"

command_of() { # PROGRAM URL: fills `command`
  # shellcheck disable=SC2206
  command=(${RD:-dotnet src/rd/bin/Release/net10.0/rd.dll} --temp-dir "$work/blocks" --output-dir "$work/out")
  case $1 in
    rd) command+=(--allow-unproven "$2") ;;
    rd-w*) command+=(--allow-unproven --worker "${1#rd-w}" "$2") ;;
    curl) command=(curl -sSf -o "$work/out/file" "$2") ;;
    # The peers get what helps them on such lines: with their own defaults they wait minutes for a silent connection, or give up.
    wget) command=(wget -q -c --tries=0 --timeout=10 --waitretry=1 --retry-connrefused -O "$work/out/file" "$2") ;;
    aria2c-x*)
      command=(aria2c --quiet --no-conf --dir "$work/out" --out file --split="${1#*-x}" --max-connection-per-server="${1#*-x}"
        --min-split-size=1M --file-allocation=none --max-tries=0 --retry-wait=1 --timeout=10 --connect-timeout=10 "$2")
      ;;
    *) echo "run.sh: there is no program '$1'" >&2 && exit 2 ;;
  esac
}

# One download over a line of its own: a line of `samples` with the line's name, the program, what came of it, and the seconds.
download() { # PROGRAM FILE
  rm -rf "$work/out" "$work/blocks"
  mkdir "$work/out"
  line_up
  server_start "$2"
  command_of "$1" "$(url_of "$2")"
  local restarter='' started=$EPOCHREALTIME ended=0 seconds outcome
  if [[ -n ${line[restarts]-} ]]; then
    restart_server &
    restarter=$!
  fi
  # In the background, so that a signal to this script need not wait for it.
  in_client timeout --kill-after=5 "$limit" "${command[@]}" </dev/null >"$work/said.log" 2>&1 &
  wait $! || ended=$?
  seconds=$(awk "BEGIN { printf \"%.2f\", $EPOCHREALTIME - $started }")
  [[ -z $restarter ]] || kill "$restarter" 2>/dev/null || true
  line_down
  case $ended in
    0) if cmp -s "$root/$2" "$work/out/"*; then outcome=right; else outcome=wrong; fi ;;
    124 | 137) outcome=never ;;
    *) outcome=failed:$ended ;;
  esac
  printf '%s\t%s\t%s\t%s\n' "${line[name]}" "$1" "$outcome" "$seconds" >>"$work/samples"
  echo "$(date +%T) round $round, ${line[name]}, $1: $outcome, $seconds s (limit $(line_limit) s)" >&2
  [[ $carrier == netem ]] || sed -n 's/^\(down\|up\): /  \1: /p' "$work/link.log" >&2
  [[ $outcome == right || $outcome == wrong ]] || tail -n 3 "$work/said.log" >&2
}

for ((round = 1; round <= rounds; round++)); do
  seed=$round
  for name in $chosen_lines; do
    choose_line "$name" || { echo "run.sh: there is no line '$name'" >&2; exit 2; }
    file=${line[megabytes]}MB
    # rd-api does not rely on what was written within the last seconds.
    [[ -e $root/$file ]] || { head -c "${line[megabytes]}000000" /dev/urandom >"$root/$file" && touch -d '1 hour ago' "$root/$file"; }
    while IFS= read -r program; do download "$program" "$file"; done < <(shuf -e "${programs[@]}")
  done
done

# shellcheck source-path=SCRIPTDIR
. "$here/table.sh"
result=/dev/null
if [[ -n $save ]]; then
  mkdir -p bench/results
  # No table that is there is lost.
  base=bench/results/$(date -u +%F)-badline-$server number=1 result=$base.md
  while [[ -e $result ]]; do result=$base-$((++number)).md; done
fi
table | tee "$result"
