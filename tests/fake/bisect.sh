# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Bisections of fake kernels. To be sourced behind tests/fake/kernel.sh; needs `program CULPRIT
# culprit`, $FAKE_QEMU_PROGRAM, a repository "linux" and $WANT, the culprit.
#
#	bisect STATE [OPTION]...     $STATUS, STATE.out, STATE.err; $BISECT_OPTIONS come first
#	resume STATE                 the same
#	query STATE SQL              of its journal
#	ended DESC STATE CODE [JQ...]   a check: the exit status, the log's form, and what result.json
#	                             holds
#	lacks PATTERN FILE           the file is there and no line matches
#	has_events STATE N           its journal holds so many
#	no_session PID               of the session that PID leads nothing is left
#	no_run_twice STATE           no run that ended was repeated

LOG_GRAMMAR=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../cli/log2020.awk")
BISECT_OPTIONS=()
# shellcheck disable=SC2034 # for those who source this
CULPRIT_FOUND='.status == "culprit" and .culprit.commit == $want and .culprit.title == "37"'

bisect() {
	local state=$1

	shift
	"$CULPRIT" bisect --kernel linux --bad main --config "$CONFIG" --repro "$REPRO" \
		--dir "$state" --cache cache --qemu "$FAKE_QEMU_PROGRAM" --run-seconds 1 \
		"${BISECT_OPTIONS[@]}" "$@" >"$state.out" 2>"$state.err" </dev/null
	STATUS=$?
}

resume() {
	"$CULPRIT" resume "$1" >"$1.out" 2>"$1.err" </dev/null
	STATUS=$?
}

ended() {
	local desc=$1 state=$2 code=$3 why=

	shift 3
	[ "$STATUS" = "$code" ] || why="exit status $STATUS, not $code"
	[ -n "$why" ] || why=$(awk -f "$LOG_GRAMMAR" "$state/bisect.log")
	while [ -z "$why" ] && [ $# -gt 0 ]; do
		jq -e --arg want "$WANT" "$1" "$state/result.json" >/dev/null ||
			why="result.json: not $1: $(jq -c . "$state/result.json")"
		shift
	done
	if [ -z "$why" ]; then
		ok "$desc"
	else
		not_ok "$desc"
		diag <<<"$why"
		cat "$state.out" "$state.err" 2>/dev/null | diag
	fi
}

lacks() {
	[ -s "$2" ] && ! grep -q -- "$1" "$2"
}

has_events() {
	[ -s "$1/journal.db" ] && [ "$(query "$1" 'SELECT count(*) FROM event' 2>/dev/null || echo 0)" -ge "$2" ]
}

no_session() {
	[ -z "$(session_of "$1")" ]
}

no_run_twice() {
	[ -z "$(query "$1" "SELECT test, run FROM event WHERE kind = 'ran'
		AND outcome NOT IN ('infrastructure', 'cancelled')
		GROUP BY test, run HAVING count(*) > 1")" ]
}
