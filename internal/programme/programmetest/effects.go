package programmetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Effects counts the effects of a random test's steps, by kind. A random test must
// call Require with its kinds. Without this check, the test would pass even if no
// step had an effect.
type Effects map[string]int

// Count adds one effect of this kind if the step had the effect.
func (e Effects) Count(kind string, had bool) {
	if had {
		e[kind]++
	}
}

// Missing returns the kinds for which no effect was counted.
func (e Effects) Missing(kinds ...string) (missing []string) {
	for _, kind := range kinds {
		if e[kind] == 0 {
			missing = append(missing, kind)
		}
	}
	return missing
}

// Require fails the test if no effect was counted for one of the kinds.
func (e Effects) Require(t *testing.T, kinds ...string) {
	t.Helper()
	require.Empty(t, e.Missing(kinds...), "these kinds of steps never had an effect; those that had one: %v", slices.Sorted(maps.Keys(e)))
}
