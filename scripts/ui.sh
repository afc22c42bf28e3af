#!/usr/bin/env bash
# Builds and tests the page in ui. Installs the npm packages that this needs.
#
#   scripts/ui.sh build    write the files that the server embeds, unless the sources are unchanged
#   scripts/ui.sh check    check the types, run the unit tests, and check the sizes of the built files
#   scripts/ui.sh bench    measure the built page on a slow device, and its table with 1,000,000 rows
#   scripts/ui.sh test     test the built page in a browser; with --full, in both themes and two widths
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/browser.sh
dist=internal/web/dist

packages() {
	local stamp=ui/node_modules/.tributary
	if ! cmp -s ui/package-lock.json "$stamp"; then
		(cd ui && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
		cp ui/package-lock.json "$stamp"
	fi
}

# sources prints a checksum of all source files of the page.
sources() {
	{
		find ui/src ui/tools ui/index.html ui/package.json ui/package-lock.json ui/tsconfig.json ui/vite.config.ts -type f ! -name schema.d.ts -print0 | sort -z | xargs -0 sha256sum
		sha256sum docs/openapi.json
	} | sha256sum | cut -d ' ' -f 1
}

types() {
	if [[ ! ui/src/api/schema.d.ts -nt docs/openapi.json ]]; then
		(cd ui && npm run --silent types >&2)
	fi
}

build() {
	mkdir -p "$dist"
	touch "$dist/.gitkeep" # the only committed file; without it, the server cannot be built
	local lock
	lock=$(sources)
	if [[ -f $dist/index.html.gz && $(cat "$dist/.lock" 2>/dev/null || true) == "$lock" ]]; then
		return
	fi
	packages
	types
	rm -rf ui/dist
	(cd ui && npm run --silent build -- --logLevel warn >&2)
	rm -rf "$dist/assets" "$dist"/index.html*
	cp -r ui/dist/assets ui/dist/index.html.* "$dist/"
	printf '%s' "$lock" >"$dist/.lock"
}

# serving starts the built server with the demo programme, whose clock always has the
# same day. It sets base to the server's address.
serving() {
	scratch=$(mktemp -d)
	trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$scratch"' EXIT
	bin/tributary demo --clock 2026-11-27T14:05:02Z --listen 127.0.0.1:0 --orders "${TRIBUTARY_PAGE_ORDERS:-4000}" --db "sqlite:$scratch/demo.db" >"$scratch/out" 2>"$scratch/log" &
	server=$!
	for _ in $(seq 600); do
		base=$(sed -n 's/^Tributary serves a made-up programme on \(http[^ ]*\)$/\1/p' "$scratch/out")
		[[ -z $base ]] || return 0
		kill -0 "$server" 2>/dev/null || break
		sleep 0.2
	done
	cat "$scratch/log" "$scratch/out" >&2
	echo "ui.sh: the demo did not start" >&2
	exit 1
}

case ${1:-} in
build)
	build
	;;
check)
	packages
	types
	(cd ui && npm run --silent check && npm run --silent test && node e2e/sizes.mjs "../$dist")
	;;
test)
	shift
	packages
	browser
	serving
	cd ui # Babel looks for its plugins from here on
	PAGE_MAILS=$scratch/mail PAGE_BROKER_KEY=$(sed -n 's/^  a broker key  //p' "$scratch/out") node e2e/run.mjs "$base" "$@"
	;;
bench)
	packages
	browser
	serving
	"${GO:-go}" build -o "$scratch/bench" ./bench
	touch "$scratch/rows" # the shell opens it for the server a moment later
	"$scratch/bench" -page -rows "${TRIBUTARY_PAGE_ROWS:-1000000}" >"$scratch/rows" 2>&1 &
	table=$!
	trap 'kill "$server" "$table" 2>/dev/null; wait "$server" "$table" 2>/dev/null; rm -rf "$scratch"' EXIT
	until many=$(sed -n 's/^serves .* on \(http[^ ]*\)$/\1/p' "$scratch/rows") && [[ -n $many ]]; do
		kill -0 "$table" 2>/dev/null || { cat "$scratch/rows" >&2; exit 1; }
		sleep 1
	done
	node ui/e2e/bench.mjs "$base" "$many"
	;;
*)
	echo "ui.sh: usage: scripts/ui.sh build|check|bench|test [--full]" >&2
	exit 1
	;;
esac
