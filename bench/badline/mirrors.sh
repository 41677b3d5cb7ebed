#!/usr/bin/env bash
# How much of the sum of two lines does rd use, with a mirror (nginx) behind each? As root, on Linux; README.md explains the line.
# Usage: bench/badline/mirrors.sh [ROUNDS]; RD names another rd than the one that is built here.
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

rounds=${1:-3}
megabytes=100
# shellcheck disable=SC2034 # line.sh and server.sh read them.
seed=1 congestion_control=cubic user_space='' server=nginx
line=([rate]=20 [rtt]=50)
work=$(mktemp -d "${TMPDIR:-/tmp}/rd-mirrors.XXXXXX")
root=$work/root
# Of each line: the namespace of its server, its addresses, its devices.
servers=("badline-$$-one 192.0.2.1 192.0.2.2 bad$$x" "badline-$$-two 198.51.100.1 198.51.100.2 bad$$y")
choose_server() { read -r server_space server_address client_address device <<<"${servers[$1]}"; }
clean_up() {
  choose_server 0 && line_down
  choose_server 1 && line_down
  rm -rf "$work"
}
trap clean_up EXIT
((EUID == 0)) || { echo "mirrors.sh: network namespaces need root: sudo $0" >&2; exit 1; }

for project in src/rd bench/badline/Link; do
  dotnet build "$project" --configuration Release --nologo --verbosity quiet -nodeReuse:false >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
done
mkdir "$root"
head -c "${megabytes}000000" /dev/urandom >"$root/file"
urls=()
for which in 0 1; do
  choose_server "$which"
  line_up
  start_nginx
  urls+=("$(url_of file)")
done

seconds_of() { # OPTION...
  rm -rf "$work/out" "$work/blocks"
  local started=$EPOCHREALTIME
  # shellcheck disable=SC2086
  in_client ${RD:-dotnet src/rd/bin/Release/net10.0/rd.dll} --temp-dir "$work/blocks" --output-dir "$work/out" --quiet --allow-unproven "$@" "${urls[0]}" 2>"$work/said.log" ||
    { cat "$work/said.log" >&2; return 1; }
  awk "BEGIN { printf \"%.2f\", $EPOCHREALTIME - $started }"
  cmp "$work/out/file" "$root/file"
}

echo "# Two mirrors, a line of ${line[rate]} Mbit/s and ${line[rtt]} ms each, $megabytes MB, $(date -u +%F); $carrier"
echo
echo '| round | one mirror | two mirrors | of the sum of both lines |'
echo '|---|---|---|---|'
for ((round = 1; round <= rounds; round++)); do
  one=$(seconds_of)
  two=$(seconds_of --mirror "${urls[1]}")
  # 1448 of 1500 bytes are the file's.
  echo "| $round | $one s | $two s | $(awk "BEGIN { printf \"%.0f %%\", 100 * $megabytes * 8 / $two / (2 * ${line[rate]} * 1448 / 1500) }") |"
done
