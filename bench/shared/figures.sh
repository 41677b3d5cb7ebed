# shellcheck shell=bash
# Rounds, samples and tables; source it after setup.sh. $work/samples has a line for each run: the case's name, then its figures.

in_rounds() { # ROUNDS COMMAND CASE...: COMMAND for each case once in a round, in random order, after one round that does not count
  local name
  for ((round = 0; round <= $1; round++)); do
    while IFS= read -r name; do "$2" "$name" </dev/null; done < <(shuf -e "${@:3}")
    echo "round $round of $1, load $(cut -d ' ' -f 1 /proc/loadavg)" >&2
  done
}
note() { # CASE FIGURE...
  local IFS=$'\t'
  ((${round:-1} == 0)) || echo "$*" >>"$work/samples"
}

summary() { # CASE COLUMN: median, least and most of its figures; the first figure is column 2
  awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$work/samples" | sort -n |
    awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR] }'
}
cell() { # CASE COLUMN [FORMAT]: median, and the range in brackets
  summary "$1" "$2" | awk -v format="${3:-%s}" '{ printf format " (" format "-" format ")", $1, $2, $3 }'
}
ratio() { # CASE CASE COLUMN: of the first one's median to the second one's
  echo "$(summary "$1" "$3") $(summary "$2" "$3")" | awk '{ printf "**%.2f**", $1 / $4 }'
}

calculate() { awk "BEGIN { print $* }"; }

machine() {
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs," \
    "$(grep -owE 'avx2|avx512f' /proc/cpuinfo | sort -u | sed 's/$/,/' | paste -sd ' ')" \
    "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB of memory, Linux $(uname -r | cut -d - -f 1)," \
    "$(df --output=fstype "$work" | tail -n 1), $(</proc/sys/net/ipv4/tcp_congestion_control), .NET $(dotnet --version)."
}
conditions() { # ROUNDS
  echo "$1 rounds after one that is not counted, random order within a round; load at the end $(cut -d ' ' -f 1 /proc/loadavg)." \
    "Medians, ranges in brackets."
}

publish() { # NAME: standard input becomes a table in bench/results and all samples a file beside it; none that is there is lost
  local base number=1 file
  base=bench/results/$(date -u +%F)-$1
  file=$base
  while [[ -e $file.md ]]; do file=$base-$((++number)); done
  mkdir -p bench/results
  tee "$file.md"
  cp "$work/samples" "$file.tsv"
}
