# What the packaging scripts share: run from the top folder.
# shellcheck shell=bash disable=SC2034

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
this_system=linux-$([[ $(uname -m) == aarch64 ]] && echo arm64 || echo x64)

# All times in the packages are the commit's, so that two builds of one commit are the same bytes.
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C

# The glibc that a program needs, such as 2.34.
needed_glibc() { # FILE
  readelf --wide --dyn-syms "$1" | grep -o 'GLIBC_[0-9.]*' | cut -d _ -f 2 | sort -Vu | tail -n 1
}
