#!/usr/bin/env bash
# Runs the tools in tools/openapi. It first installs the npm packages that they
# need. If there is no Chromium, it installs Debian's for the commands that use a
# browser.
#
#   scripts/openapi.sh lint                  lint the OpenAPI document and its version in OpenAPI 3.0
#   scripts/openapi.sh measure [ARGUMENTS]   measure the page's CPU time in a browser; --check fails if it exceeds the limit
#   scripts/openapi.sh page                  test the page in a browser: search, links, authorization
#   scripts/openapi.sh picture FILE          take a screenshot of the page
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/browser.sh
tools=$PWD/tools/openapi

fail() {
	echo "openapi.sh: $*" >&2
	exit 1
}

packages() {
	local stamp=$tools/node_modules/.tributary
	if ! cmp -s "$tools/package-lock.json" "$stamp"; then
		(cd "$tools" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
		cp "$tools/package-lock.json" "$stamp"
	fi
}

# serving starts the server with an empty store on a free port. It sets base to the
# server's address.
serving() {
	scratch=$(mktemp -d)
	trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$scratch"' EXIT
	bin/tributary serve --db "sqlite:$scratch/tributary.db" --listen 127.0.0.1:0 2>"$scratch/log" >&2 &
	server=$!
	for _ in $(seq 150); do
		base=http://$(sed -n 's/.*"msg":"serving","address":"\([^"]*\)".*/\1/p' "$scratch/log")
		[[ $base == http:// ]] || return 0
		kill -0 "$server" 2>/dev/null || break
		sleep 0.2
	done
	cat "$scratch/log" >&2
	fail "the server did not start"
}

command=${1:-}
case $command in
lint)
	packages
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	"${GO:-go}" run ./internal/api/gen openapi-3.0 "$scratch/openapi-3.0.json"
	node "$tools/lint.mjs" docs/openapi.json "$scratch/openapi-3.0.json"
	;;
measure | page | picture)
	shift
	packages
	browser
	serving
	node "$tools/$command.mjs" "$base" "$@"
	;;
*) fail "usage: scripts/openapi.sh lint|measure|page|picture FILE" ;;
esac
