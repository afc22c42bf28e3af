package partner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/sdk"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	b := apitest.SetupOwn(t)
	ctx, first := t.Context(), b.Partner
	sessions := func(p *sdk.Partner) []sdk.Session {
		t.Helper()
		return apitest.All(t, p.Sessions(ctx, sdk.PageQuery{}))
	}
	b.Clock.Advance(time.Hour)
	second := b.Session(t, apitest.AuthEmail)
	list := sessions(first)
	require.Len(t, list, 2)
	require.Equal(t, sdk.Session{
		ID: list[0].ID, Address: "192.0.2.1", UserAgent: "a browser", IssuedAt: b.Clock.Now(), ExpiresAt: b.Clock.Now().Add(6 * time.Hour),
		LoggedInAt: b.Clock.Now(),
	}, list[0])
	require.True(t, list[1].Current)
	require.True(t, sessions(second)[0].Current)
	require.Len(t, apitest.OK(first.SessionsPage(ctx, sdk.PageQuery{Limit: 1, Offset: 1}))(t).Data, 1)

	theirs := apitest.Only(t, b.Other.Sessions(ctx, sdk.PageQuery{}))
	require.True(t, theirs.Current)
	for _, unknown := range []string{theirs.ID, id.New().String(), "x", strings.ToUpper(list[0].ID) + "0"} {
		apitest.RequireRefused(t, first.DeleteSession(ctx, unknown), sdk.NotFound)
	}
	apitest.RequireRefused(t, b.Other.DeleteSession(ctx, list[0].ID), sdk.NotFound)
	require.True(t, alive(t, second))
	require.NoError(t, first.DeleteSession(ctx, list[0].ID))
	require.False(t, alive(t, second))
	apitest.RequireRefused(t, first.DeleteSession(ctx, list[0].ID), sdk.NotFound)
	require.Len(t, sessions(first), 1)

	third, fourth := b.Session(t, apitest.AuthEmail), b.Session(t, apitest.AuthEmail)
	require.Len(t, sessions(third), 3)
	require.NoError(t, third.DeleteOtherSessions(ctx))
	require.False(t, alive(t, first))
	require.False(t, alive(t, fourth))
	require.True(t, alive(t, b.Other))

	require.NoError(t, third.DeleteSession(ctx, apitest.Only(t, third.Sessions(ctx, sdk.PageQuery{})).ID), "a session may end itself")
	require.False(t, alive(t, third))

	fifth := b.Session(t, apitest.AuthEmail)
	b.Clock.Advance(5 * time.Hour)
	sixth := b.Session(t, apitest.AuthEmail)
	b.Clock.Advance(time.Hour)
	require.Len(t, sessions(sixth), 1, "a session ends six hours after its login")
	apitest.Refused(fifth.DescribeAuthToken(ctx))(t, sdk.TokenExpired)
}
