#!/usr/bin/env bash
# Installs a Debian package that the tests need.
#
#   scripts/apt.sh WHAT HINT PACKAGE...
#
# WHAT is the name of the missing program and HINT says how to install it by hand.
# Both appear in error messages. The script installs the first PACKAGE that Debian
# has.
set -euo pipefail

what=$1 hint=$2
shift 2
fail() { echo "apt.sh: $*" >&2; exit 1; }

command -v apt-get >/dev/null || fail "no $what here, and no apt-get to install one: $hint"
as_root=()
if ((EUID != 0)); then
	command -v sudo >/dev/null || fail "no $what here, and neither root nor sudo to install one: $hint"
	as_root=(sudo)
	[[ -t 0 ]] || as_root=(sudo -n)
fi
echo "apt.sh: no $what here: installing Debian's" >&2
"${as_root[@]}" apt-get update -q >&2 || fail "apt-get update failed: $hint"
for package in "$@"; do
	if apt-cache show "$package" >/dev/null 2>&1; then
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package" >&2 ||
			fail "apt-get could not install $package: $hint"
		exit 0
	fi
done
fail "Debian has no package of $*: $hint"
