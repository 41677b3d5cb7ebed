# shellcheck shell=bash
# rd-api or nginx in the server's namespace, with what the line's properties add: restarts, and a proxy that caps each connection.
# Source it after line.sh and lines.sh; the caller gives `root` (the web root), `here` and `server` (rd-api or nginx), too.

url_of() { echo "http://$server_address:$((${line[cap]:-0} > 0 ? 8081 : 8080))/$1"; }

server_start() { # FILE: its digests are known when this returns
  "start_$server"
  "digests_of_$server" "$1"
  if ((${line[cap]:-0} > 0)); then
    : >"$work/cap.log"
    ip netns exec "$server_space" dotnet "$here/Cap/bin/Release/net10.0/cap.dll" "$server_address:8081" "$server_address:8080" \
      "${line[cap]}" >"$work/cap.log" &
    disown
    wait_for grep -q ready "$work/cap.log"
  fi
}

digests_of_rd-api() {
  in_server curl -sSf -H 'Accept: application/x-ndjson' "http://$server_address:8080/rd/$1" >"$work/digests.log"
}

# Without any where nothing is changed: rd is to be measured as the others are, which look for none.
digests_of_nginx() {
  rm -f "$root/SHA256SUMS"
  [[ -z ${line[corrupt]-} ]] || (cd "$root" && sha256sum "$1" >SHA256SUMS)
}

# One process, so that it can be killed by its number.
start_nginx() {
  cat >"$work/nginx.conf" <<CONF
daemon off; master_process off; pid $work/nginx.pid; error_log $work/nginx.log;
$([[ $EUID != 0 ]] || echo 'user root;')
events { worker_connections 1024; }
http { access_log off; sendfile on; tcp_nopush on; client_body_temp_path $work/n1; proxy_temp_path $work/n2; fastcgi_temp_path $work/n3;
  uwsgi_temp_path $work/n4; scgi_temp_path $work/n5; server { listen $server_address:8080; root $root; } }
CONF
  ip netns exec "$server_space" nginx -c "$work/nginx.conf" 2>"$work/nginx.log" &
  echo $! >"$work/server.pid"
  disown
  wait_for in_server curl -so /dev/null "http://$server_address:8080/"
}

start_rd-api() {
  : >"$work/rd-api.log"
  # Not by in_server: $! would be a shell's.
  ip netns exec "$server_space" dotnet src/rd-api/bin/Release/net10.0/rd-api.dll --host "$server_address" --port 8080 --web-root "$root" \
    --cache "$work/digests.db" 2>"$work/rd-api.log" &
  echo $! >"$work/server.pid"
  disown
  wait_for grep -q 'http://' "$work/rd-api.log"
}

# Runs beside the download.
restart_server() {
  local now=0 at
  for at in $(restarts); do
    sleep "$((at - now))"
    kill -KILL "$(<"$work/server.pid")"
    sleep "$restart_seconds"
    "start_$server"
    now=$((at + restart_seconds))
  done
}
