#!/bin/sh
# Fetches the pinned version of Swagger UI from the npm registry. It writes the
# compressed files that the server embeds to internal/httpapi/swagger/dist. It does
# nothing if the files of this version are already there.
set -eu

cd "$(dirname "$0")/../internal/httpapi/swagger"
mkdir -p dist
touch dist/.gitkeep # this file is committed, so that the server builds without the other files
lock=$(sha256sum package-lock.json | cut -d ' ' -f 1)
if [ -f dist/NOTICE.txt.gz ] && [ "$(cat dist/.lock 2>/dev/null || true)" = "$lock" ]; then
	exit 0
fi

# Use a scratch directory and no install scripts, because one of the packages
# reports every installation to its maker.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp package.json package-lock.json "$scratch"
(cd "$scratch" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
from=$scratch/node_modules/swagger-ui-dist

for file in swagger-ui-bundle.js swagger-ui.css; do
	# The server does not serve the source map, so remove its name from the file.
	# Otherwise browsers request it.
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
