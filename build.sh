#!/usr/bin/env bash
# Makes dist/<system>/ with rd and rd-api, which need no .NET on the machine that they run on. Needs the .NET SDK only.
# Usage: ./build.sh [SYSTEM...]; without one linux-x64, linux-arm64, win-x64 and osx-arm64.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

systems=("$@")
if ((${#systems[@]} == 0)); then systems=(linux-x64 linux-arm64 win-x64 osx-arm64); fi
for system in "${systems[@]}"; do
  rm -rf "dist/$system"
  for program in rd rd-api; do
    dotnet publish "src/$program" --configuration Release --runtime "$system" --output "dist/$system" \
      --nologo --verbosity quiet -nodeReuse:false -p:PublishProfileFullPath="$PWD/src/standalone.pubxml"
  done
  echo "dist/$system:"
  du --apparent-size --block-size=MB "dist/$system"/*
done
