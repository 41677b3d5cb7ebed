#!/usr/bin/env bash
# Builds once and runs all tests; arguments go to the test runner (./test.sh --filter-class '*Ranges*').
# The last line is "N passed, N failed, N skipped". Needs the .NET SDK; installs from Debian what is missing else.
# All tests start the native programs, as people do, on x64; some (with arguments) those of `dotnet build`, which are quicker to build. RD and RD_API
# name others: RD=dist/linux-x64/rd RD_API=dist/linux-x64/rd-api ./test.sh --filter-namespace '*EndToEnd*'
set -euo pipefail
if [[ -n ${RD:-} ]]; then RD=$(realpath -e "$RD"); export RD; fi
if [[ -n ${RD_API:-} ]]; then RD_API=$(realpath -e "$RD_API"); export RD_API; fi
cd "$(dirname "$0")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# A program that runs for a second spends most of it on compiling itself: these take a sixth off.
export DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0

# program=package of what the tests start.
needed=(redis-server=redis-server script=bsdutils mount=mount mkfs.ext4=e2fsprogs ss=iproute2 zsh=zsh fish=fish mandoc=mandoc strace=strace nginx=nginx-light lighttpd=lighttpd caddy=caddy curl=curl wget=wget wget2=wget2 aria2c=aria2 axel=axel
  rclone=rclone lftp=lftp systemd-socket-activate=systemd git=git zsync=zsync casync=casync promtool=prometheus htpasswd=apache2-utils python3=python3 tinyproxy=tinyproxy haproxy=haproxy varnishd=varnish microsocks=microsocks openssl=openssl chromium=chromium npm=npm xmllint=libxml2-utils pip3=python3-pip apt-get=apt)
missing=()
for need in "${needed[@]}"; do
  command -v "${need%%=*}" >/dev/null || missing+=("${need#*=}")
done
# A module of Debian's python3, for a file system of our own.
[[ -e /usr/lib/python3/dist-packages/fusepy.py ]] || missing+=(python3-fusepy)
is_native=''
if (($# == 0)) && [[ -z ${RD:-}${RD_API:-} && $(uname -m) == x86_64 ]]; then
  is_native=1
  read -ra compilers < <(./build.sh --missing linux-x64)
  missing+=("${compilers[@]}")
fi
.ci/install "${missing[@]}"
if [[ -n $is_native ]]; then
  ./build.sh linux-x64
  export RD=$PWD/dist/linux-x64/rd RD_API=$PWD/dist/linux-x64/rd-api
fi

tests=test/ReliableDownload.Tests
# Finds what keeps people from reading a page.
axe=$tests/bin/axe
[[ -s $axe/node_modules/axe-core/axe.min.js ]] || npm install --silent --no-save --no-audit --no-fund --prefix "$axe" axe-core@4.14.1
results=$tests/TestResults
rm -rf "$results"
dotnet build "$tests" --configuration Release --nologo --verbosity quiet -nodeReuse:false

# Some tests send signals; a shell that runs this in the background has children ignore them.
ended=0
env --default-signal=INT,HUP,TERM dotnet "$tests/bin/Release/net10.0/ReliableDownload.Tests.dll" --results-directory "$results" \
  --no-progress --report-xunit --report-xunit-filename tests.xml "$@" </dev/null || ended=$?

# The report has one <assembly> element, with the counts as attributes.
count() { { grep -o '<assembly [^>]*' "$results/tests.xml" || true; } | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' || echo 0; }
if [[ -s $results/tests.xml ]]; then
  passed=$(count passed) failed=$(($(count failed) + $(count errors))) skipped=$(count skipped)
else
  passed=0 failed=0 skipped=0
fi
if ((ended == 0 && (failed > 0 || passed == 0))); then ended=1; fi
if [[ ${CI:-} == true ]] && ((skipped > 0)); then ended=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$ended"
