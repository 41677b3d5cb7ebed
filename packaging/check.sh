#!/usr/bin/env bash
# Installs each package of dist/ for this machine where nothing of it was before, runs the programs, removes it, and looks for what is left.
# Needs root (else sudo), and from Debian what it names; a Debian system to install in is made once and kept in the cache folder.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/shared.sh

needed=(debootstrap=debootstrap lintian=lintian systemd-analyze=systemd skopeo=skopeo jq=jq readelf=binutils)
as_root=()
if ((EUID != 0)); then as_root=(sudo); fi
missing=()
for need in "${needed[@]}"; do
  command -v "${need%%=*}" >/dev/null || missing+=("${need#*=}")
done
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
.ci/install "${missing[@]}"

work=$(mktemp -d)
server=
finish() {
  if [[ -n $server ]]; then "${as_root[@]}" kill "$server" 2>/dev/null || true; fi
  "${as_root[@]}" rm -rf "$work"
}
trap finish EXIT
fail() { echo "$1" >&2; exit 1; }

# Runs both programs: the versions, and a file that is served and downloaded. What a person types before the names is PREFIX, as chroot ROOT;
# files are where both see them, below FOLDER in ROOT.
check_programs() { # ROOT FOLDER PREFIX...
  local root=$1 folder=$2 line said
  shift 2
  [[ $("$@" rd-api --version) == "rd-api $version"* && $("$@" rd --version) == "rd $version"* ]] || fail "$*: another version"
  mkdir -p "$root$folder/files" "$root$folder/got"
  chmod -R 777 "$root$folder"
  head -c 5000000 /dev/urandom >"$root$folder/files/sample"
  exec {said}< <(exec "$@" rd-api --host 127.0.0.1 --port 0 --web-root "$folder/files" --cache "$folder/digests.db" 2>&1)
  server=$!
  while read -r line <&"$said"; do
    [[ $line != *warn* ]] || fail "$*: $line"
    [[ $line != *http://* ]] || break
  done
  "$@" rd -d "$folder/blocks" -o "$folder/got" "$(grep -o 'http://[^ ,]*' <<<"$line")sample"
  cmp "$root$folder/files/sample" "$root$folder/got/sample"
  [[ -s $root$folder/digests.db ]] || fail "$*: no digest cache"
  "${as_root[@]}" kill "$server"
  wait "$server" || fail "$*: rd-api ended with $?"
  server=
  exec {said}<&-
  rm -rf "$root${folder:?}"
}

# The files of a folder, without what the installers keep for themselves.
listed() { # FOLDER
  "${as_root[@]}" find "$1" -xdev \
    \( -path "$1/var/lib/dpkg" -o -path "$1/var/log" -o -path "$1/run" -o -path "$1/proc" -o -path "$1/dev" -o -name __pycache__ \) -prune -o -not -path "$1/etc/*-" -print | sort
}
same_as_before() { # FOLDER LIST
  diff "$2" <(listed "$1") || fail "$1 is not as it was"
}

echo '== sums'
(cd dist && sha256sum --quiet --check SHA256SUMS)

echo '== tarball'
tar -C "$work" -xf "dist/reliable-download-$version-$this_system.tar.gz"
unpacked=$work/reliable-download-$version-$this_system
check_programs '' "$work/t" env "PATH=$unpacked:$PATH"

echo '== Debian packages'
architecture=$(dpkg --print-architecture)
debs=("dist/rd_$version-1_$architecture.deb" "dist/rd-api_$version-1_$architecture.deb")
lintian --fail-on error,warning "${debs[@]}"
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
base=${XDG_CACHE_HOME:-$HOME/.cache}/reliable-download/$suite-$architecture.tar
if [[ ! -e $base ]]; then
  # shellcheck disable=SC2016 # it is apt's own variable
  mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" | head -n 1)
  mkdir -p "$(dirname "$base")"
  "${as_root[@]}" debootstrap --variant=minbase --include=adduser,ca-certificates "$suite" "$work/base" "$mirror" >"$work/log" || {
    tail "$work/log"
    fail 'debootstrap failed'
  }
  "${as_root[@]}" tar -C "$work/base" --exclude './var/cache/apt/*' --exclude './var/lib/apt/lists/*' -cf - . >"$base.new"
  mv "$base.new" "$base"
fi
system=$work/system
mkdir "$system"
"${as_root[@]}" tar -C "$system" -xpf "$base"
listed "$system" >"$work/before"
"${as_root[@]}" cp "${debs[@]}" "$system/var/lib/dpkg/"
in_system() { "${as_root[@]}" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$system" "$@"; }
install_debs() { in_system sh -c 'dpkg --install /var/lib/dpkg/*.deb' >"$work/log" 2>&1 || { cat "$work/log"; fail 'dpkg cannot install them'; }; }
install_debs
in_system id rd-api
units=$(in_system find /etc/systemd/system -name 'rd-api.*')
[[ -z $units ]] || fail "enabled by the installation: $units"
[[ -s $system/usr/lib/systemd/system/rd-api.socket ]] || fail 'no socket unit'
check_programs "$system" /tmp/t "${as_root[@]}" env -i PATH="$PATH" chroot --userspec rd-api "$system"
# An update keeps what the administrator wrote.
"${as_root[@]}" sed -i 's:^WEB_ROOT=.*:WEB_ROOT=/srv/mine:' "$system/etc/default/rd-api"
install_debs
grep -q '^WEB_ROOT=/srv/mine' "$system/etc/default/rd-api"
in_system dpkg --remove rd rd-api >/dev/null
[[ -e $system/etc/default/rd-api ]] || fail 'a removal took the settings'
# What an administrator enabled goes, too.
"${as_root[@]}" mkdir -p "$system/etc/systemd/system/sockets.target.wants"
"${as_root[@]}" ln -s /usr/lib/systemd/system/rd-api.socket "$system/etc/systemd/system/sockets.target.wants/"
in_system dpkg --purge rd-api >/dev/null
"${as_root[@]}" rmdir --ignore-fail-on-non-empty -p "$system/etc/systemd/system/sockets.target.wants"
same_as_before "$system" "$work/before"
if in_system id rd-api 2>/dev/null; then fail 'the user is left'; fi

echo '== systemd units'
# The program is not at its place on this machine.
sed "s:/usr/bin/rd-api:$unpacked/rd-api:" "$unpacked/rd-api.service" >"$work/rd-api.service"
cp "$unpacked/rd-api.socket" "$work"
systemd-analyze verify --man=no "$work/rd-api.service" "$work/rd-api.socket"
systemd-analyze security --no-pager --offline=yes --threshold=20 "$work/rd-api.service" | tail -n 1

echo '== wheels'
/usr/bin/python3 -m venv "$work/venv"
listed "$work/venv" >"$work/before"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links dist rd rd-api
check_programs '' "$work/t" env "PATH=$work/venv/bin:$PATH"
[[ -s $work/venv/share/man/man1/rd.1 && -s $work/venv/share/bash-completion/completions/rd-api ]] || fail 'no man page or completion'
"$work/venv/bin/pip" uninstall --quiet --disable-pip-version-check --yes rd rd-api
# pip leaves the folders that programs share.
(cd "$work/venv" && find share -depth -type d -empty -delete)
same_as_before "$work/venv" "$work/before"

echo '== image'
image=dist/rd-api-$version-$this_system-image.tar
for kind in oci-archive docker-archive; do
  skopeo inspect "$kind:$image" | jq -e '.Layers | length == 1' >/dev/null
  skopeo inspect --config "$kind:$image" | jq -e '.config.User == "65532:65532" and .config.Entrypoint == ["/usr/bin/rd-api"]' >/dev/null
done
skopeo copy --quiet "oci-archive:$image" "dir:$work/image"
mkdir "$work/container"
"${as_root[@]}" tar -C "$work/container" -xzpf "$work/image/$(jq -r '.layers[0].digest | ltrimstr("sha256:")' "$work/image/manifest.json")"
# rd is no part of it, but runs on the same libraries.
"${as_root[@]}" cp "$unpacked/rd" "$work/container/usr/bin/rd"
check_programs "$work/container" /tmp/t "${as_root[@]}" env -i PATH="$PATH" chroot --userspec 65532:65532 "$work/container"

echo 'Each package was installed, ran, and left nothing.'
