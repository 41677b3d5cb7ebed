#!/usr/bin/env bash
# Writes the man pages and completion scripts, which the programs print themselves, where a package's share/ has them.
# Usage: packaging/documents.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/shared.sh

mkdir -p "$1/man/man1" "$1/bash-completion/completions" "$1/zsh/vendor-completions" "$1/fish/vendor_completions.d"
for program in rd rd-api; do
  run=dist/$this_system/$program
  "$run" --man >"$1/man/man1/$program.1"
  "$run" --generate-completion bash >"$1/bash-completion/completions/$program"
  "$run" --generate-completion zsh >"$1/zsh/vendor-completions/_$program"
  "$run" --generate-completion fish >"$1/fish/vendor_completions.d/$program.fish"
done
