package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// TestAResetEvicts checks that a password reset stops an intruder: it revokes all
// keys, pauses recent webhooks and postbacks, and lists what is still set up.
func TestAResetEvicts(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	const day = 24 * time.Hour
	old := d.Endpoint(t, "webhook", programmetest.PartnerA, "https://old.example.com/", 90*day, 31*day)
	changed := d.Endpoint(t, "webhook", programmetest.PartnerA, "https://changed.example.com/", 90*day, 29*day)
	made := d.Endpoint(t, "postback", programmetest.PartnerA, "https://made.example.com/", 2*day, 2*day)
	theirs := d.Endpoint(t, "webhook", programmetest.PartnerB, "https://theirs.example.com/", day, day)
	d.Exec(t, `INSERT INTO api_keys (key_id, secret_hash, role, partner_id, scopes, name, created_at) VALUES ('k', $1, 'partner', $2, '', 'bot', 0)`,
		make([]byte, 32), apitest.UID(programmetest.PartnerA))
	status := func(endpoint id.UUID) (status string) {
		require.NoError(t, d.DB.QueryRow(t.Context(), `SELECT status FROM endpoints WHERE endpoint_id = $1`, endpoint).Scan(&status))
		return status
	}

	d.AskReset(t, "a@example.com")
	_, secret := d.Link(t, "password_reset")
	done := apitest.OK(d.Reset(t, secret, "another horse"))(t)
	require.EqualValues(t, 1, done.APIKeysRevoked)
	require.EqualValues(t, 2, done.Paused)
	listed := map[string]string{}
	for _, u := range done.SetUp {
		listed[u.Target] = fmt.Sprint(u.Kind, " ", u.Status, " ", u.PausedByReset)
	}
	require.Equal(t, map[string]string{
		"https://old.example.com/": "webhook active false", "https://changed.example.com/": "webhook paused true",
		"https://made.example.com/": "postback paused true",
	}, listed)
	require.Equal(t, "active", status(old))
	require.Equal(t, "paused", status(changed))
	require.Equal(t, "paused", status(made))
	require.Equal(t, "active", status(theirs), "another partner's endpoint stays active")
	news := d.News(t)
	require.Len(t, news, 1)
	require.Contains(t, news[0].Text, "Your API keys were revoked: 1.")
	require.Contains(t, news[0].Text, "were paused: 2.")
	require.Equal(t, 1, d.Count(t, `SELECT count(*) FROM audit_log WHERE action = 'password.reset' AND details LIKE '%"api_keys_revoked":1%'`))

	p, ctx := apitest.OK(d.Login(t, "a@example.com", "another horse"))(t), t.Context()
	_, err := p.ResumeSecuritySetUp(ctx, sdk.ResumeSecuritySetUpIn{IDs: []string{changed.String(), theirs.String()}})
	require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err))
	require.Equal(t, "paused", status(changed), "all or none")
	apitest.OK(p.ResumeSecuritySetUp(ctx, sdk.ResumeSecuritySetUpIn{IDs: []string{changed.String()}}))(t)
	require.Equal(t, "active", status(changed))
	require.Equal(t, "paused", status(made))
	require.Len(t, apitest.OK(p.SecuritySetUp(ctx))(t), 3)
}

// TestSessions_RenewalsEnd checks that a session cannot be renewed forever, and that
// revoking a session also revokes every session that was renewed from it.
func TestSessions_RenewalsEnd(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	current, renewals := b.JWT, 0
	for {
		b.Clock.Advance(5 * time.Hour)
		renewed, err := b.With(t, current).RenewAuthToken(t.Context(), sdk.RenewAuthTokenIn{})
		if err != nil {
			require.Equal(t, sdk.AuthenticationFailed, sdk.ErrorCode(err), "%v", err)
			break
		}
		current = renewed.Token
		renewals++
		require.Less(t, renewals, 200)
	}
	require.Equal(t, 30*24/5-1, renewals)
}

func TestSessions_TheOldestEndsAboveAThousand(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	for i := range identity.MaxSessions {
		b.Exec(t, `INSERT INTO sessions (partner_id, session_id, issued_at, expires_at, address, user_agent) VALUES ($1, $2, $3, $4, '', '')`,
			b.PartnerID, id.New(), b.Clock.Now().Add(time.Duration(i)*time.Second).UnixMicro(),
			b.Clock.Now().Add(6*time.Hour+time.Duration(i+1)*time.Second).UnixMicro())
	}
	apitest.OK(b.Person(t).Security(t.Context()))(t)
	b.Clock.Advance(time.Hour)
	newest := b.Session(t, apitest.AuthEmail)
	apitest.Refused(b.Person(t).Security(t.Context()))(t, sdk.AuthenticationFailed)
	apitest.OK(newest.Security(t.Context()))(t)
	var working int
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT count(*) FROM sessions WHERE partner_id = $1 AND revoked_at IS NULL AND expires_at > $2`,
		b.PartnerID, b.Clock.Now().UnixMicro()).Scan(&working))
	require.Equal(t, identity.MaxSessions, working)
}

// TestNewKeysAreMailed checks that the partner gets a mail about every new key,
// no matter who created the key.
func TestNewKeysAreMailed(t *testing.T) {
	t.Parallel()
	b := apitest.SetupSecure(t)
	_, _, err := b.Service.CreateKey(t.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &b.PartnerID, Name: "cashback bot", Scopes: []string{"read"}})
	require.NoError(t, err)
	mails := b.Mailbox(t, apitest.AuthEmail)
	require.Len(t, mails, 1)
	require.Contains(t, fmt.Sprint(mails[0]), "cashback bot")
}
