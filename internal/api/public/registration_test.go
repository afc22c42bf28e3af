package public_test

// Some tests send raw requests, because the SDK cannot write their bodies.

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/sdk"
)

func TestRegistration(t *testing.T) {
	t.Parallel()
	for programme, link := range map[sdk.Programme]string{sdk.ProgrammeIB: "https://go.example.com/a/", sdk.ProgrammeAffiliate: "https://go.example.com/a/c_"} {
		t.Run(string(programme), func(t *testing.T) {
			t.Parallel()
			d := apitest.SetupDoor(t)
			ctx := t.Context()
			in := sdk.RegisterIn{Email: " New@Example.com ", Password: new(apitest.AuthPassword), Country: "za", Programme: programme}
			require.Equal(t, &sdk.Registration{Status: "confirmation_sent", Email: "New@Example.com", ExpiresAt: d.Clock.Now().AddDate(0, 0, 2)},
				apitest.OK(d.Stranger(t).Register(ctx, in))(t))
			apitest.Refused(d.Login(t, "new@example.com", apitest.AuthPassword))(t, sdk.AuthenticationFailed) // the registration is not confirmed yet
			path, secret := d.Link(t, "registration")
			require.Equal(t, "/api/registration/confirm/", path)

			opened := apitest.OK(d.Confirm(t, secret))(t)
			require.Equal(t, "new@example.com", opened.Email)
			require.Equal(t, link+opened.LinkCode, opened.DefaultLink.FullDefaultLink)
			p := apitest.OK(d.Login(t, "New@example.com", apitest.AuthPassword))(t)
			summary := apitest.OK(p.Summary(ctx))(t)
			require.Equal(t, opened.PartnerUID, summary.PartnerUID)
			require.Equal(t, "ZA", summary.Country)
			require.Equal(t, opened.LinkCode, apitest.OK(p.DefaultLink(ctx))(t).Code)
			require.Equal(t, 1, d.Count(t, `SELECT count(*) FROM audit_log WHERE partner_id = $1 AND action = 'partner.registered' AND address = '192.0.2.7'`, apitest.UID(opened.PartnerUID)))
			require.Zero(t, d.Count(t, `SELECT count(*) FROM registrations`))
			apitest.Refused(d.Confirm(t, secret))(t, sdk.ValidationError, "token invalid")
		})
	}
}

// TestRegistration_Forms checks that a registration can be sent as JSON, as JSON with
// the old field name program, or as a form.
func TestRegistration_Forms(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	for contentType, body := range map[string]string{
		"application/json":                  `{"email":"json@example.com","password":"correct horse","country":"ZA","program":"ib"}`,
		"application/x-www-form-urlencoded": "email=NEW%40example.com&password=correct+horse&country=ZA&program=affiliate",
	} {
		w := d.Send(t, "/api/registration/", contentType, body)
		require.Equal(t, http.StatusAccepted, w.Code, w.Body)
		_, secret := d.Link(t, "registration")
		apitest.OK(d.Confirm(t, secret))(t)
	}
}

func TestRegistrationInput(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	stranger, ctx := d.Stranger(t), t.Context()
	for fault, change := range map[string]func(*sdk.RegisterIn){
		"email invalid":                     func(in *sdk.RegisterIn) { in.Email = "x" },
		"password min_length":               func(in *sdk.RegisterIn) { in.Password = new("short") },
		"password max_length":               func(in *sdk.RegisterIn) { in.Password = new(strings.Repeat("x", 129)) },
		"country invalid":                   func(in *sdk.RegisterIn) { in.Country = "Z1" },
		"country max_length":                func(in *sdk.RegisterIn) { in.Country = "ZAF" },
		"programme invalid_choice":          func(in *sdk.RegisterIn) { in.Programme = "house" },
		"programme required":                func(in *sdk.RegisterIn) { in.Programme = "" },
		"email null_characters_not_allowed": func(in *sdk.RegisterIn) { in.Email = "n@example.com\x00" },
	} {
		in := apitest.Joining("n@example.com")
		change(&in)
		apitest.Refused(stranger.Register(ctx, in))(t, sdk.ValidationError, fault)
	}
	apitest.Refused(stranger.Register(ctx, apitest.Joining(strings.Repeat("n", 250)+"@example.com")))(t, sdk.ValidationError, "email invalid")
	apitest.RefusedField(t, d.Post(t, "/api/registration/", `{"email":"n@example.com","password":"correct horse","country":"ZA","program":"both"}`), "program", "invalid_choice")
	require.Equal(t, http.StatusBadRequest, d.Post(t, "/api/registration/", `{}`).Code)
	require.Empty(t, d.News(t))
	for token, code := range map[string]string{"": "blank", strings.Repeat("x", 201): "max_length", "nope": "invalid"} {
		apitest.Refused(d.Confirm(t, token))(t, sdk.ValidationError, "token "+code)
	}
	waiting := d.Register(t, "n@example.com")
	for password, code := range map[string]string{"": "blank", "short": "min_length", strings.Repeat("x", 129): "max_length"} {
		apitest.Refused(stranger.ConfirmRegistration(ctx, sdk.ConfirmRegistrationIn{Token: waiting, Password: password}))(t, sdk.ValidationError, "password "+code)
	}
	apitest.OK(d.Confirm(t, waiting))(t) // the refused password has not used up the token
}

// TestRegistrationOfATakenAddress checks that only the owner of a mailbox learns
// whether its address belongs to a partner.
func TestRegistrationOfATakenAddress(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	answers := map[string]*sdk.Registration{}
	for _, email := range []string{"a@example.com", "n@example.com"} {
		answers[email] = apitest.OK(d.Stranger(t).Register(t.Context(), apitest.Joining(email)))(t)
	}
	answers["n@example.com"].Email = "a@example.com"
	require.Equal(t, answers["n@example.com"], answers["a@example.com"])
	news := d.News(t)
	require.Len(t, news, 2)
	require.Equal(t, "registration_taken", news[0].Kind)
	require.Equal(t, "a@example.com", news[0].To)
	require.NotContains(t, news[0].Text, "token=")
	require.Contains(t, news[0].Text, "https://partners.example.com/api/auth/password/reset/")
	require.Equal(t, "registration", news[1].Kind)
	require.Equal(t, 2, d.Count(t, `SELECT count(*) FROM registrations`), "the same is written")
	apitest.OK(d.Login(t, "a@example.com", apitest.AuthPassword))(t) // the password is unchanged
}

func TestRegistrationExpires(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	older, newer := d.Register(t, "n@example.com"), d.Register(t, "n@example.com")
	apitest.Refused(d.Confirm(t, older))(t, sdk.ValidationError, "token invalid")
	d.Clock.Advance(48*time.Hour - time.Second)
	apitest.OK(d.Confirm(t, newer))(t)

	token := d.Register(t, "m@example.com")
	d.Clock.Advance(48 * time.Hour)
	apitest.Refused(d.Confirm(t, token))(t, sdk.ValidationError, "token invalid")
	require.NoError(t, identity.PurgeRegistrations(identity.NewRegistrationStore(d.DB), d.Clock)(t.Context()))
	require.Zero(t, d.Count(t, `SELECT count(*) FROM registrations`))
}

// TestRegistrationOvertakenByTheFeed checks what happens if the feed registers a
// partner's e-mail before the owner confirms the registration.
func TestRegistrationOvertakenByTheFeed(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	token := d.Register(t, "n@example.com")
	d.MustFeed(t, d.Fact(feed.PartnerRegistered, "2026-06-30T11:00:00Z",
		`"partner_uid":"`+apitest.PartnerC+`","email":"N@example.com","country":"MX","program":"ib","partner_code":"delta","currency":"USD"`))
	partners := d.Count(t, `SELECT count(*) FROM partners`)
	for range 2 { // a repeated request gets the same error
		apitest.Refused(d.Confirm(t, token))(t, sdk.ValidationError, "email already_in_use")
	}
	require.Equal(t, partners, d.Count(t, `SELECT count(*) FROM partners`))
	require.Equal(t, 1, d.Count(t, `SELECT count(*) FROM registrations`))
	require.Zero(t, d.Count(t, `SELECT count(*) FROM credentials WHERE partner_id = $1`, apitest.UID(apitest.PartnerC)))
	require.Zero(t, d.Count(t, `SELECT count(*) FROM audit_log WHERE action = 'partner.registered'`))
	apitest.Refused(d.Login(t, "n@example.com", apitest.AuthPassword))(t, sdk.AuthenticationFailed)
}

func TestConfirmationsRace(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	token := d.Register(t, "n@example.com")
	errs := make([]error, 8)
	var racing sync.WaitGroup
	for i := range errs {
		racing.Go(func() { _, errs[i] = d.Confirm(t, token) })
	}
	racing.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err))
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, d.Count(t, `SELECT count(*) FROM partners WHERE email = 'n@example.com'`))
}

func TestConfirmationIsReplayed(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	token, once := d.Register(t, "n@example.com"), sdk.WithIdempotencyKey("one")
	var answer sdk.Answer
	first := apitest.OK(d.Confirm(t, token, once))(t)
	require.Equal(t, first, apitest.OK(d.Confirm(t, token, once, sdk.WithAnswer(&answer)))(t))
	require.True(t, answer.Replayed)
}

func TestRegistrationLimits(t *testing.T) {
	t.Parallel()
	d := apitest.SetupDoor(t)
	stranger, ctx := d.Stranger(t), t.Context()
	in := apitest.Joining("n@example.com")
	for range 10 {
		apitest.OK(stranger.Register(ctx, in))(t)
	}
	require.Len(t, d.News(t), 3)
	d.Clock.Advance(time.Hour)
	apitest.OK(stranger.Register(ctx, in))(t)
	require.Len(t, d.News(t), 1)

	throttled := 0
	for i := range 200 {
		_, err := stranger.Register(ctx, apitest.Joining(fmt.Sprintf("n%d@example.com", i)))
		if err == nil {
			continue
		}
		refusal, found := errors.AsType[*sdk.Error](err)
		require.True(t, found, err)
		require.Equal(t, sdk.Throttled, refusal.Code)
		require.Equal(t, 30*time.Second, refusal.RetryAfter)
		throttled++
	}
	require.Equal(t, 200-59, throttled)
	apitest.Refused(stranger.ResetPassword(ctx, sdk.ResetPasswordIn{Email: "a@example.com"}))(t, sdk.Throttled) // registrations and resets share one limit
	apitest.OK(d.From(t, "192.0.2.8:1").Register(ctx, in))(t)
	d.Clock.Advance(30 * time.Second)
	apitest.OK(stranger.Register(ctx, in))(t)
}
