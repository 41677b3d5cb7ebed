# shellcheck shell=bash
# The lines, one each: name | what it is | file in MB | properties. Source it; choose_line NAME fills `line`.
#   rate      Mbit/s in each direction, IP headers counted     rtt       round trip in ms
#   loss      % of the packets, both directions                loss_up   % on the way of requests and ACKs, if another
#   corrupt   % of the TCP packets, changed so that the checksum still fits
#   outage    5s/8s: the last 5 s of each 8 s; 60s@3s: once for 60 s, 3 s after the first packet
#   restarts  seconds after the start at which rd-api is killed; started again 3 s later
#   cap       bytes/s of each connection, by a proxy before rd-api
#   mtu       bytes, if another than 1500: one core carries 1 Gbit/s of small packets only if nobody else wants it
lines=(
  'lossy|100 ms round trip, 1 % loss, 50 Mbit/s|10|rate=50 rtt=100 loss=1'
  'far|300 ms, 3 % loss, 20 Mbit/s|10|rate=20 rtt=300 loss=3'
  'outages|80 ms, 20 Mbit/s, every 8 s nothing for 5 s|30|rate=20 rtt=80 outage=5s/8s'
  'changed|20 ms, 200 Mbit/s, 1 packet in 10,000 changed|30|rate=200 rtt=20 corrupt=0.01'
  'satellite|2 s, 1 Mbit/s|2|rate=1 rtt=2000'
  'clean|1 ms, 1 Gbit/s, packets of 9000 bytes|500|rate=1000 rtt=1 mtu=9000'
  'asymmetric|100 ms, 50 Mbit/s, 0.5 % loss of data, 5 % of requests and ACKs|10|rate=50 rtt=100 loss=0.5 loss_up=5'
  'dead|50 ms, 50 Mbit/s, dies for 60 s once|30|rate=50 rtt=50 outage=60s@3s'
  'restarts|50 ms, 50 Mbit/s, rd-api is killed twice and back after 3 s|30|rate=50 rtt=50 restarts=2,6'
  'capped|20 ms, 100 Mbit/s, a proxy gives each connection 200 KB/s|10|rate=100 rtt=20 cap=200000'
)

restart_seconds=3
# As many as rd opens to one server.
most_connections=16

declare -A line

choose_line() { # NAME; false if there is none
  local entry properties pair
  for entry in "${lines[@]}"; do
    [[ $entry == "$1|"* ]] || continue
    line=()
    IFS='|' read -r 'line[name]' 'line[title]' 'line[megabytes]' properties <<<"$entry"
    for pair in $properties; do line[${pair%%=*}]=${pair#*=}; done
    return
  done
  return 1
}

restarts() { echo "${line[restarts]-}" | tr , " "; }

# START:LENGTH in seconds of each time that the line or the server is away.
times_away() {
  local outage=${line[outage]-} at
  outage=${outage//s/}
  case $outage in
    */*) for ((at = 1; at <= 100; at++)); do echo "$((${outage#*/} * at - ${outage%/*})):${outage%/*}"; done ;;
    *@*) echo "${outage#*@}:${outage%@*}" ;;
  esac
  for at in $(restarts); do echo "$at:$restart_seconds"; done
}

# The seconds below which no program can be: two round trips until the first byte comes (TCP's handshake, the request), then all bytes
# at full rate but for the headers, 52 bytes in each packet; the clock goes on while the line or the server is away.
line_limit() {
  times_away | awk -F : -v bytes="${line[megabytes]}000000" -v rate="${line[rate]}" -v rtt="${line[rtt]}" \
    -v mtu="${line[mtu]-1500}" -v all_caps="$((${line[cap]:-0} * most_connections))" '
    BEGIN {
      payload = rate * 1e6 / 8 * (mtu - 52) / mtu
      if (all_caps && all_caps < payload) payload = all_caps
      left = 2 * rtt / 1000 + bytes / payload
    }
    left > $1 - now { left -= $1 - now; now = $1 + $2 }
    END { printf "%.1f", now + left }'
}
