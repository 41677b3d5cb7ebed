#!/usr/bin/env bash
# What do bad mirrors cost a download from good ones? Two rd-api of 20 MiB/s each alone, then with one mirror that is slow (200 KiB/s), one with an older
# version, one that flips bits and one that is gone. Usage: bench/mirrors/run.sh [ROUNDS [MIB]]; over loopback. RD and RD_API name other programs.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs curl python3

rounds=${1:-3}
mib=${2:-400}
programs
mkdir "$work/new" "$work/old" "$work/out"
head -c "${mib}M" /dev/urandom >"$work/new/file"
head -c "${mib}M" /dev/urandom >"$work/old/file"
touch -d '1 hour ago' "$work/new/file"
touch -d '1 day ago' "$work/old/file"
right=$(sha256sum <"$work/new/file")

serve() { # NAME FOLDER RATE: sets url[NAME]
  "$RD_API" --host 127.0.0.1 --port 0 --cache "$work/$1.db" --limit-rate "$3" "$2" 2>"$work/$1.log" &
  processes+=($!)
  wait_for grep -q 'http://' "$work/$1.log"
  url[$1]=$(grep -om 1 'http://[^ ,]*/' "$work/$1.log")file
}
declare -A url
serve one "$work/new" 20M
serve two "$work/new" 20M
serve slow "$work/new" 200K
serve older "$work/old" 20M
# One byte of each range is another.
python3 - "$work/new/file" >"$work/flips" <<'PYTHON' &
import http.server, os, re, socketserver, sys
name = sys.argv[1]
size = os.path.getsize(name)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *words): pass
    def do_GET(self):
        asked = re.match(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if self.path != "/file" or not asked:
            self.send_response(404); self.send_header("Content-Length", "0"); self.end_headers(); return
        first, last = int(asked[1]), min(int(asked[2]), size - 1)
        with open(name, "rb") as file:
            file.seek(first)
            content = bytearray(file.read(last - first + 1))
        content[len(content) // 2] ^= 1
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", self.date_time_string(os.path.getmtime(name)))
        self.end_headers()
        self.wfile.write(content)
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}/file", flush=True)
server.serve_forever()
PYTHON
processes+=($!)
wait_for grep -q http "$work/flips"
url[flips]=$(<"$work/flips")
url[gone]=http://127.0.0.1:1/file
# The digests are known before anybody measures.
curl -sSfo /dev/null -H 'Accept: application/x-ndjson' "${url[one]%file}rd/file"

bad() { # NAME...: options for these mirrors
  local name
  for name in "$@"; do printf '%s\n' --mirror "${url[$name]}"; done
}
measure() { # CASE
  local mirrors started
  rm -rf "$work/out" "$work/blocks"
  mkdir "$work/out"
  case $1 in
    'the two good ones') mapfile -t mirrors < <(bad two) ;;
    'and a slow one') mapfile -t mirrors < <(bad two slow) ;;
    'and one with an older version') mapfile -t mirrors < <(bad two older) ;;
    'and one that flips bits') mapfile -t mirrors < <(bad two flips) ;;
    'and one that is gone') mapfile -t mirrors < <(bad two gone) ;;
    'and all four') mapfile -t mirrors < <(bad two slow older flips gone) ;;
  esac
  started=$EPOCHREALTIME
  "$RD" -q -d "$work/blocks" -o "$work/out" "${mirrors[@]}" "${url[one]}" || { echo "$1: rd failed" >&2; exit 1; }
  note "$1" "$(calculate "$EPOCHREALTIME - $started")"
  [[ $(sha256sum <"$work/out/file") == "$right" ]] || { echo "$1: a wrong copy" >&2; exit 1; }
}
cases=('the two good ones' 'and a slow one' 'and one with an older version' 'and one that flips bits' 'and one that is gone' 'and all four')
in_rounds "$rounds" measure "${cases[@]}"

{
  echo "# Bad mirrors beside good ones, $(date -u +%F)"
  echo
  machine
  echo "$mib MiB from two rd-api of 20 MiB/s each over loopback, proven by the digests of blocks; each copy compared by its SHA-256."
  conditions "$rounds"
  echo
  echo '| mirrors | seconds | against the good ones |'
  echo '|---|---|---|'
  for name in "${cases[@]}"; do echo "| $name | $(cell "$name" 2 %.2f) | $(ratio "$name" "${cases[0]}" 2) |"; done
} | publish mirrors
