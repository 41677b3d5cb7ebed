#!/usr/bin/env bash
# Makes dist/PROGRAM_VERSION_ARCHITECTURE.deb. Usage: packaging/deb.sh SYSTEM PROGRAM DOCUMENTS
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/shared.sh

system=$1 program=$2 documents=$3
case $system in
  linux-x64) architecture=amd64 ;;
  linux-arm64) architecture=arm64 ;;
  *) echo "deb.sh: Debian does not run on $system." >&2; exit 2 ;;
esac
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
doc=$root/usr/share/doc/$program
packed() { gzip -9nc >"$1"; }

# The libraries that the file names, each as its package.
dependencies() {
  local library
  readelf -d "dist/$system/$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | while read -r library; do
    case $library in
      libc.so.* | libm.so.* | libdl.so.* | libpthread.so.* | librt.so.* | ld-linux*) echo "libc6 (>= $(needed_glibc "dist/$system/$program"))" ;;
      libgcc_s.so.1) echo 'libgcc-s1' ;;
      libstdc++.so.6) echo 'libstdc++6' ;;
      *) echo "deb.sh: what package has $library?" >&2; exit 1 ;;
    esac
  done | sort -u | paste -sd ,
}

install -D --mode 755 "dist/$system/$program" "$root/usr/bin/$program"
mkdir -p "$doc" "$root/usr/share/man/man1" "$root/usr/share/lintian/overrides" "$root/DEBIAN"
packed "$root/usr/share/man/man1/$program.1.gz" <"$documents/man/man1/$program.1"
for file in "bash-completion/completions/$program" "zsh/vendor-completions/_$program" "fish/vendor_completions.d/$program.fish"; do
  install -D --mode 644 "$documents/$file" "$root/usr/share/$file"
done
install --mode 644 packaging/debian/copyright "$doc/copyright"
if [[ $program == rd ]]; then documents_of=(rd); else documents_of=(operations fleet protocol); fi
for name in "${documents_of[@]}"; do install --mode 644 "docs/$name.md" "$doc/$name.md"; done
packed "$doc/changelog.gz" <CHANGELOG.md
sed -e "s/@PROGRAM@/$program/; s/@VERSION@/$version/; s/@DATE@/$(date -R -d "@$SOURCE_DATE_EPOCH")/" packaging/debian/changelog \
  | packed "$doc/changelog.Debian.gz"
sed "s/^@PROGRAM@/$program/" packaging/debian/lintian-overrides >"$root/usr/share/lintian/overrides/$program"

if [[ $program == rd-api ]]; then
  install -D --mode 644 --target-directory "$root/usr/lib/systemd/system" packaging/debian/rd-api.{service,socket}
  install -D --mode 644 packaging/debian/rd-api.default "$root/etc/default/rd-api"
  echo /etc/default/rd-api >"$root/DEBIAN/conffiles"
  for script in postinst prerm postrm; do install --mode 755 "packaging/debian/rd-api.$script" "$root/DEBIAN/$script"; done
fi
size=$(du --apparent-size -sk "$root" | cut -f 1)
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/; s/@DEPENDENCIES@/$(dependencies)/" \
  "packaging/debian/control.$program" >"$root/DEBIAN/control"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod -R u=rwX,go=rX "$root"
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "dist/${program}_${version}-1_$architecture.deb" >/dev/null
