# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For scripts that check the program on logs of a study, where the machine has them:
#
#	. "$(dirname "$0")/study.sh"
#
# with the script's arguments [CULPRIT [FOLDER]]. FOLDER holds *.txt, and FOLDER.tsv is the table: a
# heading, then a line for each log, whose columns may come in any order. Sets $culprit, $folder and
# $tmp, an empty folder that is removed at the end. Without the logs the script ends here, with 0.
top=$(cd "$(dirname "$0")/.." && pwd)
culprit=${1:-$top/build-check/culprit}
folder=${2:-$top/../shared/logs-study}

[ -d "$folder" ] && [ -e "$folder.tsv" ] || {
	echo "no folder $folder: nothing to check"
	exit 0
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
