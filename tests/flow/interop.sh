#!/bin/sh
# SPDX-License-Identifier: MIT
# The independent reader opens what our code wrote, and fails on what is spoiled.
set -eu
top=$(dirname "$0")/..
set_dir=$(mktemp -d "${TMPDIR:-/tmp}/interop.XXXXXX")
trap 'rm -rf "$set_dir"' EXIT
"$B/tests/interop/make_set" "$set_dir"
/usr/bin/python3 "$top/interop/read_balcao.py" "$set_dir"
/usr/bin/python3 "$top/interop/plant_faults.py" "$set_dir"
