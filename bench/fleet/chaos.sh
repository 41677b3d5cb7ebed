#!/usr/bin/env bash
# Does every download end well while a fleet has a bad day? Three rd-api on one root and one Redis, nginx before them as in docs/fleet.md, and many rd that fetch files of 1 KiB to
# 64 MiB, while replicas are killed (-9) and frozen, Redis is killed with its memory and frozen, files are replaced, and nginx is reloaded, all at random moments.
# Usage: bench/fleet/chaos.sh [SECONDS [CLIENTS [AT_ONCE]]]: how long at least (300), how many downloads at least (200) and how many at the same time (30).
# RD and RD_API name other programs than those of build.sh; KEEP names a folder for all logs and for what each failed download said. The exit code is 1 if a download ended with anything
# but the right bytes or one clear sentence, or a log has an unexpected line. Each file that is fetched through nginx may be of the version of a minute ago: for so long nginx may give old metadata.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/figures.sh
. bench/fleet/nginx.sh
needs curl nginx redis-server redis-cli:redis-tools python3

seconds=${1:-300} clients=${2:-200} at_once=${3:-30}
cached=63 # Seconds that a version may be old: 60 in the cache, and what a busy machine adds.
programs
mkdir "$work/root" "$work/alive" "$work/failed" "$work/replica" "$work/count"
touch "$work/ended" "$work/versions"
now() { date +%s.%N; }
count() { echo >>"$work/count/$1"; } # EVENT
counted() { if [[ -e $work/count/$1 ]]; then wc -l <"$work/count/$1"; else echo 0; fi; }
between() { sleep "$(calculate "$1 + ($2 - $1) * $RANDOM / 32767")"; } # SECONDS SECONDS

# --- the fleet

redis_port=$((20000 + RANDOM % 12000))
redis_up() {
  redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --daemonize no >>"$work/redis.log" 2>&1 &
  echo $! >"$work/redis"
  disown
}
redis_up

# So slow that a request is often under way when its server dies.
replica_up() { # NUMBER [PORT]
  "$RD_API" --host 127.0.0.1 --port "$2" --redis "redis://127.0.0.1:$redis_port" --limit-rate 16M "$work/root" 2>>"$work/replica-$1.log" &
  echo $! >"$work/replica/$1"
  disown
}
# Processes come and go so fast here that a number may be another program's by now.
kill_from() { # SIGNAL FILE
  local process command
  { read -r process <"$2"; } 2>/dev/null || return 0
  command=$(tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline") || return 0
  if [[ $command == *"$work"* || $command == *":$redis_port "* || $command == *"$cache"* ]]; then kill "-$1" "$process" 2>/dev/null || true; fi
}

cache='' # nginx's address, later
leave() {
  local file
  touch "$work/enough"
  # shellcheck disable=SC2046 # Those that still run, which only bash knows.
  kill $(jobs -pr) 2>/dev/null || true
  wait # until nothing more is started
  for file in "$work"/alive/* "$work"/replica/* "$work/redis"; do
    kill_from CONT "$file"
    kill_from KILL "$file"
  done
  processes=()
  clean_up
}
trap leave EXIT
trap 'echo "chaos.sh: line $LINENO failed" >&2' ERR

addresses=()
for i in 0 1 2; do
  port=$((20000 + RANDOM % 12000))
  replica_up "$i" "$port"
  addresses+=("http://127.0.0.1:$port/")
  wait_for curl -so /dev/null "${addresses[i]}rd/"
done
nginx_before "${addresses[@]}"

# --- the files

sizes=()
for ((i = 0; i < 48; i++)); do sizes+=("$(awk -v seed="$i" 'BEGIN { srand(seed); printf "%d", 1024 * 2 ^ (16 * rand()) }')"); done
sizes[0]=1024 sizes[1]=$((64 << 20)) sizes[2]=$((64 << 20))
new_version() { # NUMBER: half of the time of another size; noted before anybody can see it
  local size=${sizes[$1]}
  ((RANDOM % 2)) || size=$((size - RANDOM % (size / 4)))
  head -c "$size" /dev/urandom >"$work/new"
  echo "file-$1 $(sha256sum "$work/new" | cut -d ' ' -f 1) $(now)" >>"$work/versions"
  mv "$work/new" "$work/root/file-$1"
}
for i in "${!sizes[@]}"; do new_version "$i"; done

# --- what goes wrong

replica_loop() { # The first one is never killed, so that its memory tells whether something leaks.
  local i
  while true; do
    between 2 8
    case $((RANDOM % 8)) in
      0 | 1) i=$((RANDOM % 3)) && count freeze && kill_from STOP "$work/replica/$i" && between 1 6 && kill_from CONT "$work/replica/$i" ;;
      2) for i in 1 2; do count kill && kill_from KILL "$work/replica/$i"; done && between 1 5
        for i in 1 2; do replica_up "$i" "$(cut -d : -f 3 <<<"${addresses[i]%/}")"; done ;;
      *) i=$((1 + RANDOM % 2)) && count kill && kill_from KILL "$work/replica/$i" && between 0.2 5 &&
        replica_up "$i" "$(cut -d : -f 3 <<<"${addresses[i]%/}")" ;;
    esac
  done
}
redis_loop() {
  while true; do
    between 4 14
    if ((RANDOM % 2)); then
      count redis-kill && kill_from KILL "$work/redis" && between 0.2 6 && redis_up
    else
      count redis-freeze && kill_from STOP "$work/redis" && between 1 8 && kill_from CONT "$work/redis"
    fi
  done
}
file_loop() { while true; do between 1 5 && count replace && new_version $((RANDOM % ${#sizes[@]})); done; }
nginx_loop() { while true; do between 5 15 && count reload && kill -HUP "$cache_process"; done; }

# --- the clients

judge() { # NAME SHA FROM TO: right, changed (right, and the file was replaced meanwhile), old:SECONDS (replaced so long before), or wrong
  awk -v name="$1" -v sha="$2" -v from="$3" -v to="$4" '
    $1 != name { next }
    $3 + 6 >= from && $3 <= to { changed = 1 }
    was { until = $3; seen = 1; if (until + 1 >= from) right = 1; age = from - until; was = 0 }
    $2 == sha && $3 <= to { was = 1 }
    END { if (was || right) print changed ? "changed" : "right"; else if (seen) printf "old:%.1f\n", age; else print "wrong" }' "$work/versions"
}
field() { sed -n "s/.*\"event\":\"end\".*\"$1\":\([0-9]*\).*/\1/p" "$work/client-$id/out" 2>/dev/null | tail -n 1; } # NAME: of the last report
run() { # COMMAND...: sets code; its process can be seen by the sampler
  "$@" &
  local process=$!
  echo "$process" >"$work/alive/$id"
  code=0
  wait "$process" || code=$?
  rm -f "$work/alive/$id"
}
download() { # ID
  local id=$1 folder=$work/client-$1 i name size rate from kind code=0 verdict=- sha url options=()
  mkdir "$folder"
  i=$((RANDOM % ${#sizes[@]}))
  ((RANDOM % 5)) || i=$((1 + RANDOM % 2))
  name=file-$i size=${sizes[i]} url=${cache}file-$i kind=nginx
  rate=$((size / (1 + RANDOM % 15)))
  ((rate >= 65536)) || rate=65536
  options=(--limit-rate "$rate" --worker "$((1 + RANDOM % 3))" --max-time 150)
  case $((RANDOM % 20)) in
    0 | 1 | 2 | 3) kind=mirrors url=${addresses[0]}$name options+=(--mirror "${addresses[1]}$name" --mirror "${addresses[2]}$name") ;;
    4 | 5) kind=stream ;;
    6 | 7) kind=resumed ;;
    8) kind=verify name=large-$id ;;
  esac
  from=$(now)
  case $kind in
    stream)
      run "$RD" -q "${options[@]}" -O - "$url" >"$folder/$name" 2>"$folder/error" ;;
    verify) # A large new file, which the replicas hash together. Only a page of each MiB is written.
      truncate -s 768M "$folder/$name"
      perl -e 'open my $f, "+<", $ARGV[0] or die; for (my $o = 0; $o < 768 << 20; $o += 1 << 20) { seek $f, $o, 0; print $f rand() }' "$folder/$name"
      mv "$folder/$name" "$work/root/$name"
      sleep 2.2 # A younger file is not shared.
      from=$(now)
      run "$RD" verify -q --max-time 150 --from "$cache$name" "$work/root/$name" >"$folder/out" 2>"$folder/error"
      rm "$work/root/$name" ;;
    *)
      if [[ $kind == resumed ]]; then
        "$RD" --json "${options[@]}" -o "$folder" -d "$folder/blocks" "$url" >/dev/null 2>"$folder/error" &
        local first=$!
        echo "$first" >"$work/alive/$id"
        between 0.2 4
        kill_from KILL "$work/alive/$id"
        wait "$first" 2>/dev/null || true
        from=$(now)
      fi
      run "$RD" --json "${options[@]}" --force -o "$folder" -d "$folder/blocks" "$url" >"$folder/out" 2>"$folder/error" ;;
  esac
  local to
  to=$(now)
  if ((code == 0)); then
    if [[ $kind == verify ]]; then verdict=right; else
      sha=$(sha256sum "$folder/$name" | cut -d ' ' -f 1) || sha=missing
      verdict=$(judge "$name" "$sha" "$from" "$to")
    fi
    [[ ! -s $folder/error ]] || verdict=unclear
  elif [[ $kind == verify ]] && ((code == 10)); then verdict=wrong
  elif [[ $(wc -l <"$folder/error") == 1 ]] && grep -q '^rd: ' "$folder/error" && ! grep -qE '^   at |Exception' "$folder/error" &&
    [[ $code =~ ^([1-9]|1[0-3])$ ]]; then verdict=clear
  else verdict=unclear; fi
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$to" "$kind" "$size" "$code" "$verdict" "$(calculate "$to - $from")" "$(field retries)" "$(field bytes_fetched)" \
    "$(field size)" "$(field wrong_blocks)" >>"$work/ended"
  if [[ $verdict != right && $verdict != changed ]]; then
    { echo "$id $kind $url $code $verdict, from $from to $to, ${options[*]}"; cat "$folder/error"; } >>"$work/failed/$id"
    [[ ! -e $folder/out ]] || tail -n 20 "$folder/out" >>"$work/failed/$id"
  fi
  rm -rf "$folder"
}
client_loop() { # NUMBER
  local n=0
  between 0 5
  while [[ ! -e $work/enough ]]; do download "$1-$((n++))"; between 0 0.5; done
}

# --- what is seen

columns=(second alive finished failed retries mib_fetched replica_kills replica_freezes redis_kills redis_freezes replaced reloads
  rss_0 rss_1 rss_2 most_0 most_1 most_2 fds_0 fds_1 fds_2 rss_redis rd_most rd_fds)
# Without other programs, as far as it goes: on a busy machine each would make the second longer.
look() { # PROCESS: sets rss and most (KiB) and fds, of a dead one 0
  local name value rest files
  rss=0 most=0 fds=0
  { while read -r name value rest; do
    case $name in VmHWM:) most=$value ;; VmRSS:) rss=$value && break ;; esac
  done <"/proc/$1/status"; } 2>/dev/null || true
  files=("/proc/$1/fd/"*)
  if [[ -L ${files[0]} ]]; then fds=${#files[@]}; fi
}
sample() {
  local file process value rss most fds alive=0 rd_most=0 rd_fds=0 row=() events=() all_rss=() all_most=() all_fds=()
  for file in "$work"/alive/*; do
    { read -r process <"$file"; } 2>/dev/null || continue
    look "$process"
    alive=$((alive + 1)) rd_most=$((most > rd_most ? most : rd_most)) rd_fds=$((fds > rd_fds ? fds : rd_fds))
  done
  row=("$SECONDS" "$alive" "$(awk -F '\t' -v OFS='\t' '$4 == 0 { good++ } $4 != 0 { bad++ } { retries += $7; bytes += $8 }
    END { print good + 0, bad + 0, retries + 0, sprintf("%.1f", bytes / 1048576) }' "$work/ended")")
  for value in kill freeze redis-kill redis-freeze replace reload; do
    events=()
    [[ ! -e $work/count/$value ]] || mapfile -t events <"$work/count/$value"
    row+=("${#events[@]}")
  done
  for file in "$work"/replica/*; do
    { read -r process <"$file"; } || true # It may just be written.
    look "$process"
    all_rss+=("$rss") all_most+=("$most") all_fds+=("$fds")
  done
  { read -r process <"$work/redis"; } || true
  look "$process"
  row+=("${all_rss[@]}" "${all_most[@]}" "${all_fds[@]}" "$rss" "$rd_most" "$rd_fds")
  (IFS=$'\t' && echo "${row[*]}") >>"$work/samples"
}
(IFS=$'\t' && echo "${columns[*]}") >"$work/samples"

sleep 2.5 # The files are settled.
SECONDS=0
sample
loops=()
for loop in replica_loop redis_loop file_loop nginx_loop; do
  $loop 2>>"$work/loops.log" &
  loops+=($!)
done
for ((i = 0; i < at_once; i++)); do
  client_loop "$i" 2>>"$work/loops.log" &
done
while ((SECONDS < seconds)) || (($(wc -l <"$work/ended") < clients)); do
  sample
  ((SECONDS < seconds + 600)) || break
  sleep 1
done
touch "$work/enough"
# Who is still fetching has 150 s more, and no more trouble than before until then.
for ((i = 0; i < 170; i++)); do
  compgen -G "$work/alive/*" >/dev/null || break
  sample
  sleep 1
done
kill "${loops[@]}" 2>/dev/null || true
wait "${loops[@]}" 2>/dev/null || true
for i in 0 1 2; do
  kill_from CONT "$work/replica/$i"
  [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$(<"$work/replica/$i")/cmdline") == *"$work"* ]] || replica_up "$i" "$(cut -d : -f 3 <<<"${addresses[i]%/}")"
done
kill_from CONT "$work/redis"
redis-cli -p "$redis_port" ping >/dev/null 2>&1 || redis_up
ended=$SECONDS
for ((i = 0; i < 15; i++)); do sample; sleep 1; done # What is left when nobody wants anything?

# --- what it was

# A cut request, a file that changed, and Redis that is away are told, and expected.
expected=' info |going on in memory|changed while it was being hashed|could not be stored in time|cannot be hashed: (No such file|The file was removed)|shrank while it was being sent'
cat "$work"/replica-?.log | grep -vE "$expected" >"$work/unexpected" || true
number() { awk -F '\t' "$1 { n++ } END { print n + 0 }" "$work/ended"; } # CONDITION
column() { head -n 1 "$work/samples" | tr '\t' '\n' | grep -nx "$1" | cut -d : -f 1; }
most() { awk -F '\t' -v c="$(column "$1")" 'NR > 1 && $c > m { m = $c } END { print m + 0 }' "$work/samples"; }
at() { awk -F '\t' -v c="$(column "$2")" -v at="$1" 'NR > 1 && $1 >= at { print $c; exit }' "$work/samples"; } # SECOND COLUMN
last() { tail -n 1 "$work/samples" | cut -f "$(column "$1")"; }
mib() { awk -v n="$1" 'BEGIN { printf "%.0f MiB", n / 1024 }'; } # KIB
bad=$(number "\$5 ~ /^wrong|^unclear/ || (\$5 ~ /^old:/ && (substr(\$5, 5) + 0 > $cached || \$2 == \"mirrors\"))")
# shellcheck disable=SC2016 # These are awk's.
report() {
  local n names=() what
  echo "$at_once rd at a time for $ended s, before them three rd-api (16 MiB/s each) on one Redis; 14 of 20 through nginx as in docs/fleet.md, of which 2 into a pipe, 2 killed and started again;" \
    "4 with all three as mirrors; 1 verifies a new file of 768 MiB. 48 files of 1 KiB to 64 MiB."
  echo
  echo '| | |'
  echo '|---|---|'
  echo "| downloads that ended | $(number 1) |"
  echo "| right: a version that the file had during the download | $(number '$5 == "right" || $5 == "changed"') |"
  echo "| right, but of a version that was replaced up to $cached s before (nginx may give metadata for a minute) | $(number "\$5 ~ /^old:/ && substr(\$5, 5) + 0 <= $cached") |"
  echo "| of an older version, or an older one without a cache | $(number "\$5 ~ /^old:/ && (substr(\$5, 5) + 0 > $cached || \$2 == \"mirrors\")") |"
  echo "| with wrong bytes | $(number '$5 ~ /^wrong/') |"
  mapfile -t names < <(awk -F '\t' '$5 == "clear" { print $4 }' "$work/ended" | sort -n | uniq -c | awk '{ print $1 " with " $2 }')
  echo "| ended with one clear sentence | $(number '$5 == "clear"')${names[*]+: ${names[*]}} |"
  echo "| ended otherwise | $(number '$5 == "unclear"') |"
  echo "| seconds of a download: median, 99 %, most | $(cut -f 6 "$work/ended" | sort -n | awk '{ v[NR] = $1 } END { printf "%.1f, %.1f, %.1f", v[int((NR + 1) / 2)], v[int(NR * 0.99 + 0.5)], v[NR] }') |"
  echo "| attempts that were repeated | $(awk -F '\t' '{ n += $7 } END { print n + 0 }' "$work/ended") |"
  echo "| bytes fetched, of files that were not begun before nor replaced meanwhile | $(awk -F '\t' '($2 == "nginx" || $2 == "mirrors") && $5 == "right" { f += $8; s += $9 } END { printf "%.3f of their size", f / s }' "$work/ended") |"
  echo "| blocks that came with wrong bytes, and were fetched again | $(awk -F '\t' '{ n += $10 } END { print n + 0 }' "$work/ended") |"
  echo "| replicas killed (-9), frozen | $(counted kill), $(counted freeze) |"
  echo "| Redis killed, frozen | $(counted redis-kill), $(counted redis-freeze) |"
  echo "| files replaced, nginx reloaded | $(counted replace), $(counted reload) |"
  for n in 0 1 2; do
    what="never killed"
    ((n == 0)) || what="killed at times"
    echo "| replica $n ($what): memory, most; after a fifth of the time; at the end | $(mib "$(most "most_$n")"); $(mib "$(at $((seconds / 5)) "rss_$n")"); $(mib "$(last "rss_$n")") |"
    echo "| its descriptors at the start; most; at the end | $(at 0 "fds_$n"); $(most "fds_$n"); $(last "fds_$n") |"
  done
  echo "| an rd: most memory, most descriptors | $(mib "$(most rd_most)"), $(most rd_fds) |"
  echo "| unexpected lines in the logs of rd-api | $(wc -l <"$work/unexpected") |"
  echo
  echo "$(machine) Load at the end $(cut -d ' ' -f 1 /proc/loadavg)."
}
if [[ -n ${KEEP-} ]]; then
  mkdir -p "$KEEP"
  cp -r "$work/failed" "$work/ended" "$work"/*.log "$work/unexpected" "$work/versions" "$work/samples" "$KEEP"
fi
report | publish fleet-chaos
if [[ -s $work/unexpected ]]; then head -n 20 "$work/unexpected" >&2; fi
if ((bad)); then awk -F '\t' '$5 !~ /^right$|^changed$|^clear$/' "$work/ended" | head -n 20 >&2; fi
((bad == 0)) && [[ ! -s $work/unexpected ]]
