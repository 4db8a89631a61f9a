#!/bin/sh
# SPDX-License-Identifier: MIT
# Brings the copied test material up to date: all vectors, and of recorded devices
# and data slices those that are already in use here.
#
#   tests/refresh.sh FOLDER      FOLDER holds vectors/, devices/ and data/
set -eu
[ $# -eq 1 ] && [ -d "$1" ] || { sed -n 's/^# \{0,1\}//p' "$0" | tail -n +3 >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
cp "$1"/vectors/*.tsv "$here"/vectors/
for kind in devices data; do
	for used in "$here/$kind"/*; do
		source=$1/$kind/${used##*/}
		if [ -f "$source" ]; then
			cp "$source" "$used"
		fi
	done
done
