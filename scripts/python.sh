#!/usr/bin/env bash
# Makes sure that python3 is installed. The tests run the Python examples in
# docs/partners.md.
set -euo pipefail
command -v python3 >/dev/null ||
	"$(dirname "${BASH_SOURCE[0]}")/apt.sh" python3 "install Python 3.11 or newer (on Debian: apt-get install python3)" python3
