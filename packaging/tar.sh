#!/usr/bin/env bash
# Makes dist/reliable-download-VERSION-SYSTEM.tar.gz: the programs and what belongs to them, in one folder.
# Usage: packaging/tar.sh SYSTEM DOCUMENTS
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/shared.sh

name=reliable-download-$version-$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/$name"
cp -r "dist/$1"/* LICENSE README.md CHANGELOG.md CONTRIBUTING.md DESIGN.md docs "$work/$name"
rm -f "$work/$name"/*.dbg
if [[ $1 != win-* ]]; then cp -r "$2" "$work/$name/share"; fi
if [[ $1 == linux-* ]]; then cp packaging/debian/rd-api.{service,socket} "$work/$name"; fi
chmod -R u=rwX,go=rX "$work/$name"
tar --create --sort=name --format=ustar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --directory "$work" "$name" | gzip -9n >"dist/$name.tar.gz"
