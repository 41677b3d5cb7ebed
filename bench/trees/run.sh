#!/usr/bin/env bash
# How long does a whole folder take: rd -r from rd-api, rsync from its daemon, and rclone, aria2c, wget and wget2 from nginx? Over loopback, or over a
# line of bench/badline. Each copy is compared with the original.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
. bench/badline/lines.sh
here=$PWD/bench/badline
. bench/badline/line.sh
. bench/trees/trees.sh

usage() {
  cat <<TEXT
Usage: bench/trees/run.sh [OPTIONS] [ROUNDS]        (3 rounds by default)
  --tree NAME        $(printf '%s\n' "${trees[@]}" | cut -d '|' -f 1 | paste -sd ' ') [default: small]
  --line NAME        a line of bench/badline instead of loopback (as root), or ideal: 100 ms, 50 Mbit/s, nothing lost
  --programs A,B,..  of: rd rsync rsync-fsync rclone-4 rclone-64 aria2c wget wget2 [default: rd,rsync,rclone-64,wget2]
  --again PERCENT    the second run: the copy is there already, and PERCENT of the files are other ones (rd and rsync only)
  --large-files N    of the tree "large" [default: 100]
  --limit SECONDS    a program that takes longer is stopped [default: 150]
TEXT
}
tree=small line_name='' rounds=3 again='' large_files=100 limit=150 congestion_control=cubic user_space='' seed=1
programs=(rd rsync rclone-64 wget2)
while (($# > 0)); do
  case $1 in
    --tree) tree=$2 && shift ;;
    --line) line_name=$2 && shift ;;
    --programs) IFS=, read -ra programs <<<"$2" && shift ;;
    --again) again=$2 && shift ;;
    --large-files) large_files=$2 && shift ;;
    --limit) limit=$2 && shift ;;
    -h | --help) usage && exit ;;
    *) [[ $1 =~ ^[1-9][0-9]*$ ]] || { usage >&2 && exit 2; } && rounds=$1 ;;
  esac
  shift
done
needs curl nginx:nginx-light rsync rclone aria2c:aria2 wget wget2 python3
compared=("${programs[@]}")
programs
programs=("${compared[@]}")

make_tree "$tree"
address=127.0.0.1
within_server=() within_client=()
if [[ -n $line_name ]]; then
  ((EUID == 0)) || { echo "run.sh: network namespaces need root" >&2; exit 1; }
  build bench/badline/Link
  if [[ $line_name == ideal ]]; then line=([name]=ideal [title]='100 ms round trip, 50 Mbit/s' [rate]=50 [rtt]=100); else choose_line "$line_name"; fi
  address=$server_address
  within_server=(ip netns exec "$server_space") within_client=(ip netns exec "$client_space")
  trap 'line_down; clean_up' EXIT
fi

cat >"$work/rsyncd.conf" <<CONF
use chroot = no
port = 8730
address = $address
[root]
path = $work/root
read only = yes
CONF
cat >"$work/nginx.conf" <<CONF
daemon off; worker_processes auto; pid $work/nginx.pid; error_log $work/nginx.log;
$([[ $EUID != 0 ]] || echo 'user root;')
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; autoindex on; keepalive_requests 1000000000; client_body_temp_path $work/n1;
  proxy_temp_path $work/n2; fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4; scgi_temp_path $work/n5;
  server { listen $address:8732; root $work/root; }
}
CONF

serve() { # COMMAND...
  "${within_server[@]}" "$@" >"$work/server.log" 2>&1 &
  server=$!
  processes+=("$server")
}
reachable() { "${within_server[@]}" bash -c "exec 3<>/dev/tcp/$address/$1" 2>/dev/null; } # PORT
start_for() { # PROGRAM: sets `server`
  case $1 in
    rd) serve "$RD_API" --host "$address" --port 8731 --web-root "$work/root" --hidden --cache "$work/digests.db" && wait_for reachable 8731 ;;
    rsync*) serve rsync --daemon --no-detach --config "$work/rsyncd.conf" && wait_for reachable 8730 ;;
    *) serve nginx -c "$work/nginx.conf" && wait_for reachable 8732 ;;
  esac
}

command_of() { # PROGRAM: fills `command`; the copy becomes $work/copy/TREE
  local web=http://$address:8732
  case $1 in
    rd) command=("$RD" -r -o "$work/copy" "http://$address:8731/$tree/") ;;
    rsync) command=(rsync -a --timeout=20 "rsync://$address:8730/root/$tree/" "$work/copy/$tree/") ;;
    rsync-fsync) command=(rsync -a --fsync --timeout=20 "rsync://$address:8730/root/$tree/" "$work/copy/$tree/") ;;
    rclone-*) command=(rclone copy --config /dev/null --transfers "${1#*-}" --checkers 16 --http-url "$web" ":http:$tree" "$work/copy/$tree") ;;
    wget) command=(wget -q -r -np -nH --reject 'index.html*' -P "$work/copy" "$web/$tree/") ;;
    wget2) command=(wget2 -q -r -np -nH --max-threads=16 --reject 'index.html*' -P "$work/copy" "$web/$tree/") ;;
    aria2c)
      (cd "$work/root" && find "$tree" -type f -printf "$web/%p\n dir=$work/copy/%h\n") >"$work/list"
      command=(aria2c --quiet --no-conf -j 16 -i "$work/list" --file-allocation=none)
      ;;
    *) echo "run.sh: there is no program '$1'" >&2 && exit 2 ;;
  esac
}

change_files() { # of the copy: as many PERCENT other content of the same size, and another time
  local number=0
  while IFS= read -r -d '' file; do
    ((number++ % 100 >= again)) || { head -c "$(stat -c %s "$file")" /dev/urandom >"$file.new" && mv "$file.new" "$file"; }
  done < <(find "$work/copy/$tree" -type f -print0 | sort -z)
}

measure() { # PROGRAM
  local ended=0 started seconds used outcome
  rm -rf "$work/copy" && mkdir "$work/copy"
  command_of "$1"
  if [[ -n $again ]]; then cp -a "$work/root/$tree" "$work/copy/" && change_files; fi
  sync
  [[ -z $line_name ]] || line_up
  start_for "$1"
  started=$EPOCHREALTIME
  # shellcheck disable=SC2016 # The inner shell expands them.
  "${within_client[@]}" timeout --kill-after=5 "$limit" bash -c '"$@"; code=$?; times >&2; exit $code' - "${command[@]}" </dev/null >"$work/said" 2>"$work/used" &
  wait $! || ended=$?
  seconds=$(calculate "$EPOCHREALTIME - $started")
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  [[ -z $line_name ]] || line_down
  # The line of `times` about children: 0m1.234s 0m0.567s
  used=$(tail -n 1 "$work/used" | sed 's/[ms]/ /g' | awk 'NF == 4 { print $1 * 60 + $2 + $3 * 60 + $4 }')
  case $ended in
    0) if diff -rq --exclude 'index.html*' "$work/root/$tree" "$work/copy/$tree" >"$work/differences"; then outcome=right; else outcome=wrong; fi ;;
    124 | 137) outcome="$(find "$work/copy" -type f | wc -l) files until stopped" ;;
    *) outcome=failed:$ended ;;
  esac
  note "$1" "$seconds" "${used:-0}" "$outcome"
  echo "$1: $seconds s, $outcome" >&2
  [[ $outcome == right ]] || tail -n 3 "$work/said" "$work/used" >&2
}
in_rounds "$rounds" measure "${programs[@]}"

{
  echo "# A folder, ${line_name:-loopback}: $(date -u +%F)"
  echo
  machine
  echo "$(printf '%s\n' "${trees[@]}" | sed -n "s/^$tree|//p" | sed "s/LARGE_FILES/$large_files/"), $(find "$work/root/$tree" -type f | wc -l) files," \
    "$(du -sb --apparent-size "$work/root/$tree" | cut -f 1) bytes${line_name:+; ${line[title]}, by ${carrier:-}}." \
    "${again:+The copy is there already; $again % of its files are other ones.}"
  echo "$(rsync --version | sed -n '1s/ *protocol.*//p'), $(rclone version | head -n 1), $(wget2 --version | sed -n '1s/ -.*//p'), nginx for them." \
    "rd and rsync --fsync flush everything to the disk, the others do not."
  conditions "$rounds"
  echo
  echo '| | seconds | CPU seconds | against rsync | copies |'
  echo '|---|---|---|---|---|'
  for name in "${programs[@]}"; do
    echo "| $name | $(cell "$name" 2 %.2f) | $(cell "$name" 3 %.2f) | $(ratio "$name" rsync 2)" \
      "| $(awk -F '\t' -v name="$name" '$1 == name { n[$4]++ } END { for (o in n) printf "%d × %s ", n[o], o }' "$work/samples") |"
  done
} | publish "trees-$tree${again:+-again-$again}-${line_name:-loopback}"
