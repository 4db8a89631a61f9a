#!/bin/sh
# SPDX-License-Identifier: MIT
# The two checks of the floors are only worth what they catch: in a copy of the
# tree an upward include and a stray time() are planted, and each check must
# fail and name the file. Before planting, both must pass there.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/layers.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() { echo "layers_catch: $*"; exit 1; }

(cd "$top" && tar -cf - toolchain drivers ui sync firmware-app) | tar -xf - -C "$work"
cd "$work"

# Of the pure archive only what stands at its bottom is built: it needs nothing
# of the rest, so that this stays a matter of seconds in every variant.
archive() {
	rm -rf objects && mkdir objects
	for source in drivers/base/*.c; do
		gcc -std=c17 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -O2 -I. -Idrivers -c \
			-o "objects/$(basename "$source" .c).o" "$source" || fail "cannot compile $source"
	done
	rm -f libpure.a
	ar rcs libpure.a objects/*.o
}
must_fail() { # what was planted, the name that must be said, the command
	planted=$1 name=$2
	shift 2
	if "$@" >said 2>&1; then
		fail "$planted was not caught"
	fi
	grep -q "$name" said || { cat said; fail "$planted was caught, but $name was not named"; }
}

toolchain/check-layers >said 2>&1 || { cat said; fail "the tree fails before anything is planted"; }
archive
toolchain/check-pure libpure.a >said 2>&1 || { cat said; fail "the archive fails before anything is planted"; }

victim=drivers/base/text.c
cp "$victim" kept
printf '#include "ui/view.h"\n' >>"$victim"
must_fail "an upward include" "^$victim:[0-9]*: drivers/base may not include ui/view.h" toolchain/check-layers
cp kept "$victim"

printf '#include <sqlite3.h>\n' >>"$victim"
must_fail "a library of another room" "^$victim:[0-9]*: drivers/base may not use sqlite" toolchain/check-layers
cp kept "$victim"

sed -i 's/^#include <string.h>/&\n#include <time.h>/' "$victim"
printf 'long stray_clock(void);\nlong stray_clock(void)\n{\n\treturn (long)time(NULL);\n}\n' >>"$victim"
archive
must_fail "a stray time()" "needs time (.*text\.o" toolchain/check-pure libpure.a
echo "layers_catch: an upward include, a foreign library and a stray time() are caught"
