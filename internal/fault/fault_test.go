package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
)

func TestIs(t *testing.T) {
	t.Parallel()
	noPage, noLink := fault.Unknown("no such page"), fault.Unknown("no such link")
	taken := fault.Invalid("code", "already_in_use", "This code is already in use.")
	tooMany := fault.Invalid("code", "limit_reached", "The limit is reached.")
	wrapped := func(err error) error { return fmt.Errorf("reading: %w", err) }

	for _, err := range []error{noPage, noLink, fault.New(fault.NotFound)} {
		require.ErrorIs(t, wrapped(err), fault.New(fault.NotFound))
		require.NotErrorIs(t, wrapped(err), fault.New(fault.PermissionDenied))
		require.Equal(t, fault.NotFound, fault.CodeOf(wrapped(err)))
	}
	require.ErrorIs(t, wrapped(noPage), noPage)
	require.NotErrorIs(t, wrapped(noPage), noLink, "two errors with one code are different errors")
	require.ErrorIs(t, wrapped(taken), taken)
	require.NotErrorIs(t, wrapped(taken), tooMany)
	require.NotErrorIs(t, wrapped(fault.New(fault.NotFound)), noPage)
	require.NotErrorIs(t, errors.New("NotFound"), fault.New(fault.NotFound))
}
