#!/bin/sh
# Fetches the pinned Swagger UI from the npm registry and writes the compressed
# files that the server embeds to internal/httpapi/swagger/dist. It does nothing if
# they are already there in the pinned version.
set -eu

cd "$(dirname "$0")/../internal/httpapi/swagger"
mkdir -p dist
touch dist/.gitkeep # the only committed file there: the server must build without the others
lock=$(sha256sum package-lock.json | cut -d ' ' -f 1)
if [ -f dist/NOTICE.txt.gz ] && [ "$(cat dist/.lock 2>/dev/null || true)" = "$lock" ]; then
	exit 0
fi

# Use a scratch directory, and no install scripts: one of the packages reports
# every installation to its maker.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp package.json package-lock.json "$scratch"
(cd "$scratch" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
from=$scratch/node_modules/swagger-ui-dist

for file in swagger-ui-bundle.js swagger-ui.css; do
	# The source map is not served. Without its name in the file, browsers
	# do not ask for it.
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
