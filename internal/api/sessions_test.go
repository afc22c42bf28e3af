package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/sdk"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	b := setupOwn(t)
	ctx, first := t.Context(), b.partner
	sessions := func(p *sdk.Partner) []sdk.Session {
		t.Helper()
		return all(t, p.Sessions(ctx, sdk.PageQuery{}))
	}
	b.clock.Advance(time.Hour)
	second := b.session(t, authEmail)
	list := sessions(first)
	require.Len(t, list, 2)
	require.Equal(t, sdk.Session{
		ID: list[0].ID, Address: "192.0.2.1", UserAgent: "a browser", IssuedAt: b.clock.Now(), ExpiresAt: b.clock.Now().Add(6 * time.Hour),
	}, list[0])
	require.True(t, list[1].Current)
	require.True(t, sessions(second)[0].Current)
	require.Len(t, ok(first.SessionsPage(ctx, sdk.PageQuery{Limit: 1, Offset: 1}))(t).Data, 1)

	theirs := only(t, b.other.Sessions(ctx, sdk.PageQuery{}))
	require.True(t, theirs.Current)
	for _, unknown := range []string{theirs.ID, id.New().String(), "x", strings.ToUpper(list[0].ID) + "0"} {
		requireRefused(t, first.DeleteSession(ctx, unknown), sdk.NotFound)
	}
	requireRefused(t, b.other.DeleteSession(ctx, list[0].ID), sdk.NotFound)
	require.True(t, alive(t, second))
	require.NoError(t, first.DeleteSession(ctx, list[0].ID))
	require.False(t, alive(t, second))
	requireRefused(t, first.DeleteSession(ctx, list[0].ID), sdk.NotFound)
	require.Len(t, sessions(first), 1)

	third, fourth := b.session(t, authEmail), b.session(t, authEmail)
	require.Len(t, sessions(third), 3)
	require.NoError(t, third.DeleteOtherSessions(ctx))
	require.False(t, alive(t, first))
	require.False(t, alive(t, fourth))
	require.True(t, alive(t, b.other))

	require.NoError(t, third.DeleteSession(ctx, only(t, third.Sessions(ctx, sdk.PageQuery{})).ID), "a session may end itself")
	require.False(t, alive(t, third))

	fifth := b.session(t, authEmail)
	b.clock.Advance(5 * time.Hour)
	sixth := b.session(t, authEmail)
	b.clock.Advance(time.Hour)
	require.Len(t, sessions(sixth), 1, "a session ends six hours after its login")
	refused(fifth.DescribeAuthToken(ctx))(t, sdk.TokenExpired)
}
