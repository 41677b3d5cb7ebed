# shellcheck shell=bash
# What every benchmark begins with; source it in the root of the repository. Gives `work`, a folder that goes with the script, as do the
# processes whose ids are in `processes`.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C

work=$(mktemp -d "${TMPDIR:-/tmp}/rd-bench.XXXXXX")
processes=()
clean_up() {
  local process
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

needs() { # PROGRAM[:PACKAGE]...: ends the script where one is missing, and says which packages of Debian have them
  local need missing=()
  for need in "$@"; do type -P "${need%:*}" >/dev/null || missing+=("${need#*:}"); done
  ((${#missing[@]} == 0)) || { echo "$0 needs more programs: apt-get install $(printf '%s\n' "${missing[@]}" | sort -u | paste -sd ' ')" >&2; exit 1; }
}

build() { # PROJECT...
  local project
  for project in "$@"; do
    dotnet build "$project" --configuration Release --nologo --verbosity quiet -nodeReuse:false >"$work/build.log" ||
      { cat "$work/build.log" >&2; exit 1; }
  done
}

# RD and RD_API become the programs that people use, those of build.sh, where the caller's environment names no others.
programs() {
  local system
  system=linux-$([[ $(uname -m) == aarch64 ]] && echo arm64 || echo x64)
  [[ -n ${RD-} && -n ${RD_API-} ]] || ./build.sh "$system" >/dev/null
  export RD=${RD:-dist/$system/rd} RD_API=${RD_API:-dist/$system/rd-api}
}

wait_for() { # COMMAND...: until it succeeds, 20 s at the most
  local try
  for ((try = 0; try < 1000; try++)); do
    if "$@"; then return; fi
    sleep 0.02
  done
  echo "gave up waiting: $*" >&2
  exit 1
}
