#!/usr/bin/env bash
# Is anything fetched twice when rd -r is killed again and again? A tree comes over a slow line; rd is killed (SIGKILL) at random moments and started again with the
# same command, rd-api is killed between some of them, and files are replaced, deleted and added on the server. What came over the line and what is on the disk after each
# kill is written down and compared (account.py), and in the end the copy with the tree (diff, rsync).
# Usage: bench/trees/kills.sh [ROUNDS [KILLS]] (1 and 20). RD and RD_API name other programs than those of build.sh; SEED=N repeats the moments and sizes of an earlier one.
# Needs 2 GB below TMPDIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
. bench/shared/setup.sh
. bench/shared/servers.sh
. bench/shared/figures.sh
needs python3 rsync diff:diffutils

rounds=${1:-1} kills=${2:-20} seed=${SEED:-$RANDOM}
small_files=3000 large_files=10 large_size=30000000 rate=10000000 # bytes, and bytes a second
programs
tree=$work/root/tree copy=$work/copy/tree

make_tree() { # SEED: small files of mixed sizes and names, large ones, empty folders
  python3 - "$tree" "$1" "$small_files" "$large_files" "$large_size" <<'PYTHON'
import os, random, sys
tree, seed, small, large, size = sys.argv[1], *map(int, sys.argv[2:])
chance = random.Random(seed)
names = ["file", "a file", "Größe", "日本", "100%25 & more", "-x;y", "'quoted'"]
for i in range(30):
    os.makedirs(f"{tree}/folder-{i // 5}/part {i % 5}")
for i in range(20):
    os.makedirs(f"{tree}/empty-{i // 4}/{i % 4}")
for i in range(small):
    # Most are tiny, most of the bytes are in a few.
    most = chance.choices([0, 1 << 10, 32 << 10, 256 << 10, 2 << 20], [2, 40, 42, 15, 1])[0]
    with open(f"{tree}/folder-{i % 30 // 5}/part {i % 5}/{names[i % 7]}-{i:04}.dat", "wb") as file:
        file.write(chance.randbytes(chance.randint(0, most)))
for i in range(large):
    with open(f"{tree}/folder-{i % 6}/large-{i}.iso", "wb") as file:
        file.write(chance.randbytes(size))
PYTHON
}

change_tree() { # NUMBER: replaces 100 files and a tenth of a large one, deletes 50 files and a folder, adds 50 files and a large one; prints the bytes of what is new
  python3 - "$tree" "$work/old/$1" "$((seed + $1))" "$1" "$large_size" <<'PYTHON'
import os, random, shutil, sys
tree, old, seed, number, size = sys.argv[1:3] + list(map(int, sys.argv[3:]))
chance = random.Random(seed)
files = sorted(os.path.join(above, name) for above, _, names in os.walk(tree) for name in names)
small = [path for path in files if path.endswith(".dat") and "/new-" not in path]
new = 0

def replace(path, data):
    kept = os.path.join(old, os.path.relpath(path, tree))
    os.makedirs(os.path.dirname(kept), exist_ok=True)
    shutil.copy2(path, kept)
    with open(path + ".part", "wb") as file:
        file.write(data)
    os.rename(path + ".part", path)

chosen = chance.sample(small, 150)
for i, path in enumerate(chosen[:100]):
    # Half of them keep their size.
    count = os.path.getsize(path) if i % 2 else chance.randint(0, 100000)
    new += count
    replace(path, chance.randbytes(count))
large = f"{tree}/folder-{number}/large-{number}.iso"
with open(large, "rb") as file:
    data = bytearray(file.read())
for block in (1, 7):
    new += 2 << 20
    data[block << 21:block + 1 << 21] = chance.randbytes(2 << 20)
replace(large, data)
gone = [*chosen[100:], *(path for path in small if f"/folder-{number + 2}/part 4/" in path and path not in chosen)]
for path in gone:
    kept = os.path.join(old, os.path.relpath(path, tree))
    os.makedirs(os.path.dirname(kept), exist_ok=True)
    shutil.copy2(path, kept)
    os.remove(path)
if not os.listdir(f"{tree}/folder-{number + 2}/part 4"):
    os.rmdir(f"{tree}/folder-{number + 2}/part 4")
shutil.rmtree(f"{tree}/empty-{number}")
os.makedirs(f"{tree}/new-{number}/empty")
for i in range(50):
    with open(f"{tree}/new-{number}/new-{i}.dat", "wb") as file:
        new += file.write(chance.randbytes(chance.randint(0, 50000)))
with open(f"{tree}/new-{number}/new.iso", "wb") as file:
    new += file.write(chance.randbytes(size))
print(new)
PYTHON
}

rd_api_up() {
  rd_api_start "$work/root" --cache "$work/digests.db"
  echo "${rd_api##*:}" | tr -d / >"$work/upstream.new"
  mv "$work/upstream.new" "$work/upstream"
}
kill_hard() { # PROCESS
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}
start_rd() { # NUMBER OPTION...: sets rd
  echo "$1" >"$work/run"
  "$RD" -r --json "${@:2}" -o "$work/copy" "http://127.0.0.1:$(<"$work/port")/tree/" >"$work/said" 2>"$work/errors" &
  rd=$!
  processes+=("$rd")
}
ended() { # NUMBER: a run is over
  echo "$1 $EPOCHREALTIME" >>"$work/ends"
}
count_of() { grep -o '"event":"end".*' "$work/said" | grep -o "\"$1\":[0-9]*" | cut -d : -f 2; } # FIELD
bytes_in() { find "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d", sum }'; } # FOLDER

table() { # ROUND: of its runs
  awk -F '\t' -v round="$1" 'function twice(at) { return $at == 0 ? "-" : sprintf("%.2f of %d, %.1f s", $at / 1e6, $(at + 2), $(at + 1)) }
    $1 == round { printf "| %d | %s | %.1f | %.1f | %s | %s | %s | %.2f | %d |\n", $2, $16, $3 / 1e6, $4 / 1e6, twice(5), twice(8), twice(11), $14 / 1e6, $15 }' "$work/samples"
}

one_round() {
  local number gap before new=0 added live moments ways=() total outcome relay code=0
  rm -rf "$work/root" "$work/copy" "$work/old" "$work/records" "$work"/disk-* "$work/ends" "$work/digests.db"*
  mkdir -p "$work/old" "$work/records"
  make_tree "$seed"
  before=$(bytes_in "$tree")
  sleep 2.2 # until digests are kept
  rd_api_up
  echo 0 >"$work/run"
  rm -f "$work/port"
  python3 bench/trees/relay.py "$work/port" "$work/upstream" "$work/run" "$work/records" "$rate" &
  relay=$!
  processes+=("$relay")
  wait_for test -s "$work/port"

  # Random moments of the time that the whole takes at least: each run gets what lies between two of them.
  mapfile -t moments < <(awk -v seed="$seed" -v count="$kills" -v all="$(calculate "$before / $rate * 0.95")" \
    'BEGIN { srand(seed); while (count-- > 0) print rand() * all }' | sort -g | awk '{ print $1 - last; last = $1 }')
  for ((number = 1; number <= kills; number++)); do
    gap=${moments[number - 1]} live=''
    start_rd "$number"
    ways[number]='rd killed'
    sleep "$(calculate "$gap / 2")"
    if ((number % 5 == 4)); then
      kill_hard "$rd_api_process"
      sleep 0.3
      rd_api_up
      ways[number]='rd-api killed, then rd'
    fi
    if ((number == kills / 3)); then
      added=$(change_tree 1)
      new=$((new + added)) live=yes
    fi
    sleep "$(calculate "$gap / 2")"
    kill -0 "$rd" 2>/dev/null || ways[number]='was at its end'
    [[ -z $live ]] || ways[number]+=', tree changed before'
    kill_hard "$rd"
    ended "$number"
    python3 bench/trees/account.py disk "$tree" "$copy" "$work/disk-$number"
    if ((number == kills * 2 / 3)); then
      added=$(change_tree 2)
      new=$((new + added))
      ways[number]+=', tree changed after'
    fi
  done
  # To the end, and once more: then there must be nothing to do.
  for ((number = kills + 1; number <= kills + 2; number++)); do
    start_rd "$number" --delete
    code=0
    wait "$rd" || code=$?
    ended "$number"
    ways[number]="--delete: exit $code, $(count_of fetched) fetched, $(count_of replaced) replaced, $(count_of kept) kept, $(count_of deleted) deleted"
    python3 bench/trees/account.py disk "$tree" "$copy" "$work/disk-$number"
    ((code == 0)) || tail -n 3 "$work/errors" >&2
  done
  outcome=equal
  diff -r "$tree" "$copy" >"$work/differences" || outcome='diff finds differences'
  rsync -rcptnO --delete --out-format=%i:%n "$tree/" "$copy/" >>"$work/differences"
  [[ $outcome != equal || ! -s $work/differences ]] || outcome='rsync finds differences'
  head -n 5 "$work/differences" >&2
  kill_hard "$relay"
  kill "$rd_api_process"
  wait "$rd_api_process" || true

  python3 bench/trees/account.py sum "$work" >"$work/account"
  while IFS= read -r line; do note "$round" "$line" "${ways[${line%%$'\t'*}]}"; done <"$work/account"
  total=$(awk -F '\t' '{ for (i = 2; i <= 14; i++) { s[i] += $i; if ($i > most[i]) most[i] = $i } }
    END { printf "%d\t%d\t%d\t%s\t%d\t%s\t%d\t%s\t%d\t%d", s[2], s[3], s[4], most[5], s[7], most[8], s[10], most[11], s[13], s[14] }' "$work/account")
  note "round $round" "$seed" "$before" "$new" "$total" "$outcome"
  tail -n 1 "$work/samples" >&2
  seed=$((seed + 1000))
}
for ((round = 1; round <= rounds; round++)); do one_round; done

{
  echo "# A folder whose download is killed $kills times: $(date -u +%F)"
  echo
  machine
  echo "$small_files files of 0 to 2 MiB, $large_files of $((large_size / 1000000)) MB, empty folders, over a line of $((rate / 1000000)) MB/s without delay. rd -r is killed at" \
    "$kills random moments and goes on with the same command; rd-api is killed in every fifth run. Twice the tree changes: 100 small files and 2 blocks of a large one are" \
    "replaced, some 80 files and folders deleted, 50 small files and one of $((large_size / 1000000)) MB added. Then --delete runs to its end, and once more."
  echo "All figures are those of the bytes on the line and on the disk, in MB. Again: bytes of a file that a killed run had got, too, in the same version of their block; behind it" \
    "of how many files or blocks, and how many seconds before the end of that run the first of them had come. Small files have one block. Changed: blocks of large" \
    "files that were other ones on the server before or afterwards. Within a run: what came twice without a kill of rd (two connections at the end, or rd-api killed). On the disk: bytes" \
    "of what was whole there, under its name or in the hidden folder, when the run began."
  echo
  echo '| round | seed | tree at first | replaced and added | over the line | of it files | again, small files | again, large files | again, changed | within a run | was on the disk, bytes | copy |'
  echo '|---|---|---|---|---|---|---|---|---|---|---|---|'
  awk -F '\t' 'function twice(at) { return sprintf("**%.2f** (%.1f %%), %.1f s", $at / 1e6, 100 * $at / $6, $(at + 1)) }
    /^round/ { printf "| %s | %d | %.1f | %.1f | %.1f | %.1f | %s | %s | %s | %.2f | **%d** | %s |\n",
      substr($1, 7), $2, $3 / 1e6, $4 / 1e6, $5 / 1e6, $6 / 1e6, twice(7), twice(9), twice(11), $13 / 1e6, $14, $15 }' "$work/samples"
  echo
  echo '| run | how it ended | over the line | of it files | again, small files | again, large files | again, changed | within it | was on the disk |'
  echo '|---|---|---|---|---|---|---|---|---|'
  table 1
} | publish trees-kills
