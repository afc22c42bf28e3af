#!/usr/bin/env bash
# Generates the TypeScript client in examples/typescript from the OpenAPI document
# and compiles it in strict mode. It then reads a report from the built server with
# the client.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
client=examples/typescript

stamp=$client/node_modules/.tributary
if ! cmp -s "$client/package-lock.json" "$stamp"; then
	(cd "$client" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
	cp "$client/package-lock.json" "$stamp"
fi
(cd "$client" && npm run --silent build)

scratch=$(mktemp -d) server=
trap '[[ -z $server ]] || { kill "$server"; wait "$server"; } 2>/dev/null; rm -rf "$scratch"' EXIT
export TRIBUTARY_DB=sqlite:$scratch/tributary.db
export TRIBUTARY_LOGIN=ann@example.org TRIBUTARY_PASSWORD=correct-horse-battery
bin/tributary partner create --email "$TRIBUTARY_LOGIN" --password "$TRIBUTARY_PASSWORD" --code alpha --verified >"$scratch/partner"
# Import the facts of the example without its partner, because the partner created
# above has the same code.
grep -v '"type":"partner.registered"' examples/programme.ndjson >"$scratch/facts.ndjson"
bin/tributary import "$scratch/facts.ndjson" >"$scratch/import" 2>&1 || { cat "$scratch/import" >&2; exit 1; }

bin/tributary serve --listen 127.0.0.1:0 2>"$scratch/log" &
server=$!
address=
for _ in $(seq 150); do
	address=$(sed -n 's/.*"msg":"serving","address":"\([^"]*\)".*/\1/p' "$scratch/log")
	[[ -z $address ]] && kill -0 "$server" 2>/dev/null || break
	sleep 0.2
done
[[ -n $address ]] || { cat "$scratch/log" >&2; echo "typescript.sh: the server did not start" >&2; exit 1; }

TRIBUTARY_URL=http://$address node "$client/dist/report.js" | tee "$scratch/rows"
[[ $(tail -n 1 "$scratch/rows") != "0 rows" ]] || { echo "typescript.sh: the report is empty" >&2; exit 1; }
