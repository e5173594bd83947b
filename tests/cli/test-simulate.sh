#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# culprit simulate: each option, in text and in JSON; where graphs come from; the same figures for
# the same seed, whoever works; bad input, each with one line on stderr.

set -u
. "$(dirname "$0")/functions.sh"

requires git jq python3
program CULPRIT culprit
program GEN_HISTORY gen_history

# simulate NAME ARG...: sets $status, writes NAME.out and NAME.err
simulate() {
	local name=$1

	shift
	"$CULPRIT" simulate "$@" >"$name.out" 2>"$name.err" </dev/null
	status=$?
}

# json NAME ARG...: a small simulation that has to succeed
json() {
	local name=$1

	shift
	simulate "$name" --json --graph generate:200,15 --trials 20 "$@"
	[ $status = 0 ] && [ ! -s "$name.err" ] && return
	not_ok "$name: status $status"
	diag <"$name.err"
}

# refused DESC PATTERN ARG...: one line on stderr, nothing on stdout, status 1
refused() {
	local desc=$1 pattern=$2

	shift 2
	simulate refused "$@"
	check "$desc: status 1" test $status = 1
	one_line "$desc: one line" refused "^culprit: simulate: $pattern"
	check "$desc: no output" test ! -s refused.out
	check "$desc: what prints" bash -c '! grep -q "[^[:print:]]" refused.err'
}

### text

simulate text --graph generate:200,15 --trials 20
check 'text: status 0' test $status = 0
check 'nothing on stderr' test ! -s text.err
check 'what was simulated' grep -q '^200 commits, 15 merges; 20 trials, seed 1$' text.out
check 'the bug' grep -q '^p 1, f 0, rho 0, foreign 0, infra 0, skip 0, older 0, recent 0$' text.out
check 'the cost' grep -q '^a build 342 s, a run 40.4 s; at most 40 builds and 4,000 runs$' text.out
check 'git-bisect, right' grep -q '^git-bisect  *100.0  *83.9-100.0  *0.0  *0.0-16.1  *0.0  *0.0-16.1$' text.out
for policy in bayes git-bisect syzbot-2020 syzbot-now; do
	check "$policy in three tables" test "$(grep -c "^$policy " text.out)" = 3
done
check 'no blanks at the end of a line' bash -c '! grep -q " $" text.out'
check 'fits a terminal' bash -c '! grep -q ".\{81\}" text.out'
simulate text --graph generate:200,15 --trials 20 --p 0.4 --skip 0.2 --older 0.2 --cost 342,404,10
check 'older, as such' grep -q 'older, as such' text.out
check 'undecidable' grep -q ' of the trials are undecidable' text.out
check 'sets' grep -q '^gave up .*culprit in it' text.out
check 'side by side' grep -q '^a build 342 s, 10 runs side by side 404 s;' text.out
simulate help --help
check 'help: status 0' test $status = 0
check 'help lists the policies' grep -q 'bayes, git-bisect, syzbot-2020, syzbot-now' help.out

### JSON

json all
check 'JSON' python3 -m json.tool all.out
check 'one line' test "$(wc -l <all.out)" = 1
check 'all policies, in order' test "$(jq -c '[.policies[].policy]' all.out)" = \
	'["bayes","git-bisect","syzbot-2020","syzbot-now"]'
cat >want <<'E1'
["graph","trials","world","cost","limits","assumed","policies"]
["source","range","commits","merges"]
["p","f","rho","foreign","infra","skip","older","recent","seed"]
["policy","right","wrong","gave_up","older","undecidable","right_decidable","builds","runs","hours","calibration","set_holds","set_size"]
["count","of","share","low","high"]
["mean","median"]
["from","to","right"]
E1
jq -c 'keys_unsorted, (.graph, .world, .policies[0], .policies[0].right, .policies[0].runs,
	.policies[0].calibration[0] | keys_unsorted)' all.out >got
same 'the keys' want got
check 'a sure bug is found by all' jq -e 'all(.policies[]; .right.count == 20 and .right.share == 1)' all.out
check 'right, wrong and gave up are all trials' jq -e \
	'all(.policies[]; .right.count + .wrong.count + .gave_up.count == 20)' all.out
check 'all answers are in a bin' jq -e \
	'all(.policies[]; ([.calibration[].right.of] | add) == 20 - .gave_up.count)' all.out
check 'syzbot makes ten or twenty runs' jq -e '.policies[] | select(.policy == "syzbot-now") |
	.runs.mean == 10 * .builds.mean + 10' all.out
check 'the defaults' jq -e '.world == {p: 1, f: 0, rho: 0, foreign: 0, infra: 0, skip: 0, older: 0,
	recent: 0, seed: 1}
	and .cost == {build_s: 342, run_s: 40.4, guests: 1, ahead: true} and .limits == {builds: 40, runs: 4000}
	and .assumed == {epsilon: 0.01, rho: null, recent: 0.5}
	and .graph == {source: "generate:200,15", range: null, commits: 200, merges: 15}' all.out
simulate default --json --trials 1 --policy git-bisect
check 'the default graph' jq -e '.graph.commits == 20000 and .graph.merges == 1300' default.out

### each option

json opt --p 0.4 --f 0.01 --foreign 0.02 --infra 0.03 --skip 0.1 --rho 0.05 --older 0.2 --recent 0.7 --seed 77 \
	--cost 1.5,2,3 --max-builds 30 --max-runs 400 --epsilon 0.05 --assume-rho 0.1 --assume-recent 0.3
check 'what was given is told' jq -e '.world == {p: 0.4, f: 0.01, rho: 0.05, foreign: 0.02, infra: 0.03,
	skip: 0.1, older: 0.2, recent: 0.7, seed: 77} and .cost == {build_s: 1.5, run_s: 2, guests: 3, ahead: true}
	and .limits == {builds: 30, runs: 400} and .assumed == {epsilon: 0.05, rho: 0.1, recent: 0.3}' opt.out
json one --policy git-bisect
check '--policy' test "$(jq -c '[.policies[].policy]' one.out)" = '["git-bisect"]'
json two --policy syzbot-now,bayes --policy bayes
check '--policy, a list' test "$(jq -c '[.policies[].policy]' two.out)" = '["syzbot-now","bayes"]'
jq -S '.policies[] | select(.policy == "bayes")' all.out >want
jq -S '.policies[] | select(.policy == "bayes")' two.out >got
same 'policies do not disturb each other' want got

# However little a run costs. Two weeks would be a hundred million of these.
status=0
for seed in 26 38; do
	simulate cheap --json --graph generate:60,10 --trials 1 --seed $seed --p 0.1 --policy bayes \
		--cost 0.05,0.01,2 --max-builds 1000 --max-runs 20000
	check "cheap runs: the search ends, seed $seed" jq -e \
		'.policies[0] | .runs.mean < 15000 and (.right.count == 1 or .set_size == 1)' cheap.out
done

# holds DESC FILTER ARG...: what an option does
holds() {
	local desc=$1 filter=$2

	shift 2
	json holds "$@"
	check "$desc" jq -e "(.policies | map({key: .policy, value: .}) | from_entries) as \$p | $filter" holds.out
}
holds '--p: git-bisect errs' '$p["git-bisect"].wrong.count > 10' --p 0.3
holds '--p 0: nothing to see' '$p["syzbot-now"].gave_up.count == 20 and $p["syzbot-now"].builds.mean == 1' --p 0
holds '--f: syzbot-2020 errs' '$p["syzbot-2020"].wrong.count > 5' --f 0.1
holds '--foreign: syzbot-2020 errs, bayes does not' \
	'$p["syzbot-2020"].wrong.count > 15 and $p.bayes.wrong.count <= 1' --foreign 0.3
holds '--infra 1: nothing runs' 'all(.policies[] | select(.policy | startswith("syzbot")); .gave_up.count == 20)' --infra 1
holds '--skip: some are undecidable' '$p.bayes.undecidable.count > 0 and $p["git-bisect"].set_holds.of > 0
	and $p["git-bisect"].right_decidable.of == 20 - $p.bayes.undecidable.count' --skip 0.4
holds '--older 1: as such' '$p["syzbot-2020"].older.count == 20 and $p["git-bisect"].wrong.count == 20' --older 1
holds '--rho: ten runs are few' '$p["syzbot-2020"].right.count < 15' --p 0.3 --rho 0.8
holds '--recent 1: found sooner when that is believed' '$p.bayes.right.count == 20 and $p.bayes.builds.mean <
	$p["git-bisect"].builds.mean' --recent 1 --assume-recent 0.9
holds '--trials' 'all(.policies[]; .right.of == 7)' --trials 7
holds '--max-builds' 'all(.policies[]; .builds.mean <= 4) and $p["git-bisect"].gave_up.count == 20
	and $p["git-bisect"].set_size > 1' --max-builds 3
holds '--max-runs' '$p["syzbot-2020"].gave_up.count == 20 and $p["syzbot-2020"].runs.mean == 40' --max-runs 49
holds '--cost' '($p["git-bisect"].hours.mean * 3600 / $p["git-bisect"].builds.mean - 11 | fabs) < 0.000001' --cost 10,1,4
holds '--cost, side by side' '($p["syzbot-2020"].hours.mean * 3600 / $p["syzbot-2020"].builds.mean - 13 | fabs) < 0.000001' \
	--cost 10,1,4
json loose --p 0.3 --policy bayes --epsilon 0.3
json tight --p 0.3 --policy bayes --epsilon 0.001
check '--epsilon: the surer, the dearer' jq -se '.[0].policies[0].runs.mean < .[1].policies[0].runs.mean' loose.out tight.out

### the same figures again

json again
same 'again' all.out again.out
json seed --seed 2 --p 0.5
json seed1 --seed 1 --p 0.5
check 'another seed, other figures' bash -c '! cmp -s <(jq -c .policies seed.out) <(jq -c .policies seed1.out)'
for jobs in 1 2 3 50; do
	json jobs --p 0.4 --skip 0.1 --rho 0.1 --jobs $jobs
	[ $jobs = 1 ] && cp jobs.out jobs1.out
	same "--jobs $jobs" jobs1.out jobs.out
done
simulate a --graph generate:300,20,1 --json --trials 10
simulate b --graph generate:300,20,2 --json --trials 10
simulate c --graph generate:300,20 --json --trials 10
check 'another history' bash -c '! cmp -s <(jq -c .policies a.out) <(jq -c .policies b.out)'
check 'the first is the default' cmp <(jq -c .policies a.out) <(jq -c .policies c.out)

### graphs

git init -q repo
"$GEN_HISTORY" --topics-before-good 300 40 3 | git -C repo fast-import --quiet || skip_all "git fast-import failed"
n=$(git -C repo rev-list --count good..main)
merges=$(git -C repo rev-list --boundary --parents good..main | awk '/^-/ { out[substr($1, 2)] = 1; next }
	{ line[NR] = $0 } END { for (i in line) { k = split(line[i], f); m = 0
	for (j = 2; j <= k; j++) m += !(f[j] in out); s += m > 1 }; print s }')
simulate repo --json --trials 10 --p 0.5 --graph repo --range good..main
check 'a repository' jq -e --argjson n "$n" --argjson m "$merges" \
	'.graph == {source: "repo", range: "good..main", commits: $n, merges: $m}' repo.out
simulate colon --json --trials 10 --p 0.5 --graph repo:good..main
check 'DIR:GOOD..BAD' cmp <(jq -c .policies repo.out) <(jq -c .policies colon.out)
git -C repo rev-list --topo-order --boundary --parents good..main >boundary
simulate file --json --trials 10 --p 0.5 --graph boundary
check 'a file of git rev-list' jq -e --argjson n "$n" --argjson m "$merges" \
	'.graph.commits == $n and .graph.merges == $m' file.out
check 'the same luck' cmp <(jq -c '.policies[] | select(.policy == "bayes")' repo.out) \
	<(jq -c '.policies[] | select(.policy == "bayes")' file.out)
tac boundary >oldest-first
simulate oldest --json --trials 10 --graph oldest-first
check 'in any order' jq -e --argjson n "$n" --argjson m "$merges" \
	'.graph.commits == $n and .graph.merges == $m and all(.policies[]; .right.count == 10)' oldest.out
printf 'c\nb c\na b\ny c\n' >heads
simulate heads --json --trials 3 --graph heads
check 'of several heads, the first' jq -e '.graph.commits == 3 and all(.policies[]; .right.count == 3)' heads.out
echo only >only
simulate only --trials 2 --graph only
check 'a single commit' grep -q '^1 commit, 0 merges; 2 trials' only.out
cp heads with:colon
simulate named --json --trials 2 --graph with:colon
check 'a file with a colon in its name' jq -e '.graph.commits == 3' named.out
mkdir inside
(cd inside && "$CULPRIT" simulate --json --trials 1 --graph ..:x) >got 2>&1
check 'a folder with a colon behind it' grep -q 'graph ..:x: ' got
"$CULPRIT" simulate --json --trials 2 --graph /dev/stdin <heads >stdin.out 2>&1
check 'from a pipe' jq -e '.graph.commits == 3' stdin.out

### bad input

for option in --p --f --foreign --infra --older --recent; do
	for value in -0.1 1.1 x '' nan inf 0x1 '0.5 '; do
		refused "$option '$value'" "$option: \"$value\" is not a number from 0 to 1" "$option" "$value"
	done
done
refused '--skip' '--skip: "0.95" is not a number from 0 to 0.9' --skip 0.95
refused '--rho' '--rho: "1" is not a number from 0 to 0.99' --rho 1
refused '--assume-recent' '--assume-recent: "1" is not a number from 0 to 0.99' --assume-recent 1
refused '--assume-rho' '--assume-rho: "learnt" is not a number from 0 to 0.99' --assume-rho learnt
refused '--epsilon' '--epsilon: "0" is not a number from 1e-09 to 0.5' --epsilon 0
for option in --trials --max-builds --max-runs --jobs; do
	for value in 0 -1 1.5 x '' 99999999999999999999999; do
		refused "$option '$value'" "$option: \"$value\" is not a whole number from 1 to" "$option" "$value"
	done
done
refused '--seed' '--seed: "-1" is not a whole number from 0' --seed -1
for value in '' 342 342,404 342,404,0 342,404,10,1 342,0,1 -1,1,1 1,1,1.5 1,1,65 x,y,z 1,nan,1; do
	refused "--cost '$value'" "--cost: \"$value\" is not BUILD,RUN,GUESTS: seconds of a build" --cost "$value"
done
names='there are bayes, git-bisect, syzbot-2020, syzbot-now$'
refused 'unknown policy' "no policy \"guess\"; $names" --policy guess
refused 'unknown policy in a list' "no policy \"guess\"; $names" --policy bayes,guess
refused 'empty policy' "no policy \"\"; $names" --policy bayes,
refused 'control characters' 'no policy "a b"' --policy $'a\nb'
refused 'unknown option' 'no option --frobnicate (culprit simulate --help)$' --frobnicate
refused 'an option cut short' 'no option --max' --max
refused 'no value' '--p needs a value' --p
refused 'a word too many' 'what is "please"? (culprit simulate --help)$' please

mend='give a git repository, a file of "REV PARENT..." or generate:COMMITS,MERGES\[,SEED\]$'
refused 'no such graph' "--graph nowhere: no such file or folder; $mend" --graph nowhere
refused 'no such folder' "--graph nowhere:a..b: no such file or folder; $mend" --graph nowhere:a..b
refused 'an empty name' '--graph : no such file or folder' --graph ''
for value in '' 100 x,y 100,x 100,10,1,1 -5,0 5.5,1 100, 99999999999999999999,1 5000000000,1; do
	refused "generate '$value'" "--graph generate:$value: give whole numbers: generate:COMMITS,MERGES\[,SEED\]$" \
		--graph "generate:$value"
done
refused 'too many merges' '--graph generate:200,100: 100 merges do not fit into 200 commits' --graph generate:200,100
refused 'no commits' '--graph generate:0,0: 0 commits: give 1 to' --graph generate:0,0
refused 'too many commits' '--graph generate:4000000000,0: 4000000000 commits: give 1 to' --graph generate:4000000000,0
refused 'generate with a range' '--graph generate:9,1: --range is for git repositories' --graph generate:9,1 --range a..b
refused 'the default with a range' '--graph generate:20000,1300: --range is for git' --range a..b
refused 'a file with a range' '--graph heads: --range is for git repositories, and this is a file' --graph heads --range a..b
refused 'a folder without a range' '--graph repo: it is a folder; if it is a git repository, give --range GOOD..BAD' --graph repo
mkdir folder
refused 'a folder that is no repository' '--graph folder: .*folder is not a git repository' --graph folder --range a..b
refused 'two ranges' '--graph repo:good..main: give the range once' --graph repo:good..main --range good..main
for value in main good.. ..main good...main '' ..; do
	refused "range '$value'" "--graph repo: \"$value\" is no range; give --range GOOD..BAD" --graph repo --range "$value"
done
refused 'no such revision' '--graph repo: no such revision in .*repo: nobody' --graph repo --range nobody..main
refused 'no such revision, bad' '--graph repo: no such revision in .*repo: nobody' --graph repo --range good..nobody
refused 'nothing in the range' '--graph repo: main..good holds no commit: main is the same or newer' --graph repo --range main..good

# file PATTERN TEXT: what is wrong with it, and where
file() {
	printf "$2" >bad
	refused "file '$2'" "--graph bad: $1" --graph bad
}
file 'it holds no revision: give lines of "REV PARENT..."' ''
file 'line 2: parent c has no line of its own (git rev-list --boundary --parents GOOD..BAD' 'a b\nb c\n'
file 'line 3: a has a line already, line 1' 'a b\nb\na\n'
file 'line 1: a is an ancestor of itself' 'a b\nb a\n'
file 'line 2: it holds a NUL byte' 'a\n\0\n'
file 'line 1: not a line of "REV PARENT..."' '\033[31m\n'
head -c 100 /dev/zero | tr '\0' x >bad
refused 'a long word' '--graph bad: line 1: a word of more than 64 characters' --graph bad
refused 'a file that fails' '--graph /proc/self/mem: cannot read' --graph /proc/self/mem
"$CULPRIT" simulate --trials 1 --graph only >/dev/full 2>full.err
check 'standard output is full: status 1' test $? = 1
one_line 'it is named' full 'cannot write standard output: No space left'

### workers

# Those of a command that is killed end too.
"$CULPRIT" simulate --trials 1000000 --jobs 2 --graph only >/dev/null 2>&1 &
pid=$!
children() {
	ps -o pid= --ppid $pid
}
workers() {
	[ "$(children | wc -l)" = 2 ]
}
check 'workers' wait_until 10 workers
list=$(children)
{
	kill -9 $pid
	wait $pid
} 2>/dev/null
gone() {
	! ps -o stat= -p "$(echo $list | tr ' ' ,)" | grep -qv '^Z'
}
check 'they end with the command that was killed' wait_until 10 gone
"$CULPRIT" simulate --trials 1000000 --jobs 2 --graph only >/dev/null 2>worker.err &
pid=$!
wait_until 10 workers
kill -9 $(children)
wait $pid
check 'workers that were killed: status 1' test $? = 1
one_line 'it is told' worker '^culprit: simulate: a worker process ended with signal 9'

done_testing
