#!/bin/sh
# Fetches the pinned Swagger UI from the npm registry and leaves what the
# server embeds, compressed, in internal/api/schema/dist. Does nothing when
# that is already there for the pinned version.
set -eu

cd "$(dirname "$0")/../internal/api/schema"
mkdir -p dist
touch dist/.gitkeep # the one file of it in git: the server must build without the others
lock=$(sha256sum package-lock.json | cut -d ' ' -f 1)
if [ -f dist/NOTICE.txt.gz ] && [ "$(cat dist/.lock 2>/dev/null || true)" = "$lock" ]; then
	exit 0
fi

# In a scratch directory, and without the packages' install scripts: one of
# them reports every installation to its maker.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp package.json package-lock.json "$scratch"
(cd "$scratch" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
from=$scratch/node_modules/swagger-ui-dist

for file in swagger-ui-bundle.js swagger-ui.css; do
	# The source map is not served: without its name, browsers do not ask for it.
	sed -e '/^\/\/# sourceMappingURL=/d' -e 's|/\*# sourceMappingURL=[^*]*\*/||' "$from/$file" | gzip -9 -n >"dist/$file.gz"
done
{
	cat "$from/NOTICE"
	printf '\n\n'
	cat "$from/LICENSE"
	printf '\n\n'
	cat "$from/swagger-ui-bundle.js.LICENSE.txt"
} | gzip -9 -n >dist/NOTICE.txt.gz
printf '%s' "$lock" >dist/.lock
