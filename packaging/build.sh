#!/usr/bin/env bash
# Makes the packages that people install from dist/SYSTEM/, which ./build.sh makes before, into dist/.
# Usage: packaging/build.sh [SYSTEM...]; without one all that are there. Debian packages, wheels and images are for Linux.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/shared.sh

systems=("$@")
if ((${#systems[@]} == 0)); then
  for folder in dist/*/; do systems+=("$(basename "$folder")"); done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packaging/documents.sh "$work/documents"
rm -f dist/*.deb dist/*.whl dist/*.tar dist/*.tar.gz dist/SHA256SUMS
for system in "${systems[@]}"; do
  packaging/tar.sh "$system" "$work/documents"
  case $system in
    linux-*)
      for program in rd rd-api; do
        packaging/deb.sh "$system" "$program" "$work/documents"
        packaging/wheel.py "$system" "$program" "$work/documents" "$version" "$(needed_glibc "dist/$system/$program")"
      done
      ;;
  esac
done

# The image holds libraries of this machine, so it is for this machine's kind of processor.
if [[ " ${systems[*]} " == *" $this_system "* ]]; then packaging/image.py "$this_system" "$version"; fi

cd dist
sha256sum -- *.deb *.whl *.tar *.tar.gz >SHA256SUMS
cat SHA256SUMS
