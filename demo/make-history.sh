#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make-history.sh DEST: make the demo history, a kernel tree with one bug to find, at DEST.
# make-history.sh DEST FOLDER: make that of FOLDER/history and FOLDER/patches, if there are any; DEST is
#	a bare repository then, which borrows the import from the demo history beside it, DEST/../linux.
#
# The tree is Debian's linux-source-6.1 (LINUX_SOURCE names another tarball), imported whole as one
# commit. On top come the commits of the file "history" beside this script. Names and dates are
# fixed: one tarball gives the same commit ids everywhere.
#
# A history that is complete and made from the same inputs is left alone; anything else is made
# again. The import, which takes nearly all of the time, is kept when only "history" or the patches
# have changed. Nothing is left out of the tree: without the register headers of amdgpu, the device
# trees and the sound drivers it would be made 10 s faster, and be no kernel tree any more.
#
# Left in DEST/.git, or in the bare DEST, for tests:
#	culprit-demo-truth	the id of the culprit
#	culprit-demo-marks	"MARK ID" for each commit that "history" marks: base, culprit, cause,
#				no-build, no-boot

set -euo pipefail

say() { printf 'demo: %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }

if [ $# -lt 1 ] || [ $# -gt 2 ] || [ -z "$1" ]; then
	echo "usage: ${0##*/} DEST [FOLDER]" >&2
	exit 1
fi
source=${LINUX_SOURCE:-/usr/src/linux-source-6.1.tar.xz}
here=$(cd "$(dirname "$0")" && pwd)
dest=$(realpath -m -- "$1")
folder=$(realpath -m -- "${2:-$here}")
[ -r "$folder/history" ] || die "$folder/history is missing"
if [ "$folder" = "$here" ]; then
	repo=$dest/.git
else
	repo=$dest
	base=$(dirname "$dest")/linux
	[ "$dest" != "$base" ] || die "$dest is the place of the demo history"
	"$here/${0##*/}" "$base"
fi
[ -r "$source" ] || die "$source is missing (package linux-source-6.1, or set LINUX_SOURCE)"
command -v git >/dev/null || die "git is missing"

# Nothing of the caller's git may leak in: not the configuration, not hooks, not a GIT_DIR.
# shellcheck disable=SC2046 # a list of names
unset $(git rev-parse --local-env-vars)
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_ATTR_NOSYSTEM=1 LC_ALL=C TZ=UTC
umask 022

version=$(git --version | sed 's/[^0-9]*//; s/[^0-9.].*//')
[ "$(printf '%s\n' 2.38 "$version" | sort -V | head -n 1)" = 2.38 ] ||
	die "git $version is too old, merge-tree --write-tree came with 2.38"

# ---- what there is already

import_sum=$(sha256sum < "$source")
import_sum=${import_sum%% *}
sum=$({ echo "$import_sum"; cat "$0" "$folder/history"; cat "$here"/patches/*.patch
	[ "$folder" = "$here" ] || [ ! -d "$folder/patches" ] || cat "$folder"/patches/*.patch; } | sha256sum)
sum=${sum%% *}

mkdir -p "$(dirname "$dest")"
exec 9> "$dest.lock"
flock -n 9 || { say "waiting for another run on $dest"; flock 9; }

if [ "$(cat "$repo/culprit-demo-stamp" 2>/dev/null)" = "$sum" ]; then
	say "$dest is complete"
	exit 0
fi

started=$SECONDS
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- the import: made beside DEST, moved there when whole

now=$(date -ud 2022-12-11 +%s)
committer='Ingrid Halvorsen <ingrid.halvorsen@example.org>'

# commit AUTHOR TREE MESSAGE-FILE PARENT...: sets $id
commit() {
	local author=$1 tree=$2 message=$3 parent parents=()
	shift 3
	for parent; do parents+=(-p "$parent"); done
	now=$((now + 10980 + ${#author} * 60))
	id=$(GIT_AUTHOR_NAME=${author% <*} GIT_AUTHOR_EMAIL=${author#*<} \
		GIT_AUTHOR_DATE="@$((now - 93784)) +0000" \
		GIT_COMMITTER_NAME=${committer% <*} GIT_COMMITTER_EMAIL=${committer#*<} \
		GIT_COMMITTER_DATE="@$now +0000" \
		git commit-tree "$tree" "${parents[@]}" -F "$message")
}

# tag X.Y COMMIT
tag() {
	GIT_COMMITTER_NAME=${committer% <*} GIT_COMMITTER_EMAIL=${committer#*<} \
		GIT_COMMITTER_DATE="@$((now + 300)) +0000" \
		git tag -f -a -m "Linux $1" "v$1" "$2" >/dev/null
}

# What was at DEST before goes, if it is ours.
make_room() {
	if [ -e "$dest" ]; then
		[ -e "$repo/culprit-demo-import" ] || die "$dest exists and is no demo history"
		rm -rf "$dest"
	fi
	rm -rf "$1"
}

# The import of the demo history, by reference: its first commit stays for good.
borrow() {
	local part=$dest.part
	make_room "$part"
	export GIT_DIR=$part
	git init -q --bare --template= -b master
	git config core.hooksPath /dev/null
	git config gc.auto 0
	mkdir -p "$part/objects/info"
	echo "$base/.git/objects" > "$part/objects/info/alternates"
	git update-ref refs/tags/v6.1 "$(git --git-dir="$base/.git" rev-parse v6.1)"
	git update-ref refs/heads/master "$(git rev-parse v6.1^0)"
	echo "$import_sum" > "$GIT_DIR/culprit-demo-import"
	mv "$part" "$dest"
}

import() {
	local part=$dest.part release
	make_room "$part"
	mkdir "$part"
	say "unpacking $source"
	tar -xf "$source" -C "$part" --strip-components=1 --no-same-owner
	[ -f "$part/mm/mremap.c" ] || die "$source is no kernel source"

	export GIT_DIR=$part/.git GIT_WORK_TREE=$part
	git init -q --template= -b master
	git config core.hooksPath /dev/null
	git config core.attributesFile /dev/null
	git config core.excludesFile /dev/null
	git config core.fsync none
	git config core.compression 1
	git config index.version 4
	git config gc.auto 0
	say "importing $(find "$part" -name .git -prune -o -type f -print | wc -l) files"
	# Over the threshold, a file goes straight into the pack and never is a loose object.
	git -c core.bigFileThreshold=1 add -A -f "$part"
	release=$(sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p; s/^SUBLEVEL = //p' "$part/Makefile" |
		paste -sd .)
	printf "Linux %s, Debian's source\n" "$release" > "$scratch/message"
	commit "$committer" "$(git write-tree)" "$scratch/message"
	git update-ref refs/heads/master "$id"
	tag 6.1 "$id"
	echo "$import_sum" > "$GIT_DIR/culprit-demo-import"
	mv "$part" "$dest"
}

if [ "$(cat "$repo/culprit-demo-import" 2>/dev/null)" != "$import_sum" ]; then
	if [ "$folder" = "$here" ]; then import; else borrow; fi
fi
export GIT_DIR=$repo
[ "$folder" != "$here" ] || export GIT_WORK_TREE=$dest
rm -f "$GIT_DIR"/culprit-demo-{stamp,truth,marks}
git tag -l | grep -vx v6.1 | xargs -r git tag -d >/dev/null || true

# ---- the commits on top: made in an index of their own, without the files

declare -A tips=()
branch="" tip=$(git rev-parse v6.1^0) count=0
now=$(git show -s --format=%ct "$tip")
export GIT_INDEX_FILE=$scratch/index

# made: the new commit $id is the tip of the branch
made() {
	tip=$id
	tips[$branch]=$tip
	count=$((count + 1))
}

do_branch() {
	[ -z "$branch" ] || tips[$branch]=$tip
	branch=$1
	if [ -n "${tips[$branch]-}" ] || [ ! -e "$GIT_INDEX_FILE" ]; then
		tip=${tips[$branch]-$tip}
		git read-tree "$tip"
	fi
	tips[$branch]=$tip
}

do_pick() {
	local patch=$folder/patches/$1.patch author subject
	[ -r "$patch" ] || patch=$here/patches/$1.patch
	[ -r "$patch" ] || die "patches/$1.patch is missing"
	git mailinfo -k --encoding=UTF-8 "$scratch/body" "$scratch/diff" < "$patch" > "$scratch/info"
	author="$(sed -n 's/^Author: //p' "$scratch/info") <$(sed -n 's/^Email: //p' "$scratch/info")"
	subject=$(sed -n 's/^Subject: //p' "$scratch/info")
	git apply --cached -C1 "$scratch/diff" 2> "$scratch/errors" ||
		die "patches/$1.patch does not apply to $source: $(head -n 1 "$scratch/errors")"
	{ printf '%s\n\n' "$subject"; cat "$scratch/body"; } > "$scratch/message"
	commit "$author" "$(git write-tree)" "$scratch/message" "$tip"
	made
	[ -z "${2-}" ] || echo "$2 $id" >> "$GIT_DIR/culprit-demo-marks"
}

do_merge() {
	local other=${tips[$1]-} tree
	[ -n "$other" ] || die "history: no branch $1"
	tree=$(git merge-tree --write-tree "$tip" "$other") || die "history: $1 does not merge into $branch"
	{
		printf '%s\n\n* %s:\n' "$2" "$1"
		git log --format='  %s' "$tip..$other"
	} > "$scratch/message"
	commit "$committer" "$tree" "$scratch/message" "$tip" "$other"
	made
	git read-tree "$tip"
}

do_release() {
	local blob
	blob=$(git cat-file blob "$tip:Makefile" |
		sed "s/^VERSION = .*/VERSION = ${1%.*}/; s/^PATCHLEVEL = .*/PATCHLEVEL = ${1#*.}/
			s/^SUBLEVEL = .*/SUBLEVEL = 0/; s/^EXTRAVERSION =.*/EXTRAVERSION =/" |
		git hash-object -w --stdin)
	git update-index --cacheinfo "100644,$blob,Makefile"
	echo "Linux $1" > "$scratch/message"
	commit "$committer" "$(git write-tree)" "$scratch/message" "$tip"
	made
	tag "$1" "$tip"
}

say "adding the commits of $folder/history"
while read -r verb arg rest; do
	case $verb in
	'' | '#'*) ;;
	date) now=$(date -ud "$arg" +%s) ;;
	by) committer="$arg $rest" committer=${committer%>} ;;
	branch) do_branch "$arg" ;;
	pick) do_pick "$arg" "$rest" ;;
	merge) do_merge "$arg" "$rest" ;;
	release) do_release "$arg" ;;
	*) die "history: what is '$verb'?" ;;
	esac
done < <(sed 's/[[:space:]]#.*//; s/[[:space:]]*$//' "$folder/history")
unset GIT_INDEX_FILE

# ---- publish: files, branch, graph, stamp

if [ "$folder" = "$here" ]; then
	git read-tree -m -u HEAD "${tips[master]}" 2>/dev/null ||
		git read-tree --reset -u "${tips[master]}"
fi
git update-ref refs/heads/master "${tips[master]}"
git symbolic-ref HEAD refs/heads/master
git repack -q -d -l
git commit-graph write --reachable --no-progress
sed -n 's/^culprit //p' "$GIT_DIR/culprit-demo-marks" > "$GIT_DIR/culprit-demo-truth"
[ "$(wc -l < "$GIT_DIR/culprit-demo-truth")" -eq 1 ] || die "history: mark one commit as the culprit"
echo "$sum" > "$GIT_DIR/culprit-demo-stamp"
say "$count commits on v6.1, HEAD ${tips[master]:0:12}, $((SECONDS - started)) s"
