# shellcheck shell=bash
# The trees, one each: name | what it is. Source it; make_tree NAME fills $work/root/NAME. The bytes are random, so nothing gains by compressing.
# shellcheck disable=SC2034,SC2154 # run.sh has and reads them.
trees=(
  'small|10,000 files of 4 KiB in 100 folders'
  'tiny|100,000 files of 1 KiB in 1,000 folders'
  'large|LARGE_FILES files of 100 MB'
  'source|the folder of the .NET SDK'
)

make_tree() { # NAME
  local tree=$work/root/$1
  [[ ! -e $tree ]] || return 0
  mkdir -p "$tree"
  case $1 in
    small) make_files "$tree" 100 100 4096 ;;
    tiny) make_files "$tree" 1000 100 1024 ;;
    large) make_files "$tree" 1 "$large_files" 100000000 ;;
    source) cp -rL "$(dirname "$(realpath "$(type -P dotnet)")")/sdk/." "$tree" ;;
    *) echo "there is no tree '$1'" >&2 && exit 2 ;;
  esac
  # rd-api does not rely on what was written within the last seconds.
  find "$tree" -exec touch -d '1 hour ago' {} +
}

make_files() { # FOLDER FOLDERS FILES_IN_EACH BYTES
  python3 - "$@" <<'PYTHON'
import os, sys
folder, folders, files, size = sys.argv[1], *map(int, sys.argv[2:])
for i in range(folders):
    os.mkdir(f"{folder}/folder-{i:04}")
    for j in range(files):
        with open(f"{folder}/folder-{i:04}/file-{j:05}.dat", "wb") as file:
            for _ in range(0, size, 1 << 20):
                file.write(os.urandom(min(size, 1 << 20)))
            file.truncate(size)
PYTHON
}
