# shellcheck shell=bash
# rd-api in the server's namespace, with what the line's properties add: restarts, and a proxy that caps each connection.
# Source it after line.sh and lines.sh; the caller gives `root` (the web root) and `here`, too.

url_of() { echo "http://$server_address:$((${line[cap]:-0} > 0 ? 8081 : 8080))/$1"; }

server_start() { # FILE: rd-api knows its digests when this returns
  api_start
  in_server curl -sSf -H 'Accept: application/x-ndjson' "http://$server_address:8080/rd/$1" >"$work/digests.log"
  if ((${line[cap]:-0} > 0)); then
    : >"$work/cap.log"
    ip netns exec "$server_space" dotnet "$here/Cap/bin/Release/net10.0/cap.dll" "$server_address:8081" "$server_address:8080" \
      "${line[cap]}" >"$work/cap.log" &
    disown
    wait_for grep -q ready "$work/cap.log"
  fi
}

api_start() {
  : >"$work/rd-api.log"
  # Not by in_server: $! would be a shell's.
  ip netns exec "$server_space" dotnet src/rd-api/bin/Release/net10.0/rd-api.dll --host "$server_address" --port 8080 --web-root "$root" \
    --cache "$work/digests.db" 2>"$work/rd-api.log" &
  echo $! >"$work/rd-api.pid"
  disown
  wait_for grep -q 'http://' "$work/rd-api.log"
}

# Runs beside the download.
restart_server() {
  local now=0 at
  for at in $(restarts); do
    sleep "$((at - now))"
    kill -KILL "$(<"$work/rd-api.pid")"
    sleep "$restart_seconds"
    api_start
    now=$((at + restart_seconds))
  done
}
