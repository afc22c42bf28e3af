package partner_test

// Some tests send raw requests, because the SDK cannot write their bodies.

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/sdk"
)

func TestProfile(t *testing.T) {
	t.Parallel()
	b := apitest.SetupOwn(t)
	p, ctx := b.Partner, t.Context()
	profile := &sdk.Profile{Email: apitest.AuthEmail, Country: "TH", Language: "en", TimeZone: "UTC"}
	require.Equal(t, profile, apitest.OK(p.Profile(ctx))(t))
	require.Equal(t, profile, apitest.OK(p.UpdateProfile(ctx, sdk.UpdateProfileIn{}))(t), "nothing to change")

	profile = &sdk.Profile{
		Email: apitest.AuthEmail, Country: "TH", Language: "pt-BR", TimeZone: "Asia/Bangkok", FullName: "Ann Öz 王", Phone: "+66 (2) 123-4567",
		Messenger: "Telegram @ann", UpdatedAt: b.Clock.Now(),
	}
	require.Equal(t, profile, apitest.OK(p.UpdateProfile(ctx, sdk.UpdateProfileIn{
		Language: new("pt-br"), TimeZone: new("Asia/Bangkok"), FullName: new(" Ann Öz 王 "), Phone: new("+66 (2) 123-4567"), Messenger: new("Telegram @ann"),
	}))(t))
	require.Equal(t, profile, apitest.OK(p.Profile(ctx))(t))
	profile.Phone = ""
	require.Equal(t, profile, apitest.OK(p.UpdateProfile(ctx, sdk.UpdateProfileIn{Phone: new("")}))(t))
	require.Equal(t, apitest.NeighbourEmail, apitest.OK(b.Other.Profile(ctx))(t).Email)

	for _, language := range []string{"xx-yy-zz-1", "", "und", "en-u-ca-buddhist"} {
		apitest.Refused(p.UpdateProfile(ctx, sdk.UpdateProfileIn{Language: &language}))(t, sdk.ValidationError, "language invalid: Must be a language tag, such as en or pt-BR.")
	}
	for _, zone := range []string{"", "Local", "../../etc/passwd", "/etc/localtime"} {
		apitest.Refused(p.UpdateProfile(ctx, sdk.UpdateProfileIn{TimeZone: &zone}))(t, sdk.ValidationError, "time_zone invalid: Must be the name of a time zone, such as Europe/Athens.")
	}
	for fault, in := range map[string]sdk.UpdateProfileIn{
		"full_name invalid: Control characters are not allowed: remove U+000A.": {FullName: new("a\nBcc: b")},
		"full_name max_length": {FullName: new(strings.Repeat("é", 201))},
		"phone invalid: Only digits, spaces and + - ( ) . / are allowed.": {Phone: new("call me")},
		"messenger max_length": {Messenger: new(strings.Repeat("m", 101))},
	} {
		apitest.Refused(p.UpdateProfile(ctx, in))(t, sdk.ValidationError, fault)
	}
	for body, status := range map[string]int{
		`{"phone":"1","email":"new@example.com"}`:    http.StatusBadRequest, // the e-mail is read-only
		`{"email":null,"unknown":1,"language":null}`: http.StatusOK,
	} {
		require.Equal(t, status, b.Call(t, http.MethodPatch, "/api/partner/profile/", body, "Authorization", "JWT "+p.Token()).Code, body)
	}
	require.Equal(t, profile, apitest.OK(p.Profile(ctx))(t))
}
