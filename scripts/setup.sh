#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is missing of Debian's packages. setup.sh build|demo|check|nightly
set -eu

build="gcc libc6-dev make git meson ninja-build pkg-config libsystemd-dev libsqlite3-dev
nettle-dev libdw-dev libjansson-dev scdoc"
kernel="linux-source-6.1 qemu-system-x86 flex bison bc libelf-dev libssl-dev xz-utils ccache bubblewrap"
check="clang user-mode-linux procps util-linux libcmocka-dev sqlite3 jq binutils chromium python3
python3-jsonschema"

case ${1:-build} in
build) want=$build ;;
demo) want="$build $kernel" ;;
check) want="$build $kernel $check" ;;
nightly) want="$build $kernel $check libclang-rt-14-dev" ;;
*)
	echo "usage: setup.sh build|demo|check|nightly" >&2
	exit 1
	;;
esac

missing=
for p in $want; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)" = installed ] ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "setup: please install as root: apt-get install$missing" >&2
		exit 1
	}
	sudo=sudo
fi
echo "setup: installing$missing"
$sudo apt-get update -qq
# shellcheck disable=SC2086 # a list of names
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
	>/tmp/culprit-setup.$$ 2>&1 || {
	tail -n 20 /tmp/culprit-setup.$$ >&2
	rm -f /tmp/culprit-setup.$$
	exit 1
}
rm -f /tmp/culprit-setup.$$
