# shellcheck shell=bash
# The samples of run.sh as a table; source it.

table() {
  echo "# Downloads over bad lines, $(date -u +%F)"
  echo
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs, Linux $(uname -r), .NET $(dotnet --version);" \
    "the load average at the end was $(cut -d ' ' -f 1 /proc/loadavg)."
  echo "$(curl --version | sed -n '1s/^\(curl [^ ]*\).*/\1/p'), $(wget --version | sed -n '1s/GNU \(Wget [^ ]*\).*/\1/p')," \
    "$(aria2c --version | sed -n '1s/ version//p')."
  echo "$rounds rounds, random order within a round, medians; in brackets the ratio to what the line allows. The kernel's congestion" \
    "control at the server: $congestion_control. Server: $server. Line: $carrier. Stopped after $limit s."
  echo
  echo "| line | file | the line's own limit |$(printf ' %s |' "${programs[@]}")"
  echo "|---|---|---|$(printf -- '---|%.0s' "${programs[@]}")"
  for name in $chosen_lines; do
    choose_line "$name"
    own_limit=$(line_limit)
    row="| ${line[title]} | ${line[megabytes]} MB | $own_limit s |"
    for program in "${programs[@]}"; do row+=" $(cell "$name" "$program" "$own_limit") |"; done
    echo "$row"
  done
}

# The median of the right ones, and before it what was worse than slow: a wrong file that the program called right, none at all.
cell() { # LINE PROGRAM LINE_LIMIT
  sort -t $'\t' -k 4n "$work/samples" | awk -F '\t' -v line="$1" -v program="$2" -v own="$3" -v limit="$limit" '
    $1 != line || $2 != program { next }
    { all++ }
    $3 == "right" { seconds[++right] = $4; next }
    $3 == "wrong" { wrong++; next }
    $3 == "never" { never++; next }
    { failed++; split($3, parts, ":"); code = parts[2] }
    function add(count, what) { if (count) text = text (text ? ", " : "") what (count < all ? " (" count " of " all ")" : "") }
    END {
      add(wrong, "wrong file, exit 0")
      add(never, "never (" limit " s)")
      add(failed, "gave up, exit " code)
      if (right) {
        median = right % 2 ? seconds[(right + 1) / 2] : (seconds[right / 2] + seconds[right / 2 + 1]) / 2
        text = text (text ? "; " : "") sprintf("%.1f s (%.1f)", median, median / own)
      }
      print text
    }'
}
