# shellcheck shell=bash
# A line between two network namespaces of this process; source it. The line is what the associative array `line` says (lines.sh).
# The caller gives `work` (a folder), `seed`, `congestion_control` and `user_space` (not empty: never netem).

# Addresses for documentation (RFC 5737): they are nobody's, and exist in the namespaces only.
server_address=192.0.2.1
client_address=192.0.2.2
server_space=badline-$$-server
client_space=badline-$$-client
device=bad$$ # the beginning of the devices' names; another line needs another, and another server_space and addresses
link_processes=()
carrier='' # what carried the packets, for the table

in_server() { ip netns exec "$server_space" "$@"; }
in_client() { ip netns exec "$client_space" "$@"; }

wait_for() { # COMMAND...: until it succeeds, 20 s at the most
  for ((i = 0; i < 1000; i++)); do
    if "$@"; then return; fi
    sleep 0.02
  done
  echo "gave up waiting: $*" >&2
  exit 1
}

line_up() {
  ip netns add "$server_space"
  [[ -e /run/netns/$client_space ]] || ip netns add "$client_space"
  ip -n "$server_space" link set lo up
  ip -n "$client_space" link set lo up
  if [[ -z $user_space ]] && netem_can; then netem_line; else link_line; fi
  device_up "$server_space" "${device}s" "$server_address" "$client_address"
  device_up "$client_space" "${device}c" "$client_address" "$server_address"
  server_congestion_control "$congestion_control"
}

line_down() {
  local process
  for process in "${link_processes[@]}"; do
    kill "$process" 2>/dev/null || true
    wait "$process" || true
  done
  link_processes=()
  for space in "$server_space" "$client_space"; do
    [[ -e /run/netns/$space ]] || continue
    ip netns pids "$space" | xargs -r kill -KILL
    ip netns del "$space"
  done
}

# What netem has no words for: outages, and changes that a checksum does not see.
netem_can() {
  [[ -z ${line[outage]-}${line[corrupt]-} ]] && tc -n "$server_space" qdisc add dev lo root netem delay 1ms 2>/dev/null &&
    tc -n "$server_space" qdisc del dev lo root
}

netem_line() {
  carrier=netem
  ip -n "$server_space" link add "${device}s" type veth peer name "${device}c" netns "$client_space"
  # The queue in packets: those on the way, and one round trip or 100 ms waiting.
  local rate=${line[rate]} rtt=${line[rtt]} mtu=${line[mtu]-1500}
  local packets=$((rate * (rtt / 2 + (rtt > 100 ? rtt : 100)) * 1000 / 8 / mtu + 100))
  local common="delay $((rtt * 500))us rate ${rate}mbit limit $packets"
  # shellcheck disable=SC2086
  tc -n "$server_space" qdisc add dev "${device}s" root netem $common loss "${line[loss]-0}%"
  # shellcheck disable=SC2086
  tc -n "$client_space" qdisc add dev "${device}c" root netem $common loss "${line[loss_up]-${line[loss]-0}}%"
}

link_line() {
  # shellcheck disable=SC2034
  carrier='user-space link'
  local options=(--rate "${line[rate]}Mbit" --delay "$(awk "BEGIN { print ${line[rtt]} / 2 }")ms" --seed "$seed")
  [[ -z ${line[loss]-} ]] || options+=(--loss "${line[loss]}%")
  [[ -z ${line[loss_up]-} ]] || options+=(--loss-up "${line[loss_up]}%")
  [[ -z ${line[corrupt]-} ]] || options+=(--corrupt "${line[corrupt]}%")
  [[ -z ${line[outage]-} ]] || options+=(--outage "${line[outage]}")
  : >"$work/link.log"
  # Real time, since a line does not wait for other programs of the machine.
  chrt --fifo 1 "$here/Link/bin/Release/net10.0/link" "${device}s" "${device}c" "${options[@]}" >"$work/link.log" &
  link_processes+=("$!")
  wait_for grep -q ready "$work/link.log"
  ip link set "${device}s" netns "$server_space"
  ip link set "${device}c" netns "$client_space"
}

device_up() { # NAMESPACE DEVICE ADDRESS PEER
  # Router solicitations would start the link's clock before the download does; a second run must not know what the first one learned.
  ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.tcp_no_metrics_save=1
  ip -n "$1" addr add "$3" peer "$4" dev "$2"
  # One packet is one packet, not a bundle; and the sender's burst waits in the line's queue, not before it.
  ip -n "$1" link set "$2" mtu "${line[mtu]-1500}" gso_max_segs 1 txqueuelen 10000 up
}

server_congestion_control() { # NAME
  # A namespace may choose only what ordinary users may, so that is widened for this moment.
  local allowed
  allowed=$(sysctl -n net.ipv4.tcp_allowed_congestion_control)
  [[ " $allowed " == *" $1 "* ]] || sysctl -qw net.ipv4.tcp_allowed_congestion_control="$allowed $1"
  in_server sysctl -qw net.ipv4.tcp_congestion_control="$1"
  sysctl -qw net.ipv4.tcp_allowed_congestion_control="$allowed"
}
