#!/usr/bin/env bash
# Makes dist/SYSTEM/ with rd and rd-api, which need no .NET on the machine that they run on: native programs for Linux, else the code and .NET
# in one file. Usage: ./build.sh [--packages] [SYSTEM...]; without one linux-x64, linux-arm64, win-x64 and osx-arm64.
# With --packages also what people install, in dist/: Debian packages, wheels, tarballs, an image, and SHA256SUMS of them.
# Needs the .NET SDK, and Debian's packages for Linux; ./build.sh --missing [SYSTEM...] prints those that are not installed.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# The newest glibc whose functions a native program may need: Debian 12, Ubuntu 22.04 and RHEL 9 have it.
newest_glibc=2.34

has() { command -v "$1" >/dev/null; }
missing() { # SYSTEM
  case $1 in
    linux-x64)
      has clang || echo clang
      has objcopy || echo binutils
      [[ -e /usr/lib/x86_64-linux-gnu/libsqlite3.a ]] || echo libsqlite3-dev
      ;;
    linux-arm64)
      has clang || echo clang
      has ld.lld || echo lld
      has aarch64-linux-gnu-gcc || echo gcc-aarch64-linux-gnu
      [[ -e /usr/aarch64-linux-gnu/lib/libc.so.6 ]] || echo libc6-dev-arm64-cross
      ;;
  esac
}

publish() { # SYSTEM PROFILE [OPTION...]
  local system=$1 profile=$2 program
  shift 2
  rm -rf "dist/$system"
  for program in rd rd-api; do
    dotnet publish "src/$program" --configuration Release --runtime "$system" --output "dist/$system" \
      --nologo --verbosity quiet -nodeReuse:false -p:PublishProfileFullPath="$PWD/src/$profile.pubxml" "$@"
  done
}

# Prints what of glibc the programs need, and fails where an older system than promised could not start them.
check_glibc() { # PROGRAM...
  local program needed
  for program in "$@"; do
    needed=$(readelf --wide --dyn-syms "$program" | grep -o 'GLIBC_[0-9.]*' | cut -d _ -f 2 | sort -Vu | tail -n 1)
    echo "$program needs glibc $needed"
    printf '%s\n' "$needed" "$newest_glibc" | sort -VC || { echo "$program must start with glibc $newest_glibc." >&2; exit 1; }
  done
}

# A package that brings a library of its own must not go unnoticed: each program is to need no file beside it.
check_alone() { # FOLDER
  local files
  files=$(ls -A "$1")
  [[ $files == $'rd\nrd-api' ]] || { echo "$1 must hold rd and rd-api alone, not: ${files//$'\n'/ }" >&2; exit 1; }
}

only_missing='' with_packages=''
case ${1-} in
  --missing) only_missing=1; shift ;;
  --packages) with_packages=1; shift ;;
esac
systems=("$@")
if ((${#systems[@]} == 0)); then systems=(linux-x64 linux-arm64 win-x64 osx-arm64); fi
mapfile -t packages < <(for system in "${systems[@]}"; do missing "$system"; done | sort -u)
if [[ -n $only_missing ]]; then
  echo "${packages[*]}"
  exit
elif ((${#packages[@]} > 0)); then
  echo "$0 ${systems[*]} needs more of Debian: apt-get install ${packages[*]}" >&2
  exit 1
fi

for system in "${systems[@]}"; do
  case $system in
    linux-x64)
      src/kernels/build.sh
      publish "$system" native -p:Kernels="$PWD/src/kernels/obj/kernels.o" -p:Sqlite=/usr/lib/x86_64-linux-gnu/libsqlite3.a
      check_alone "dist/$system"
      check_glibc "dist/$system"/*
      ;;
    linux-arm64)
      publish "$system" native -p:LinkerFlavor=lld -p:ObjCopyName=aarch64-linux-gnu-objcopy
      check_glibc "dist/$system"/*
      ;;
    *) publish "$system" standalone ;;
  esac
  echo "dist/$system:"
  du --apparent-size --block-size=MB "dist/$system"/*
done
if [[ -n $with_packages ]]; then packaging/build.sh "${systems[@]}"; fi
