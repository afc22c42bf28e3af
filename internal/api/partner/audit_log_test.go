package partner_test

import (
	"encoding/json"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/sdk"
)

func actions(t *testing.T, list iter.Seq2[sdk.AuditLogRow, error]) []string {
	t.Helper()
	done := []string{}
	for _, row := range apitest.All(t, list) {
		done = append(done, row.Action+" "+row.Actor)
	}
	return done
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	b := apitest.SetupOwn(t)
	ctx := t.Context()
	in := keyRequest("bot", sdk.ScopeRead)
	in.ExpiresAt = time.Date(2026, 7, 30, 12, 0, 0, 0, time.UTC)
	made := apitest.OK(b.Partner.CreateAPIKey(ctx, in, b.Coded(t, b.Partner, in)))(t)
	created := b.Clock.Now()
	b.Clock.Advance(24 * time.Hour)
	p := b.Session(t, apitest.AuthEmail)
	apitest.OK(p.UpdateProfile(ctx, sdk.UpdateProfileIn{Phone: new("1"), Language: new("el")}))(t)
	apitest.OK(p.UpdateProfile(ctx, sdk.UpdateProfileIn{Phone: new("1")}))(t)
	require.NoError(t, p.DeleteOtherSessions(ctx))
	for range 5 { // only the fifth failure makes the caller wait, so only the fifth is recorded
		require.Error(t, b.With(t, "").Login(ctx, apitest.AuthEmail, "wrong horse"))
	}
	apitest.RequireRefused(t, p.DeleteAPIKey(ctx, "000000000000"), sdk.NotFound)

	bot := b.With(t, made.Key)
	require.Equal(t, []string{
		"login.failed nobody", "sessions.ended partner", "profile.updated partner", "login.succeeded partner",
		"api_key.created partner", "verification.completed partner", "login.succeeded partner",
	}, actions(t, bot.AuditLog(ctx, sdk.AuditLogQuery{})), "newest first, without what changed nothing")
	entries := apitest.All(t, bot.AuditLog(ctx, sdk.AuditLogQuery{}))
	key := entries[4]
	require.NotEmpty(t, key.ID)
	require.NotEmpty(t, key.Credential)
	require.JSONEq(t, `{"name":"bot","scopes":["read"],"expires_at":"2026-07-30T12:00:00Z"}`, string(key.Details))
	require.JSONEq(t, `{"fields":["language","phone"]}`, string(entries[2].Details))
	key.ID, key.Credential, key.Details = "", "", nil
	require.Equal(t, sdk.AuditLogRow{
		At: created, Action: "api_key.created", Subject: made.ID, Actor: "partner", Address: "192.0.2.1", UserAgent: "a browser",
	}, key)
	text, err := json.Marshal(entries)
	require.NoError(t, err)
	require.NotContains(t, string(text), made.Key[17:], "no secret")

	require.NoError(t, p.DeleteAPIKey(ctx, made.ID))
	require.NoError(t, b.Session(t, apitest.NeighbourEmail).RevokeAuthToken(ctx))
	for _, tt := range []struct {
		query sdk.AuditLogQuery
		want  []string
	}{
		{sdk.AuditLogQuery{Action: []string{"api_key.created"}}, []string{"api_key.created partner"}},
		{sdk.AuditLogQuery{Action: []string{"api_key.created", "api_key.deleted"}}, []string{"api_key.deleted partner", "api_key.created partner"}},
		{sdk.AuditLogQuery{Subject: []string{made.ID}}, []string{"api_key.deleted partner", "api_key.created partner"}},
		{sdk.AuditLogQuery{Actor: []string{"nobody"}}, []string{"login.failed nobody"}},
		{sdk.AuditLogQuery{DateTo: "2026-06-30"}, []string{"api_key.created partner", "verification.completed partner", "login.succeeded partner"}},
		{sdk.AuditLogQuery{Date: []sdk.Date{"2026-06-30"}, Ordering: []string{"id"}}, []string{"login.succeeded partner", "verification.completed partner", "api_key.created partner"}},
		{sdk.AuditLogQuery{DateFrom: "2026-07-01", Action: []string{"login.succeeded"}}, []string{"login.succeeded partner"}},
		{sdk.AuditLogQuery{DateFrom: "2026-07-02"}, []string{}},
	} {
		require.Equal(t, tt.want, actions(t, p.AuditLog(ctx, tt.query)), "%+v", tt.query)
	}
	page := apitest.OK(p.AuditLogPage(ctx, sdk.AuditLogQuery{Limit: 2}))(t)
	require.Len(t, page.Data, 2)
	require.EqualValues(t, 8, page.Totals.Count)

	neighbour := b.Session(t, apitest.NeighbourEmail)
	require.Equal(t, []string{"login.succeeded partner", "session.ended partner", "login.succeeded partner", "login.succeeded partner"},
		actions(t, neighbour.AuditLog(ctx, sdk.AuditLogQuery{})), "each partner has a log of its own")
	values := apitest.OK(neighbour.AuditLogFilters(ctx, sdk.FiltersQuery{}))(t)
	require.Equal(t, []string{"login.succeeded", "session.ended"}, values.Action)
	require.Equal(t, []sdk.Date{"2026-07-01", "2026-06-30"}, values.Date)

	csv, err := io.ReadAll(apitest.OK(p.AuditLogFile(ctx, sdk.AuditLogQuery{Action: []string{"profile.updated"}}, sdk.CSV))(t))
	require.NoError(t, err)
	lines := strings.Split(string(csv), "\r\n")
	require.Equal(t, "id,at,action,subject,actor,credential,address,user_agent,details", lines[0])
	require.Contains(t, lines[1], `,profile.updated,,partner,`)
	require.True(t, strings.HasSuffix(lines[1], `,"{""fields"":[""language"",""phone""]}"`), lines[1])
}
