# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A git repository that looks like a kernel to culprit, and "builds" in milliseconds. To be sourced
# behind tests/cli/functions.sh.
#
# Its history is made by gen_history: commit N is tagged cN and holds the files n (its number), bad
# (when it has the culprit) and skip (when it is in a stretch of --skip). What a revision does is
# not in the tree but in the folder $FAKE_KERNEL, so that one history serves many plays:
#
#	guest.good, guest.bad      what guests of the kernel do: see tests/fake/fake_qemu.c
#	guest.skip, guest.N        the same for those with the file skip; for commit N alone
#	build.N, build.skip, build.all  a shell script that the build of commit N (of all with the
#	                           file skip; of all) runs first, in the object tree; it may fail, hang, ...
#	config                     a shell script that olddefconfig runs behind the rest
#
# fake_kernel FOLDER GEN_HISTORY_ARGS...   makes the repository FOLDER
# play WHAT TEXT                           writes such a file
# clear_play                               forgets all of them and the counts of guests
# $CONFIG, $REPRO                          a config and a reproducer

export FAKE_KERNEL=$TMP/fake
mkdir -p "$FAKE_KERNEL"

play() {
	printf '%s\n' "$2" >"$FAKE_KERNEL/$1"
}

clear_play() {
	rm -f "$FAKE_KERNEL"/*
	play guest.good clean
	play guest.bad 'crash fake_culprit'
}

# The signature is of the sections of vmlinux: one that holds the commit's number and what the guest
# does. With the same signature all good kernels would be one, and their runs those of all.
fake_makefile() {
	cat <<-'END'
		.RECIPEPREFIX = >
		olddefconfig:
		> @echo "#"; echo "# configuration written to .config"; echo "#"
		> @cd $(O) && if test -e $(FAKE_KERNEL)/config; then sh $(FAKE_KERNEL)/config; fi
		bzImage linux:
		> @sh $(CURDIR)/build.sh $(CURDIR) $(O)
	END
}

fake_build_script() {
	cat <<-'END'
		set -e
		n=$(cat "$1/n")
		cd "$2"
		for script in build.all build.$n $(test ! -e "$1/skip" || echo build.skip); do
			test ! -e "$FAKE_KERNEL/$script" || . "$FAKE_KERNEL/$script"
		done
		guest=$FAKE_KERNEL/guest.good
		test ! -e "$1/bad" || guest=$FAKE_KERNEL/guest.bad
		test ! -e "$1/skip" || test ! -e "$FAKE_KERNEL/guest.skip" || guest=$FAKE_KERNEL/guest.skip
		test ! -e "$FAKE_KERNEL/guest.$n" || guest=$FAKE_KERNEL/guest.$n
		mkdir -p arch/x86/boot
		rm -f vmlinux
		cp "$guest" arch/x86/boot/bzImage
		cp "$guest" linux
		{ echo "commit $n"; cat "$guest"; } >sections
		objcopy -I binary -O elf64-x86-64 sections vmlinux
	END
}

fake_kernel() {
	local folder=$1

	shift
	fake_makefile >makefile.txt
	fake_build_script >build.txt
	git init -q "$folder"
	"$GEN_HISTORY" "$@" | awk '
		function add(name, file,    line, text) {
			while ((getline line <file) > 0)
				text = text line "\n"
			close(file)
			return "M 100644 inline " name "\ndata " length(text) "\n" text
		}
		BEGIN { files = add("Makefile", "makefile.txt") add("build.sh", "build.txt") }
		{ print }
		$0 == "deleteall" { printf "%s", files }
	' | git -C "$folder" fast-import --quiet --export-marks="$TMP/marks.txt" || return
	sed 's,^:\([0-9]*\) \(.*\),create refs/tags/c\1 \2,' marks.txt |
		git -C "$folder" update-ref --stdin
	git -C "$folder" symbolic-ref HEAD refs/heads/main
}

printf 'int main(void)\n{\n\treturn 0;\n}\n' >repro.c
gcc -static -O1 -o repro repro.c || skip_all "gcc cannot link statically"
# shellcheck disable=SC2034 # for those who source this
REPRO=$TMP/repro
CONFIG=$TMP/config
printf 'CONFIG_64BIT=y\n# CONFIG_DEBUG_KERNEL is not set\n' >"$CONFIG"
clear_play
