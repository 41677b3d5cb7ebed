#!/usr/bin/env bash
# Serves a file with rd-api, downloads it with rd, kills rd half-way, starts it again, and compares the result byte for byte.
# Usage: ./demo.sh [FILE]; without FILE a tar of the installed .NET SDK, about 700 MiB. Needs the .NET SDK only.
set -euo pipefail
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

fail() { echo "demo: $*" >&2; exit 1; }
size_of() { stat -c %s "$1"; }

file=
if (($# > 0)); then
  [[ -f $1 && -r $1 ]] || fail "'$1' is no file that can be read"
  file=$(realpath "$1")
fi
cd "$(dirname "$0")"

work=$(mktemp -d "${TMPDIR:-/tmp}/rd-demo.XXXXXX")
server=
client=
clean_up() {
  for process in $client $server; do
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

echo "Building rd and rd-api."
for program in rd rd-api; do
  dotnet build "src/$program" --configuration Release --nologo --verbosity quiet -nodeReuse:false >"$work/build.log" 2>&1 ||
    { cat "$work/build.log" >&2; fail "the build failed"; }
done
rd=(dotnet "$PWD/src/rd/bin/Release/net10.0/rd.dll")
rd_api=(dotnet "$PWD/src/rd-api/bin/Release/net10.0/rd-api.dll")

if [[ -z $file ]]; then
  dotnet_folder=$(dirname "$(dotnet --list-sdks | sed -n '1s/.*\[\(.*\)\]$/\1/p')")
  mkdir "$work/root"
  file=$work/root/dotnet-sdk.tar
  tar -C "$dotnet_folder" -cf "$file" .
  echo "Made a tar of the .NET SDK's files: $(($(size_of "$file") >> 20)) MiB."
fi
name=$(basename "$file")
size=$(size_of "$file")

# The name as a URL has it: each byte that is not plain, as %XX.
encoded=$(printf %s "$name" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g')

: >"$work/rd-api.log"
"${rd_api[@]}" --host 127.0.0.1 --port 0 --web-root "$(dirname "$file")" --cache "$work/digests.db" 2>"$work/rd-api.log" &
server=$!
port=
for ((i = 0; i < 1000; i++)); do
  port=$(sed -nE 's|.*http://[^ ]*:([0-9]+).*|\1|p' "$work/rd-api.log" | head -n 1)
  [[ -z $port ]] || break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.02
done
[[ -n $port ]] || { cat "$work/rd-api.log" >&2; fail "rd-api did not start"; }
url=http://127.0.0.1:$port/$encoded
echo "rd-api serves the folder of $name on port $port."

download() { exec "${rd[@]}" --temp-dir "$work/blocks" --output-dir "$work/out" --progress-interval 0.1 "$url" 2>"$work/rd.log"; }
percent() { sed -nE 's/.*: ([0-9]+) %.*/\1/p' "$work/rd.log" | tail -n 1; }

# rd is killed as soon as it says that a third is there. On a fast machine the rest may arrive before the signal does: then once more.
killed=
for try in 1 2 3 4 5; do
  rm -rf "$work/blocks" "$work/out"
  mkdir "$work/out"
  : >"$work/rd.log"
  download &
  client=$!
  at=0
  while ((at < 33)) && kill -0 "$client" 2>/dev/null; do
    sleep 0.01
    at=$(percent)
    at=${at:-0}
  done
  kill -KILL "$client" 2>/dev/null || true
  ended=0
  wait "$client" 2>/dev/null || ended=$?
  client=
  if ((ended == 128 + 9)) && [[ ! -e $work/out/$name ]]; then
    killed=yes
    break
  fi
  ((ended == 0 || ended == 128 + 9)) || { cat "$work/rd.log" >&2; fail "rd failed before it could be killed"; }
  echo "Try $try: the download was over before it could be killed; once more."
done
[[ -n $killed ]] || fail "$name arrives too fast to be killed half-way; give a larger file"
echo "rd started, and was killed with SIGKILL at $at %."

download &
client=$!
ended=0
wait "$client" || ended=$?
client=
sed 's/^/  rd says: /' "$work/rd.log" | grep -vE ': [0-9]+ %|asking the server' || true
((ended == 0)) || fail "rd ended with $ended when it was started again"
grep -q 'from before' "$work/rd.log" || fail "rd did not continue: it began anew"
echo "rd started again, continued, and ended with 0."

cmp "$file" "$work/out/$name" || fail "the copy is not the same as $file"
echo "Compared byte for byte: $size bytes, all the same."

kill -TERM "$server"
ended=0
wait "$server" || ended=$?
server=
((ended == 0)) || fail "rd-api ended with $ended at its SIGTERM"
echo "rd-api stopped cleanly. The demonstration succeeded."
