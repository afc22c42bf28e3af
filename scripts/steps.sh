#!/usr/bin/env bash
# Runs the given make targets in turn, even if one of them fails. At the end it
# prints the result of each target.
#
#   scripts/steps.sh TARGET...
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0 failed=0 summary=()
for step in "$@"; do
	printf '\n==> make %s\n' "$step"
	began=$SECONDS
	if make --no-print-directory "$step"; then
		result=passed
		((passed += 1))
	else
		result=FAILED
		((failed += 1))
	fi
	summary+=("$(printf '%-10s %s in %d s' "$step" "$result" $((SECONDS - began)))")
done

printf '\n==> summary\n'
printf '%s\n' "${summary[@]}" "$(printf '%-10s %d s' total "$SECONDS")"
echo "steps: $passed passed, $failed failed"
((failed == 0))
