#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh CULPRIT: the main job on the demo history, from nothing to the culprit.
#
# The history and the build trees stay under the cache folder ($CULPRIT_CACHE or
# ~/.cache/culprit), so that a second run starts warm; STATE is demo-work/STATE here, made anew
# each time. Ctrl-C stops it, "culprit resume demo-work/STATE" goes on.
set -euo pipefail

culprit=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
cache=${CULPRIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culprit}
history=$cache/demo/linux
state=$(realpath -m "$here/../demo-work/STATE")

started=$SECONDS
"$here/make-history.sh" "$history"
made=$SECONDS
rm -rf "$state"
mkdir -p "$(dirname "$state")"

echo "demo: which commit brought the crash of demo/repro.c?"
code=0
"$culprit" bisect --kernel "$history" --bad master --config "$here/config" \
	--repro "$here/repro.c" --dir "$state" --run-seconds 3 || code=$?
[ $code -eq 0 ] || exit $code

echo
echo "---- $state/bisect.log (the first and the last lines)"
head -n 12 "$state/bisect.log"
echo "[...]"
awk '/is the first bad commit/ { p = 1 } p && n++ < 60' "$state/bisect.log"
echo "----"
found=$(sed -n 's/^first bad commit: \([0-9a-f]*\).*/\1/p' "$state/bisect.log")
truth=$(cat "$history/.git/culprit-demo-truth")
echo "demo: history $((made - started)) s, bisection $((SECONDS - made)) s"
if [ "$found" = "$truth" ]; then
	echo "demo: the culprit is the planted one, ${truth:0:12}"
else
	echo "demo: WRONG: the planted culprit is ${truth:0:12}, found ${found:0:12}" >&2
	exit 1
fi
