#!/usr/bin/env bash
# Makes sure that python3 is installed: the tests run the Python examples of
# docs/partners.md as they are printed.
set -euo pipefail

fail() { echo "python.sh: $*" >&2; exit 1; }

command -v python3 >/dev/null && exit 0
hint="install Python 3.11 or newer (on Debian: apt-get install python3)"
command -v apt-get >/dev/null || fail "no python3 here, and no apt-get to install it: $hint"
as_root=()
if ((EUID != 0)); then
	command -v sudo >/dev/null || fail "no python3 here, and neither root nor sudo to install it: $hint"
	as_root=(sudo)
	[[ -t 0 ]] || as_root=(sudo -n)
fi
echo "python.sh: no python3 here: installing Debian's" >&2
"${as_root[@]}" apt-get update -q >&2 || fail "apt-get update failed: $hint"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3 >&2 ||
	fail "apt-get could not install python3: $hint"
