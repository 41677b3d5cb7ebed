#!/usr/bin/env bash
# How much memory do rd -r and rd-api take for a tree of a million files? The highest resident memory of either in each kind of run: from nothing, again without
# a change, with --delete, by content, with many names to delete, and after a kill in the middle. The first copy is compared with the tree byte by byte (rsync -c).
# Usage: bench/trees/memory.sh [FILES [FOLDERS]] (1,000,000 and 1,000). RD and RD_API name other programs than those of build.sh. The files are tiny; they take
# 2 inodes and 8 KiB each below TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs python3 rsync

files=${1:-1000000} folders=${2:-1000}
programs
root=$work/root copy=$work/copy/photos
mkdir -p "$root"

# Names as cameras and programs make them, 49 bytes below a folder of 26; a number is in each file.
python3 - "$root/photos" "$files" "$folders" <<'PYTHON'
import os, sys
root, files, folders = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.mkdir(root)
for i in range(folders):
    folder = f"{root}/2026-{i % 12 + 1:02}-{i % 28 + 1:02} series {i:05}-raw"
    os.mkdir(folder)
    for j in range(files * i // folders, files * (i + 1) // folders):
        file = os.open(f"{folder}/IMG_2026{i % 12 + 1:02}{i % 28 + 1:02}_{j % 86400:06}_{j:08}-original.metadata.json", os.O_CREAT | os.O_WRONLY)
        os.write(file, b"%d\n" % j)
        os.close(file)
PYTHON
sleep 2.2 # Digests of younger files are not kept.

rd_api_start "$root" --cache "$work/digests.db"
mebibytes() { awk -v field="$1:" '$1 == field { printf "%.0f", $2 / 1024 }' "/proc/$rd_api_process/status"; } # FIELD

run() { # NAME EXIT_CODE OPTION...: one run of rd, and a line with its outcome; with `half` set it is killed when more folders than that are there
  local name=$1 wanted=$2 code=0 peak=0 now process outcome
  echo 5 >"/proc/$rd_api_process/clear_refs" # The peak begins anew.
  "$RD" -r --json "${@:3}" -o "$work/copy" "${rd_api}photos/" >"$work/said" 2>"$work/errors" &
  process=$!
  processes+=("$process")
  # GNU time would say nothing of one that is killed.
  while now=$(awk '/^VmHWM/ { print $2 }' "/proc/$process/status" 2>/dev/null) && [[ -n $now ]]; do
    peak=$now
    if [[ -n ${half-} && -e $copy ]] && (($(stat -c %h "$copy") > half)); then kill -KILL "$process"; break; fi
    sleep 0.1
  done
  wait "$process" 2>/dev/null || code=$?
  outcome="exit $code"
  if ((code != wanted)); then
    outcome+=" (not $wanted)"
    tail -n 3 "$work/errors" >&2
  fi
  note "$name" "$(said seconds)" "$((peak / 1024))" "$(mebibytes VmHWM)" "$(mebibytes VmRSS)" "$outcome" \
    "$(for field in files fetched replaced kept deleted; do printf '%s %s, ' "$(said "$field")" "$field"; done | sed 's/, $//')"
  tail -n 1 "$work/samples" >&2
}
said() { # FIELD of the end
  tail -n 1 "$work/said" | grep -o '"event":"end".*' | grep -o "\"$1\":[0-9.]*" | cut -d : -f 2 || echo -
}
same() { # [OPTION...]: how many files differ, by names, sizes and times
  rsync -an "$@" --delete --out-format=%n "$root/photos/" "$copy/" | grep -cv '/$' || true
}

run 'nothing here yet, --dry-run' 0 --dry-run
run 'the first one' 0
different=$(same --checksum)
run 'nothing changed' 0
run 'nothing changed, --delete' 0 --delete
run 'nothing changed, --compare content' 0 --compare content
while IFS= read -r folder; do rm -r "$folder"; done < <(find "$root/photos" -mindepth 1 -maxdepth 1 | sort | awk 'NR % 2 == 0')
run 'half of it gone, --delete' 3 --delete
run 'half of it gone, --delete --max-delete 100000000' 0 --delete --max-delete 100000000
left=$(same)
rm -r "$copy"
half=$((folders / 4)) run 'the rest into a new folder, killed in the middle' 137
run 'the same one, on to its end' 0
resumed=$(same)

{
  echo "# Memory for a tree of $files files: $(date -u +%F)"
  echo
  machine
  echo "$files tiny files in $folders folders, one run of each kind; the highest resident memory (VmHWM) of rd, and of rd-api since that run began. All are runs of one rd-api."
  echo "$different files differed in a byte, size or time after the first one; by size or time $left after the deletions, and $resumed after the last."
  echo
  echo '| run | seconds | rd, MiB | rd-api, MiB | rd-api after it, MiB | outcome |'
  echo '|---|---|---|---|---|---|'
  awk -F '\t' '{ print "| " $1 " | " $2 " | " $3 " | " $4 " | " $5 " | " $6 ($2 == "-" ? "" : ": " $7) " |" }' "$work/samples"
} | publish trees-memory
