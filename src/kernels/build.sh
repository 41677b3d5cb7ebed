#!/usr/bin/env bash
# Makes src/kernels/obj/kernels.o, the loops for AVX2 and for AVX-512 that rd and rd-api are linked with.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The compiler makes a whole library with a core of .NET in it, of which nothing but the named functions is ever called. All other names become
# local, and sections by whose names the program's own .NET finds what is its own get other names.
loops() { # INSTRUCTION-SET FUNCTION...
  local set=$1 function options=()
  shift
  dotnet publish kernels.csproj --configuration Release --runtime linux-x64 --nologo --verbosity quiet -nodeReuse:false \
    -p:IlcInstructionSet="$set" --output "$work/$set"
  for function in "$@"; do
    options+=(--redefine-sym "kernels_ReliableDownload_Kernels_Loops__$function=rd_$function" --keep-global-symbol "rd_$function")
  done
  objcopy "${options[@]}" --strip-debug --remove-section .eh_frame --rename-section __managedcode=.text.loops \
    --rename-section __unbox=.text.unbox --rename-section __modules=.data.modules --rename-section .hydrated=.bss.loops \
    obj/Release/net10.0/linux-x64/native/kernels.o "$work/$set.o"
  # A name that is not there any more would only be missed by the linker, in words that nobody understands.
  for function in "$@"; do
    nm "$work/$set.o" | grep " T rd_$function\$" >/dev/null || { echo "The compiler has made no $function for $set." >&2; exit 1; }
  done
}

loops x86-64-v3 Sha1Avx2 Sha1Avx2Twice Sha256Avx2
loops x86-64-v4 Sha1Avx512 Sha256Avx512
clang -O2 -c processor.c -o "$work/processor.o"
ld -r "$work"/*.o -o obj/kernels.o
