#!/bin/sh
# SPDX-License-Identifier: MIT
# A staged install: the programs answer, the units name them where they are,
# every file is under DESTDIR/PREFIX, and the tree itself is as it was.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/install.XXXXXX")
trap 'rm -rf "$work"' EXIT
stage=$work/stage
fail() { echo "install: $*"; exit 1; }

# Objects and programs are there already and are not made anew: what is tested
# is what it puts where. (`make` in a test must not race with another build.)
install_to() {
	make -C "$top" -s VARIANT="${VARIANT:-release}" -o all -o "build/${VARIANT:-release}/balcao" \
		-o "build/${VARIANT:-release}/balcao-sync" -o "build/${VARIANT:-release}/balcao-central" \
		DESTDIR="$stage" PREFIX="$1" install
}
touch "$work/before"
sleep 0.01
install_to /opt/shop

for program in balcao balcao-sync balcao-central; do
	said=$("$stage/opt/shop/bin/$program" --version) || fail "$program --version ended with $?"
	case $said in
	"$program "[0-9]*.[0-9]*) ;;
	*) fail "$program --version says '$said'" ;;
	esac
	unit=$stage/opt/shop/lib/systemd/system/$program.service
	grep -q "^ExecStart=/opt/shop/bin/$program " "$unit" || fail "$program.service starts another program"
	! grep -q /usr/local "$unit" || fail "$program.service names another prefix"
done
[ "$(stat -c %a "$stage/opt/shop/bin/balcao")" = 755 ] || fail "balcao is not 755"

# The list is the promise: a file more or fewer is noticed.
(cd "$stage" && find . -type f | LC_ALL=C sort) >"$work/have"
cat >"$work/want" <<EOF
./opt/shop/bin/balcao
./opt/shop/bin/balcao-central
./opt/shop/bin/balcao-sync
./opt/shop/lib/systemd/system/balcao-central.service
./opt/shop/lib/systemd/system/balcao-sync.service
./opt/shop/lib/systemd/system/balcao.service
./opt/shop/lib/sysusers.d/balcao.conf
./opt/shop/lib/tmpfiles.d/balcao.conf
./opt/shop/lib/udev/rules.d/70-balcao.rules
./opt/shop/share/doc/balcao/LICENSE
./opt/shop/share/doc/balcao/README.md
EOF
(cd "$top/sync/central" && find examples -type f ! -name "*.pyc" | sed 's|^|./opt/shop/share/doc/balcao/|') >>"$work/want"
LC_ALL=C sort -o "$work/want" "$work/want"
diff -u "$work/want" "$work/have" || fail "other files than promised"

# Everybody may read what is no program, nobody may write it but its owner.
odd=$(find "$stage" -type f ! -path '*/bin/*' ! -perm 644)
[ -z "$odd" ] || fail "not 644: $odd"

# Nothing outside: neither the prefix of this machine nor the tree was touched.
for folder in /opt/shop; do
	[ ! -e "$folder" ] || fail "$folder appeared on this machine"
done
if [ -d /usr/local ]; then
	stray=$(find /usr/local -newer "$work/before" -name '*balcao*' 2>/dev/null)
	[ -z "$stray" ] || fail "outside DESTDIR: $stray"
fi
stray=$(find "$top" -newer "$work/before" -type f ! -path "$top/build/*" ! -path "$top/.git*" ! -name '*.pyc')
[ -z "$stray" ] || fail "the tree was changed: $stray"

# Twice is as once.
install_to /opt/shop
(cd "$stage" && find . -type f | LC_ALL=C sort) | diff -u "$work/want" - || fail "a second install differs"
echo "install: $(wc -l <"$work/want") files, all under DESTDIR"
