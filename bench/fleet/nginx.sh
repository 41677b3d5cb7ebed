# shellcheck shell=bash
# nginx before a fleet, as docs/fleet.md has it; source it after setup.sh.
# shellcheck disable=SC2016,SC2154 # The backticks are the page's; setup.sh sets work.

nginx_before() { # ADDRESS...: of the replicas (http://HOST:PORT/); sets cache (nginx's own address, with a slash at the end) and cache_process
  local port=$((20000 + RANDOM % 12000)) address places=''
  for address in "$@"; do places+="  server $(cut -d / -f 3 <<<"$address") max_fails=1 fail_timeout=5s;\\n"; done
  {
    echo "worker_processes auto; pid $work/nginx.pid; error_log $work/nginx.log; daemon off;"
    [[ $EUID != 0 ]] || echo 'user root;'
    echo "events { worker_connections 4096; } http { access_log off; client_body_temp_path $work/n1; proxy_temp_path $work/n2;"
    echo "fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;"
    sed -n '/^```nginx$/,/^```$/p' docs/fleet.md | sed -e '/^```/d' -e "s|/var/cache/nginx/rd|$work/cache|" -e "s|listen 80;|listen 127.0.0.1:$port;|" \
      -e '/server 192\.0\.2\.12:8082/d' -e "s|^ *server 192\\.0\\.2\\.11:8082 .*|$places|"
    echo '}'
  } >"$work/nginx.conf"
  nginx -c "$work/nginx.conf" 2>/dev/null &
  # shellcheck disable=SC2034 # The script that sources this reads both.
  cache_process=$! cache=http://127.0.0.1:$port/
  processes+=($!)
  wait_for curl -so /dev/null "${cache}healthz"
}
