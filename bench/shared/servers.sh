# shellcheck shell=bash
# The servers that are measured, on loopback and on ports of their own; source it after setup.sh. One of each at a time.

rd_api_start() { # ROOT OPTION...: sets rd_api (its address, with a slash at the end) and rd_api_process; it logs to $work/rd-api.log
  : >"$work/rd-api.log"
  $RD_API --host 127.0.0.1 --port 0 --web-root "$1" "${@:2}" 2>"$work/rd-api.log" &
  rd_api_process=$!
  processes+=("$rd_api_process")
  wait_for grep -q 'http://' "$work/rd-api.log"
  rd_api=$(grep -om 1 'http://[^ ,]*' "$work/rd-api.log")
}
# The rd-api that RD_API_BEFORE names, where the environment does: sets older and older_process. Call it ahead of rd_api_start.
older_start() { # ROOT OPTION...
  RD_API=$RD_API_BEFORE rd_api_start "$@"
  # shellcheck disable=SC2034 # The script that sources this reads it.
  older=$rd_api older_process=$rd_api_process
}
rd_api_hash() { # PATH: all digests of it are known when this returns
  curl -sSfo /dev/null -H 'Accept: application/x-ndjson' "${rd_api}rd/$1"
}
rd_api_stop() {
  kill "$rd_api_process"
  wait "$rd_api_process"
}

# As many workers as processors, sendfile. nginx cannot choose a port by itself: a few at random until one is free. By default it would end
# each connection after 1000 requests.
nginx_start() { # ROOT: sets nginx (its address, with a slash at the end) and nginx_process
  local try port
  for ((try = 0; try < 20; try++)); do
    port=$((20000 + RANDOM % 12000))
    cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes auto; pid $work/nginx.pid; error_log $work/nginx.log;
$([[ $EUID != 0 ]] || echo 'user root;')
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; autoindex on; keepalive_requests 1000000000; client_body_temp_path $work/n1;
  proxy_temp_path $work/n2; fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;
  server { listen 127.0.0.1:$port; root $1; }
}
CONF
    nginx -c "$work/nginx.conf" -t -q 2>/dev/null && break
  done
  nginx -c "$work/nginx.conf" 2>/dev/null &
  nginx_process=$!
  processes+=("$nginx_process")
  nginx=http://127.0.0.1:$port/
  wait_for curl -so /dev/null "$nginx"
}
nginx_stop() {
  kill "$nginx_process"
  wait "$nginx_process"
}

server_processes() { # nginx|rd-api|before
  case $1 in
    rd-api) echo "$rd_api_process" ;;
    before) echo "$older_process" ;;
    nginx) echo "$nginx_process $(<"/proc/$nginx_process/task/$nginx_process/children")" ;;
  esac
}
server_cpu() { # nginx|rd-api|before: user and system seconds until now (proc(5), fields 14 and 15)
  local process
  for process in $(server_processes "$1"); do sed 's/.*) //' "/proc/$process/stat"; done |
    awk -v hertz="$(getconf CLK_TCK)" '{ ticks += $12 + $13 } END { print ticks / hertz }'
}
server_status() { # nginx|rd-api|before FIELD: of /proc/PID/status, of all its processes together
  local process
  for process in $(server_processes "$1"); do cat "/proc/$process/status"; done | awk -v field="$2:" '$1 == field { sum += $2 } END { print sum }'
}
