#!/usr/bin/env bash
# Runs every fuzz target in the repository for the given time.
#
#   scripts/fuzz.sh 5s
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fuzztime=${1:-5s}

# fuzz runs one fuzz target. If the time runs out while Go's fuzzer is running an
# input, the fuzzer may report a failure although it has found nothing. The script
# repeats such a run, but never a run that has found a failing input.
fuzz() {
	local package=$1 target=$2 log status=0 try
	log=$(mktemp)
	for try in 1 2 3; do
		status=0
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" "$package" >"$log" 2>&1 || status=$?
		if ((status == 0)); then
			echo "ok  $package $target: $(sed -n 's/^fuzz: elapsed: [^,]*, execs: \([0-9]*\).*/\1/p' "$log" | tail -1) inputs"
			break
		fi
		if ! grep -q 'context deadline exceeded' "$log" || grep -q 'Failing input written' "$log"; then
			cat "$log"
			break
		fi
		echo "    $package $target: cut off by its own deadline (try $try)"
	done
	rm -f "$log"
	return "$status"
}

found=0 broken=0
while IFS=: read -r file declaration; do
	target=${declaration#func }
	found=$((found + 1))
	fuzz "./$(dirname "$file")" "${target%%(*}" || broken=$((broken + 1))
done < <(git ls-files --cached --others --exclude-standard '*_test.go' | sort |
	xargs grep -o -H '^func Fuzz[A-Za-z0-9_]*(' /dev/null)

((found > 0)) || { echo "fuzz.sh: no fuzz target found" >&2; exit 1; }
echo "fuzz targets: $((found - broken)) passed, $broken failed"
((broken == 0))
