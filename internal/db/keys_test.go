package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	a, b := id.UUID{1}, id.UUID{2}
	require.Equal(t, []id.UUID{a, b}, db.Partners(b, a, b).Partners(), "sorted, each once")
	for name, c := range map[string]struct {
		held, needed db.Keys
		covers       bool
	}{
		"the same partner":               {db.Partners(a), db.Partners(a), true},
		"one of the partners":            {db.Partners(a, b), db.Partners(b), true},
		"a partner that is not held":     {db.Partners(a), db.Partners(a, b), false},
		"no partner":                     {db.Partners(a), db.Partners(), true},
		"any partner of the whole store": {db.WholeStore(), db.Partners(a), true},
		"the whole store, twice":         {db.WholeStore(), db.WholeStore(), true},
		"the whole store, not held":      {db.Partners(a, b), db.WholeStore(), false},
	} {
		require.Equal(t, c.covers, c.held.Covers(c.needed), name)
		require.True(t, c.held.And(c.needed).Covers(c.needed), name)
		require.True(t, c.held.And(c.needed).Covers(c.held), name)
	}
}
