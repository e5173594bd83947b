#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# culprit audit: tiers and findings of logs written here, with repositories made for them: a commit
# that only adds the check that fired, one that changes comments only, merges, side branches; what
# is wrong is said in one line. The public logs are read where the machine has them.

set -u
here=$(realpath "$(dirname "$0")")
data=$here/../data/logs
. "$here/functions.sh"

requires git awk jq
program CULPRIT culprit
shared=${CULPRIT_CORPUS-/nonexistent}/..

audit() {
	"$CULPRIT" audit "$@"
}

# fails NAME STATUS PATTERN ARGS...: stdout is empty, stderr one line that matches
fails() {
	local name=$1 want=$2 pattern=$3 status

	shift 3
	audit "$@" >"$name.out" 2>"$name.err" </dev/null
	status=$?
	[ $status = "$want" ] && [ ! -s "$name.out" ] && [ "$(wc -l <"$name.err")" = 1 ] &&
		grep -q -- "$pattern" "$name.err" && return
	diag "audit $* exited with $status"
	diag <"$name.err"
	return 1
}

# says JQ-EXPRESSION ARGS...: it holds of the JSON
says() {
	local expr=$1

	shift
	audit --json "$@" >said.json || return 1
	jq -e "$expr" said.json >/dev/null && return
	jq -c '{tier, p, runs, rerun, ids: [.findings[].id], unchecked}' said.json
	return 1
}

# finds ID ARGS...; lacks ID ARGS...
finds() {
	local id=$1

	shift
	says "any(.findings[]; .id == \"$id\")" "$@"
}
lacks() {
	local id=$1

	shift
	says "all(.findings[]; .id != \"$id\")" "$@"
}

# --- a history: base -- a1 ... a4 -- NAMED -- b1 b2 b3, as make_history's argument makes NAMED ---

write_memory() { # LINE-IN-COPY COMMENT
	mkdir -p mm
	cat >mm/memory.c <<C
/* $2 */
static int cow_user_page(struct page *dst)
{
	if (copy(dst))
		$1
	return 0;
}

int wp_page_copy(void)
{
	return cow_user_page(0);
}
C
}

other_commit() {
	echo "$1" >>kernel.c
	git add -A
	git commit -qm "kernel: change $1"
}

make_history() { # FOLDER NAMED...
	local folder=$1

	shift
	git init -q -b main "$folder"
	(
		cd "$folder" || exit 1
		write_memory 'return 1;' 'memory'
		other_commit base
		git tag v5.4
		for i in 1 2 3 4; do other_commit a$i; done
		"$@"
		git tag named
		for i in 1 2 3; do other_commit b$i; done
	)
}

id() {
	git -C "$1" rev-parse "$2^0"
}

test_block() { # ID RUNS
	printf 'testing commit %s with gcc (GCC) 8.1.0\nkernel signature: %s\n' "$1" "$1"
	printf '%s\n' "${@:2}"
}

# A log as of 2020 on that history; RUNS of the good end may be given.
write_log() { # FOLDER [GOOD-RUNS...]
	local f=$1 crash='all runs: crashed: WARNING in wp_page_copy' ok='all runs: OK'

	shift
	[ $# -gt 0 ] || set -- "$ok"
	echo "bisecting cause commit starting from $(id "$f" main)"
	echo "building syzkaller on $(id "$f" main)"
	test_block "$(id "$f" main)" "$crash"
	echo "testing release v5.4"
	test_block "$(id "$f" v5.4)" "$@"
	echo "# git bisect start $(id "$f" main) $(id "$f" v5.4)"
	echo "Bisecting: 3 revisions left to test after this (roughly 2 steps)"
	echo "[$(id "$f" named~1)] kernel: change a4"
	test_block "$(id "$f" named~1)" "$ok"
	echo "# git bisect good $(id "$f" named~1)"
	echo "Bisecting: 1 revision left to test after this (roughly 1 step)"
	echo "[$(id "$f" main~2)] kernel: change b1"
	test_block "$(id "$f" main~2)" "$crash"
	echo "# git bisect bad $(id "$f" main~2)"
	echo "Bisecting: 0 revisions left to test after this (roughly 0 steps)"
	echo "[$(id "$f" named)] $(git -C "$f" log -1 --format=%s named)"
	test_block "$(id "$f" named)" "$crash"
	echo "# git bisect bad $(id "$f" named)"
	echo "$(id "$f" named) is the first bad commit"
	git -C "$f" show --format=medium --stat --summary named
	echo "revisions tested: 5, total time: 1h0m0s (build: 30m0s, test: 30m0s)"
	echo "first bad commit: $(id "$f" named) $(git -C "$f" log -1 --format=%s named)"
	echo "crash: WARNING in wp_page_copy"
	cat <<'REPORT'
------------[ cut here ]------------
WARNING: CPU: 0 PID: 9026 at mm/memory.c:2223 cow_user_page mm/memory.c:2174 [inline]
WARNING: CPU: 0 PID: 9026 at mm/memory.c:2223 wp_page_copy+0xd66/0x10d0 mm/memory.c:2393
Call Trace:
 dump_stack+0x113/0x167 lib/dump_stack.c:113
 handle_mm_fault+0x1b0/0x270 mm/memory.c:3000
REPORT
}

named_check() {
	write_memory 'WARN_ON_ONCE(1);' 'memory'
	git add -A
	git commit -qm 'mm: fix double page fault'
}
named_plain() {
	write_memory 'return -EFAULT;' 'memory'
	git add -A
	git commit -qm 'mm: fix double page fault'
}
named_new_file() {
	mkdir -p mm
	write_memory 'WARN_ON_ONCE(1);' 'memory'
	mv mm/memory.c mm/new.c
	write_memory 'return 1;' 'memory'
	git add -A
	git commit -qm 'mm: a new way to fault'
}
named_comment() {
	write_memory 'return 1;	// as told' 'memory, more or
 * less */ /* and then some'
	git add -A
	git commit -qm 'mm: say what copying does'
}
named_arm() {
	mkdir -p arch/arm64/mm
	echo 'int f(void);' >arch/arm64/mm/fault.c
	git add -A
	git commit -qm 'mm: fix double page fault on others'
}
named_topic() {
	git checkout -q -b topic v5.4
	named_plain
	git checkout -q main
	git merge -q --no-ff -m 'Merge the topic' topic
	git tag -f named topic
}
named_merge() {
	git checkout -q -b topic v5.4
	named_plain
	git checkout -q main
	git merge -q --no-ff -m 'mm: take the topic' topic
}

for what in check new_file plain comment arm topic merge; do
	make_history $what named_$what >/dev/null 2>&1
	write_log $what >$what.log
done

# --- what a diff shows ---

check 'from the log alone a plain change is trusted' \
	says '.tier == "trust" and (.runs.graph == "chain")' plain.log
check 'with the repository too, on its graph' \
	says '.tier == "trust" and .runs.graph == "repository" and .runs.prior == "paths" and
		.runs.posterior > 0.9 and .runs.commits == 8 and
		.runs.credible[0] == .commit' --repo plain plain.log
check 'equal priors when asked for' \
	says '.runs.prior == "uniform"' --repo plain --prior uniform plain.log
check 'no detector without a check' lacks detector --repo plain plain.log
check 'a commit that adds the check that fired is a detector' finds detector --repo check check.log
check 'and is rejected' says '.tier == "reject"' --repo check check.log
check 'the text says detector' bash -c "'$CULPRIT' audit --repo check check.log | grep -q detector"
check 'a check that came with its code is none' lacks detector --repo new_file new_file.log
check 'comments only' says '.tier == "reject"' --repo comment comment.log
check 'which is named' finds comments --repo comment comment.log
check 'and cannot be known without the diff' says '.tier != "reject" and
	any(.unchecked[]; test("--repo"))' comment.log
check 'another architecture' finds not-built arm.log
check 'the same from the diff' says '.tier == "reject"' --repo arm arm.log
check 'a merge, known by its parents' finds merge --repo merge merge.log
check 'a side branch, and what it came in with' \
	says 'any(.findings[]; .id == "topic-branch" and (.says | test("Merge the topic")))' \
	--repo topic topic.log
check 'its parent lies behind the good end, and was tested' \
	lacks parent-untested --repo topic topic.log
check 'no side branch on the main line' lacks topic-branch --repo plain plain.log

# The log of another copy of the tree: same subjects, other ids.
rebased() {
	sed 's/^\(first bad commit: \|commit \|testing commit \|\[\|# git bisect [a-z]* \)\([0-9a-f]\{8\}\)/\1ffffffff/
		s/^[0-9a-f]\{8\}\([0-9a-f]* is the first\)/ffffffff\1/' check.log >rebased.log
	finds found-by-subject --repo check rebased.log && finds detector --repo check rebased.log
}
check 'a commit that is there by its subject only' rebased
check 'a repository that has nothing of it is said, and no error' \
	says '.runs.graph == "chain" and any(.unchecked[]; test("does not have the commit"))' \
	--repo plain arm.log

long_title() {
	awk 'BEGIN { for (i = 0; i < 200000; i++) long = long "x" }
		/^first bad commit/ { $0 = $0 long }
		{ print }' rebased.log >long.log
	says 'any(.unchecked[]; test("does not have the commit"))' --repo plain long.log
}
check 'a title that is too long to look for' long_title

# --- what the runs show ---

write_log plain 'run #0: basic kernel testing failed: timed out' \
	"$(for i in 1 2 3 4 5 6 7 8 9; do echo "run #$i: OK"; done)" >basic.log
check 'a good end whose run failed the basic test is named' \
	says 'any(.findings[]; .id == "basic-test-failed" and (.says | test("v5.4")))' basic.log

weak() {
	awk -v id="$(id plain main~2)" '
		$1 == "testing" { here = $3 == id }
		here && /^all runs/ {
			print "run #0: crashed: WARNING in wp_page_copy"
			for (i = 1; i < 10; i++) print "run #" i ": OK"
			next
		}
		{ print }' plain.log >weak.log
}
weak
check 'a single crash is named' finds single-crash weak.log
check 'and what to run to settle it' \
	says '.tier == "doubt" and .rerun[0].commit == "'"$(id plain main~2)"'" and
		.rerun[0].runs >= 30' weak.log
sed "/^testing commit $(id plain named)/,/^#/s/wp_page_copy/other_function/" plain.log >title.log
check 'another crash than the start'"'"'s' finds another-title title.log
check 'the odds add up' says '(.p | log - (1 - . | log)) - ([.findings[].log_odds // 0] | add) |
	fabs < 0.001' weak.log
sed "s/^first bad commit/culprit signature: $(id plain named)\nparent  signature: $(id plain named)\n&/
	/^revisions tested/d" plain.log >equal.log
check 'equal signatures reject' says '.tier == "reject" and
	.findings[0].id == "equal-signatures"' equal.log
lucky() {
	sed "/^testing commit $(id plain named~1)/,/^#/s/^all runs: OK/run #0: OK/
		s/^all runs: crashed: .*/&/" weak.log >lucky.log
	says '[.evidence[] | select(.commit == "'"$(id plain named~1)"'")][0].luck > 0.05 and
		.runs.weakest.commit == "'"$(id plain named~1)"'" and .runs.weakest.commits > 0' lucky.log
}
check 'one clean run may be luck, and is the weakest decision' lucky

# --- the text ---

head_of() {
	audit plain.log | head -1 | grep -q '^TRUST: [0-9a-f]\{12\} is the cause with a chance of' &&
		audit weak.log | grep -q '^run again'
}
check 'the verdict comes first' head_of
narrow() {
	local f

	for f in "$data"/*.txt check.log weak.log; do
		COLUMNS=80 audit "$f" 2>/dev/null | LC_ALL=C.UTF-8 awk 'length > 80 { print; bad = 1 } END { exit bad }' || return 1
	done
}
check 'lines fit into 80 columns' narrow
printable() {
	local f

	sed 's/WARNING in wp_page_copy/WARNING in \x1b[31m\xc2\x9b\x07wp/g; s/^first bad commit: .* mm/&\x1b/' \
		plain.log >evil.log
	for f in evil.log "$data"/bytes.txt; do
		audit "$f" 2>&1 | LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]\|\xc2[\x80-\x9f]' && return 1
	done
	return 0
}
check 'no control character reaches the terminal' printable

# --- what is wrong ---

check 'no log' fails none 1 'give a bisection log'
check 'two logs' fails two 1 'what is "b"' a b
check 'no such option' fails option 1 'no option --frob' --frob plain.log
check 'no such file' fails file 1 'cannot read' /nonexistent
check 'no log in it' fails text 1 '^culprit: audit: /etc/passwd: no line of a bisection log' /etc/passwd
check 'no such prior' fails prior 1 'no such prior' --prior x plain.log
check 'a prior needs a repository' fails prior2 1 'needs --repo' --prior paths plain.log
check 'no repository' fails repo 1 'audit' --repo /nonexistent plain.log
check 'a log that names no commit exits with 2' fails nothing 2 'names no commit' "$data/oldest-now.txt"
check 'a log that is cut off too' fails cut 2 'names no commit' "$data/truncated.txt"
check 'standard input' bash -c "'$CULPRIT' audit - <plain.log >/dev/null"
audit --help >help.out
check 'help names the exit codes' grep -q 'exit codes' help.out

# --- the public logs ---

if [ -d "$shared/logs" ]; then
	check 'the log of 2019: doubt, and v5.4 is named' \
		says '.tier == "doubt" and any(.findings[]; .id == "basic-test-failed" and
			(.says | test("v5.4")))' "$shared"/logs/*2019*
	subject=$(sed -n 's/^first bad commit: [0-9a-f]* //p' "$shared"/logs/*2019*)
	git -C check checkout -q named
	git -C check commit -q --amend -m "$subject"
	git -C check tag real
	bad=$(sed -n 's/^first bad commit: \([0-9a-f]*\) .*/\1/p' "$shared"/logs/*2019*)
	sed "s/$bad/$(id check real)/" "$shared"/logs/*2019* >real.log
	check 'with a repository it is a detector' finds detector --repo check real.log
	check 'in one that has it by its subject too' finds detector --repo check "$shared"/logs/*2019*
	check 'and rejected' says '.tier == "reject"' --repo check real.log
	check 'the log of 2020: trust' says '.tier == "trust" and .p > 0.81' "$shared"/logs/*2020*
fi
done_testing
