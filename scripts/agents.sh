#!/usr/bin/env bash
# Updates the list of programs that are not browsers. It reads the npm package
# crawler-user-agents (MIT licence, see NOTICE) in the given version:
#
#   scripts/agents.sh 1.60.0
#
# It writes the names of programs to internal/click/agents.txt. It includes names
# of programs whose user agent begins like a browser's, and other names that are
# not ordinary words. It writes examples of user agents that begin like a browser's
# to internal/click/testdata/programs.txt, for the test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=${1:?"the version of crawler-user-agents, as in: scripts/agents.sh 1.60.0"}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "crawler-user-agents@$version" >/dev/null && tar xzf ./*.tgz)

node - "$work/package/crawler-user-agents.json" "$version" <<'JS'
const fs = require('fs')
const [list, version] = process.argv.slice(2)
const head = `# Made by scripts/agents.sh from crawler-user-agents ${version}, https://github.com/monperrus/crawler-user-agents,
# Copyright (c) 2017 Martin Monperrus, MIT licence. Do not edit.
`
// These names are left out. They are programs in which people view pages themselves,
// a phone, and ordinary words.
const people = ['code/1.', 'trae', 'fluid', 'metaiab facebook', 'ap3a.240617.008', 'whatsapp', 'viber', 'paypal', 'coccoc', 'hubspot', 'capitaloneshopping',
  'newsblur', 'grammarly', 'notion', 'asana', 'tumblr', 'snapchatads', 'sonic', 'speedy', 'operator']

// names returns the names in a pattern. It leaves out parts that are more complex
// than a name.
function names(pattern) {
  return pattern.replace('(^| )', '').split('|').map(part => part
    .replace(/^\^|^\(\^|\)$|\$$/g, '').replace(/\[(\w)(\w)\]/g, (all, a, b) => a.toLowerCase() === b.toLowerCase() ? a : all)
    .replace(/\\([^\w])/g, '$1').toLowerCase().replace(/[\s\/)]+$/, '').trim())
    .filter(name => name.length > 2 && /^[a-z0-9][^\\[\](){}*+?^$|]*$/.test(name) && !people.includes(name))
}

const found = new Set(), strings = new Set()
for (const entry of JSON.parse(fs.readFileSync(list))) {
  const likeBrowsers = (entry.instances || []).filter(text => text.startsWith('Mozilla/'))
  if (likeBrowsers.length === 0 && !/[a-z][A-Z]|[a-z][-_.]/.test(entry.pattern.replace(/\\/g, ''))) continue
  names(entry.pattern).forEach(name => found.add(name))
  if (likeBrowsers.length === 0) continue
  strings.add(likeBrowsers[0])
  likeBrowsers.filter(text => !/:\/\/|www\.|@/.test(text)).slice(0, 3).forEach(text => strings.add(text))
}
fs.writeFileSync('internal/click/agents.txt', head + [...found].sort().join('\n') + '\n')
fs.mkdirSync('internal/click/testdata', { recursive: true })
fs.writeFileSync('internal/click/testdata/programs.txt', head + [...strings].map(text => text.replace(/[\r\n]/g, ' ')).sort().join('\n') + '\n')
console.log(`${found.size} names, ${strings.size} strings`)
JS
