#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# culprit replay: logs of both grammars come back byte by byte; what is told of them; what is wrong
# is said in one line; and on made-up histories each step of a log that `git bisect` wrote is what
# replay --repo takes for git's choice.
#
# An argument, a number, makes other histories and draws than the usual ones.

set -u
logs=$(realpath "$(dirname "$0")/../data/logs")
. "$(dirname "$0")/functions.sh"

requires git awk jq cmp
program CULPRIT culprit
program GEN_HISTORY gen_history
offset=${1:-0}

replay() {
	"$CULPRIT" replay "$@"
}

# fails NAME STATUS ARGS...: stdout is empty, stderr one line
fails() {
	local name=$1 want=$2 status

	shift 2
	replay "$@" >"$name.out" 2>"$name.err" </dev/null
	status=$?
	[ $status = "$want" ] && [ ! -s "$name.out" ] && [ "$(wc -l <"$name.err")" = 1 ] && return
	diag "replay $* exited with $status"
	diag <"$name.err"
	return 1
}

# --- the same bytes ---

same_bytes() {
	local log bad=0

	for log in "$logs"/*.txt; do
		replay --emit "$log" | cmp - "$log" || bad=1
		replay --emit - <"$log" | cmp - "$log" || bad=1
	done
	return $bad
}
check 'logs of both grammars come back byte by byte' same_bytes

# Cut at every 97th byte, with other line ends, quoted.
mangled_bytes() {
	local log size at bad=0

	for log in "$logs"/cause-*.txt "$logs"/fix-now.txt "$logs"/inconclusive-2020.txt; do
		size=$(stat -c %s "$log")
		for ((at = 97; at < size; at += 97)); do
			head -c $at "$log" >cut
			replay --emit cut >emitted && cmp -s cut emitted || { echo "$log: $at"; bad=1; }
		done
		sed 's/$/\r/' "$log" >cut
		replay --emit cut | cmp - cut || bad=1
		sed 's/^/> /' "$log" >cut
		replay --emit cut | cmp - cut || bad=1
		sed 's/^/>> /; s/ $//' "$log" >cut
		replay --emit cut | cmp - cut || bad=1
	done
	return $bad
}
check 'so do logs that are cut, quoted and with other line ends' mangled_bytes

# --- what is told ---

replay --json "$logs/cause-2020.txt" >cause.json
# shellcheck disable=SC2016
check 'JSON: version, file and summary' jq -e '
	.version == 1 and (.file | endswith("cause-2020.txt")) and .era == "2020" and
	.direction == "cause" and .summary == {outcome: "first-bad", tests: 4, releases: 1, good: 1,
	bad: 1, skip: 0, revisions_tested: 4, total_time: "1h16m14.959531657s",
	build_time: "36m5.394826986s", test_time: "38m12.084426604s", lines: 55,
	unknown_lines: 0} and .repository == null' cause.json
check 'JSON: tests with their runs' jq -e '
	.tests[1] | .role == "release" and .name == "v5.4" and .compiler == "gcc (GCC) 8.1.0" and
	.counts.ok == 2 and .counts["basic test failed"] == 1 and .runs[0].title == "timed out" and
	.runs[1] == {run: 1, result: "ok", title: null, output: null, line: 10} and
	.mark == "good" and .verdict == "clean"' cause.json
check 'JSON: the steps of git and the outcome' jq -e '
	(.search.steps | length) == 2 and .search.steps[0].left == 2 and
	.search.steps[0].test == 3 and .search.culprit == .outcome.commit and
	.outcome.cc == ["author@example.com", "linux-foo@example.org"] and
	.outcome.culprit_signature != .outcome.parent_signature' cause.json
replay --json "$logs/fix-2020.txt" >fix.json
check 'JSON: a fix bisection' jq -e '.direction == "fix" and .summary.outcome == "first-good" and
	.tests[2].mark == "good" and .tests[2].verdict == "crashed"' fix.json
keys() {
	for log in "$logs"/*.txt; do
		replay --json "$log" | jq -c '[paths | map(select(type == "string"))] | map(.[0])
			| unique' || echo 'no JSON'
	done | sort -u | wc -l
}
check 'JSON: the same keys for every log' test "$(keys)" = 1
check 'JSON: one key order' test "$(replay --json "$logs/bytes.txt" | jq -c 'keys_unsorted')" = \
	'["version","file","era","direction","host","began","start","builder","summary","tests","search","outcome","repository"]'

replay "$logs/cause-2020.txt" >story
cat >want <<'END'
cause bisection from 1a1a1a1a1a1a
crash: KASAN: use-after-free Read in foo_release

    revision     runs             verdict git   left  time* what
  1 1a1a1a1a1a1a all crashed      crashed bad         35 % start
  2 2b2b2b2b2b2b 2 of 4 ok        clean   good        21 % v5.4
  3 3c3c3c3c3c3c 2 of 4 crashed   crashed bad      2  21 % foo: rework the re...
  4 4d4d4d4d4d4d all ok           clean   good     0  21 % bar: typo
  * an estimate: each build and each run taken for as long as the others

crashes:   11 runs of  2 revisions  KASAN: use-after-free Read in foo_release
            1 run  of  1 revision   lost connection to test machine

first bad commit: 3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c foo: rework the release path
4 revisions in 1h16m (build 36m05s, test 38m12s)
END
same 'the story of a log' want story
no_control() {
	local log

	for log in "$logs"/*.txt; do
		replay "$log" || return
	done | LC_ALL=C grep -n '[[:cntrl:]]' && return 1
	return 0
}
check 'no control characters' no_control

# --- bad input ---

check 'no log given' fails usage 1
check 'two logs' fails two 1 a b
check 'an unknown option' fails option 1 --no-such "$logs/cause-2020.txt"
check '--emit with --json' fails both 1 --emit --json "$logs/cause-2020.txt"
check 'no such file' fails none 1 none.txt
one_line 'its name and why' none 'none.txt: cannot read: No such file'
check 'a folder' fails folder 1 .
check 'an empty file' fails empty 1 /dev/null
one_line 'what a log looks like' empty 'no line of a bisection log'
head -c 100000 /dev/zero >zeros
check 'bytes that are no log' fails zeros 1 zeros
check 'no repository' fails norepo 1 --repo none "$logs/cause-2020.txt"
check 'a full disk' bash -c "! '$CULPRIT' replay --emit '$logs/cause-2020.txt' >/dev/full 2>full.err"
one_line 'is said' full 'cannot write standard output'

# --- logs that culprit bisect writes ---

make_repo own 40 12 7 --octopus
git -C own rev-list --topo-order main >list
bad=$(head -n 1 list) good=$(tail -n 1 list) culprit=$(sed -n 15p list)
cat >verdict.sh <<END
git merge-base --is-ancestor $culprit HEAD && exit 1
exit 0
END
for format in 2020 now; do
	"$CULPRIT" bisect --repo own --bad "$bad" --good "$good" --dir "state-$format" \
		--policy git-bisect --log-format $format --run sh "$TMP/verdict.sh" >out-$format 2>&1 ||
		diag <out-$format
	replay --emit "state-$format/bisect.log" | cmp - "state-$format/bisect.log" &&
		replay --repo own --json "state-$format/bisect.log" >own.json
	check "--log-format $format: replay understands every line and agrees" jq -e --arg c "$culprit" '
		.summary.unknown_lines == 0 and .summary.outcome == "first-bad" and
		.outcome.commit == $c and .repository.differ == 0 and .repository.same > 3' own.json
done
check 'the newer form has its lines' \
	grep -q '^culprit starts bisection 20.*UTC$' state-now/bisect.log
"$CULPRIT" bisect --repo own --bad "$bad" --good "$good" --dir state-x --log-format 2019 \
	--run true 2>format.err
one_line 'an unknown --log-format' format 'log-format is 2020 or now'

# A log whose marks are not git's: a step is changed, so git goes elsewhere.
awk '/^# git bisect (good|bad)/ && !done { sub(/good|bad/, /good/ ? "bad" : "good"); done = 1 } 1' \
	state-2020/bisect.log >changed.log
replay --repo own changed.log >changed.out
check 'a changed mark: exit status 2' test $? = 2
check 'and what git would have chosen' grep -q '! git would' changed.out
git init -q other
git -C other commit -q --allow-empty -m one
replay --repo other state-2020/bisect.log >other.out
check 'another repository: exit status 2' test $? = 2
check 'and what it does not have' grep -q 'does not have' other.out

# --- step by step with git bisect ---

# draw SEED <graph: the bad end, the culprit and the good ends; the verdict of each commit goes to
# verdicts. Good ends may be no ancestors of the bad end: then git tests merge bases first.
draw() {
	awk -v seed="$1" '
	function below(n) { return int(rand() * n) }
	{
		hex[NR] = $2; at[$2] = NR; n = NR
		for (i = 3; i <= NF; i++) parents[NR] = parents[NR] " " $i
	}
	function try(    i, k, p, np) {
		bad = rand() < 0.5 ? 1 : 1 + below(int(n / 3))
		split("", reach); split("", has)
		reach[bad] = 1; n_reach = n_free = n_aside = 0
		for (i = bad; i <= n; i++) {
			if (!(i in reach)) continue
			list[n_reach++] = i
			np = split(parents[i], p, " ")
			for (k = 1; k <= np; k++) reach[at[p[k]]] = 1
		}
		culprit = list[below(n_reach)]
		for (i = n; i > 0; i--) {
			if (i == culprit) has[i] = 1
			np = split(parents[i], p, " ")
			for (k = 1; k <= np; k++) if (at[p[k]] in has) has[i] = 1
			if (i in has) continue
			if (i in reach) free[n_free++] = i
			else aside[n_aside++] = i
		}
		return n_free
	}
	END {
		srand(seed)
		while (!try()) ;
		line = hex[bad] " " hex[culprit]
		for (i = 1 + below(3); i > 0; i--) {
			out = n_aside && rand() < 0.6
			line = line " " hex[out ? aside[below(n_aside)] : free[below(n_free)]]
		}
		print line
		for (k = rand() < 0.5 ? 0 : 1 + below(4); k > 0; k--) {
			from = below(n_reach)
			for (i = below(n_reach / 4 + 1); i > 0; i--)
				skip[list[(from + i) % n_reach]] = 1
		}
		for (i = 1; i <= n; i++)
			print hex[i], (i in skip) ? "skip" : ((i in has) ? "bad" : "good") >"verdicts"
	}'
}

# A log in the grammar of 2020 around what git bisect prints.
write_log() {
	local bad=$1 head verdict

	shift
	printf 'bisecting cause commit starting from %s\n' "$bad"
	printf '# git bisect start %s\n' "$bad $*"
	git -C repo bisect start "$bad" "$@" >raw 2>&1
	cat raw
	while ! grep -q -e 'is the first bad commit' -e '^We cannot' -e '^The merge base' raw; do
		read -r head <repo/BISECT_HEAD
		verdict=$(sed -n "s/^$head //p" verdicts)
		printf 'testing commit %s with gcc (GCC) 8.1.0\n' "$head"
		case $verdict in
		good) echo 'all runs: OK' ;;
		bad) echo 'all runs: crashed: WARNING in f' ;;
		skip) echo 'all runs: boot failed: timed out' ;;
		esac
		printf '# git bisect %s %s\n' "$verdict" "$head"
		git -C repo bisect "$verdict" "$head" >raw 2>&1
		cat raw
	done
	git -C repo bisect reset >/dev/null 2>&1
}

total=0 steps=0 skips=0 bases=0 only=0 failed=0

# bisection HISTORY DRAW GEN_OPTIONS...: makes the history, lets git bisect in it, compares.
bisection() {
	local history=$1 draw=$2 bad culprit goods differ n skip base list unknown

	shift 2
	rm -rf repo
	git init -q --bare -b main repo
	"$GEN_HISTORY" "$1" "$2" "$history" "${@:3}" | git -C repo fast-import --quiet ||
		not_ok "making history $history"
	git -C repo rev-list --topo-order --parents --timestamp main >graph
	draw "$draw" <graph >ends
	read -r bad culprit goods <ends
	# shellcheck disable=SC2086
	write_log $bad $goods >log
	replay --repo repo --json log >json
	total=$((total + 1))
	read -r differ n skip base list unknown <<<"$(jq -r '[.repository.differ,
		(.search.steps | length), .summary.skip,
		([.search.steps[] | select(.merge_base)] | length),
		(.search.only_skipped | if . then 1 else 0 end), .summary.unknown_lines] |
		join(" ")' json)"
	replay --emit log | cmp -s - log || differ=bytes
	if [ "$differ" != 0 ] || [ "$unknown" != 0 ]; then
		failed=$((failed + 1))
		diag "history $history, draw $draw ($*), culprit $culprit:"
		replay --repo repo log | tail -n 30 | diag
	fi
	steps=$((steps + n)) skips=$((skips + skip)) bases=$((bases + base)) only=$((only + list))
}

for ((i = 1; i <= 50; i++)); do
	case $((i % 5)) in
	0) set -- 40 0 ;;
	1) set -- 60 20 ;;
	2) set -- 120 50 --octopus ;;
	3) set -- 150 60 --octopus --crisscross --dates equal ;;
	4) set -- 200 80 --topics-before-good --octopus ;;
	esac
	bisection $((offset + i)) $((i * 7919 + offset)) "$@"
done
# A merge base that is skipped is outside of the range, and yet git chooses in another way then.
bisection 1021 167299 60 20
diag "$total bisections, $steps steps, $skips skips, $bases merge bases, $only with only skips left"
check 'replay --repo agrees with git bisect, step by step' test $failed = 0
check 'on enough steps of every kind' \
	test $steps -gt 150 -a $skips -gt 25 -a $bases -gt 5 -a $only -gt 2

done_testing
