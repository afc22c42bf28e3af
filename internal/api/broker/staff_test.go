package broker_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/staff"
	"github.com/tributary-server/tributary/sdk"
)

const (
	annEmail        = "ann@broker.example"
	denied          = "non_field_errors permission_denied: "
	passwordExpired = "This password expired before the first sign-in. Ask for a reset."
	ownAccount      = "You cannot change your own account in this way. Ask another admin."
)

// TestStaff specifies how staff members sign in, on both engines.
func TestStaff(t *testing.T) {
	t.Parallel()
	apitest.EachWorld(t, func(t *testing.T, w *apitest.World) {
		for name, test := range map[string]func(*testing.T, *apitest.World){
			"first sign-in": testFirstSignIn, "sessions": testStaffSessions, "codes": testStaffCodes, "password": testStaffPassword,
			"admins": testStaffAdmins, "reset": testStaffReset, "audit": testStaffAudit, "limits": testStaffLimits,
			"failures in the audit log": testStaffFailures, "hashing": testStaffHashing,
		} {
			t.Run(name, func(t *testing.T) { test(t, w) })
		}
	})
}

func signIn(email, password, code string) sdk.SignInIn {
	in := sdk.SignInIn{Email: email, Password: password}
	if code != "" {
		in.Code = &code
	}
	return in
}

func testFirstSignIn(t *testing.T, w *apitest.World) {
	ctx, door, email := t.Context(), w.StaffWith(t, ""), "first@broker.example"
	member, once, err := w.Server.Staff.Create(ctx, email, caller.Finance)
	require.NoError(t, err)

	apitest.Refused(door.SignIn(ctx, signIn(email, once, "")))(t, sdk.PermissionDenied, "code enrolment_required")
	apitest.Refused(door.SignIn(ctx, signIn(email, once, "123456")))(t, sdk.PermissionDenied, "code enrolment_required")
	for given, fault := range map[string]string{"short": "new_password min_length", once: "new_password invalid: Choose another password than the one-time password."} {
		apitest.Refused(door.Enrol(ctx, sdk.EnrolIn{Email: email, Password: once, NewPassword: given}))(t, sdk.ValidationError, fault)
	}
	enrol := sdk.EnrolIn{Email: email, Password: once, NewPassword: apitest.StaffPassword}
	lost := apitest.OK(door.Enrol(ctx, enrol))(t)
	require.Contains(t, lost.OtpauthURI, lost.Secret)
	require.Contains(t, lost.QR, "data:image/png;base64,")
	apitest.Refused(door.Enrol(ctx, enrol))(t, sdk.AuthenticationFailed) // the one-time password works once
	enrol.Password = apitest.StaffPassword
	app := apitest.OK(door.Enrol(ctx, enrol))(t)
	require.Equal(t, w.Clock.Now().Add(15*time.Minute), app.ExpiresAt)

	apitest.Refused(door.SignIn(ctx, signIn(email, apitest.StaffPassword, "")))(t, sdk.PermissionDenied, "code enrolment_required")
	apitest.Refused(door.SignIn(ctx, signIn(email, apitest.StaffPassword, w.NextCode(t, lost.Secret))))(t, sdk.ValidationError, "code invalid")
	w.Clock.Advance(15 * time.Minute)
	apitest.Refused(door.SignIn(ctx, signIn(email, apitest.StaffPassword, w.NextCode(t, app.Secret))))(t, sdk.ValidationError, "code expired")
	app = apitest.OK(door.Enrol(ctx, enrol))(t)
	in := apitest.OK(door.SignIn(ctx, signIn(" First@Broker.Example ", apitest.StaffPassword, w.NextCode(t, app.Secret))))(t)
	require.Len(t, in.RecoveryCodes, 10)
	require.Equal(t, w.Clock.Now().Add(staff.TokenLife), in.ExpiresAt)
	require.Equal(t, &sdk.StaffMember{ID: member.ID.String(), Email: email, Role: "finance", Status: "active", Created: member.CreatedAt},
		apitest.OK(w.StaffWith(t, in.Token).Me(ctx))(t))
	apitest.Refused(door.Enrol(ctx, enrol))(t, sdk.PermissionDenied, denied+"An authenticator app is in use. Sign in with its code, or ask for a reset.")

	// A one-time password expires, even if an app was added but never confirmed.
	_, unproved, err := w.Server.Staff.Create(ctx, "unproved@broker.example", caller.Support)
	require.NoError(t, err)
	second := apitest.OK(door.Enrol(ctx, sdk.EnrolIn{Email: "unproved@broker.example", Password: unproved, NewPassword: apitest.StaffPassword}))(t)
	w.Clock.Advance(staff.OneTimeLife)
	expired := sdk.EnrolIn{Email: "unproved@broker.example", Password: apitest.StaffPassword, NewPassword: apitest.StaffPassword}
	apitest.Refused(door.Enrol(ctx, expired))(t, sdk.PermissionDenied, denied+passwordExpired)
	apitest.Refused(door.SignIn(ctx, signIn(expired.Email, expired.Password, w.NextCode(t, second.Secret))))(t, sdk.PermissionDenied, denied+passwordExpired)
	_, late, err := w.Server.Staff.Create(ctx, "late@broker.example", caller.Support)
	require.NoError(t, err)
	w.Clock.Advance(staff.OneTimeLife)
	apitest.OK(door.SignIn(ctx, signIn(email, apitest.StaffPassword, w.NextCode(t, app.Secret))))(t) // a confirmed password does not expire
	apitest.Refused(door.SignIn(ctx, signIn("late@broker.example", late, "")))(t, sdk.PermissionDenied, denied+passwordExpired)
	apitest.Refused(door.Enrol(ctx, sdk.EnrolIn{Email: "late@broker.example", Password: late, NewPassword: apitest.StaffPassword}))(t, sdk.PermissionDenied,
		denied+passwordExpired)
}

func testStaffSessions(t *testing.T, w *apitest.World) {
	ctx := t.Context()
	m := w.Staff(t, "sessions@broker.example", caller.Admin)
	other := *m
	w.SignIn(t, &other)
	began := w.Clock.Now()
	for range 11 {
		w.Clock.Advance(staff.TokenLife - time.Minute)
		require.Equal(t, w.Clock.Now().Add(staff.TokenLife), apitest.OK(other.RenewStaffToken(ctx))(t).ExpiresAt)
	}
	apitest.Refused(m.Me(ctx))(t, sdk.TokenExpired)
	w.Clock.Advance(staff.TokenLife - time.Minute)
	require.Equal(t, began.Add(staff.SessionLife), apitest.OK(other.RenewStaffToken(ctx))(t).ExpiresAt)
	w.Clock.Advance(12 * time.Minute)
	apitest.Refused(other.RenewStaffToken(ctx))(t, sdk.TokenExpired)

	w.SignIn(t, m)
	token := m.Token
	for _, wrong := range []string{token + "A", token[:len(token)-1], "trs_", "trs_x_y", token[:37], "trs_" + id.New().Hex() + token[36:]} {
		apitest.Refused(w.StaffWith(t, wrong).Me(ctx))(t, sdk.AuthenticationFailed)
	}
	require.NoError(t, m.SignOut(ctx))
	apitest.Refused(m.Me(ctx))(t, sdk.AuthenticationFailed)

	// API keys and partners cannot call operations that are only for staff
	// members.
	apitest.Refused(w.Broker(t).Me(ctx))(t, sdk.PermissionDenied)
	apitest.Refused(w.StaffWith(t, w.As(t, "a")).Me(ctx))(t, sdk.PermissionDenied)
}

func testStaffCodes(t *testing.T, w *apitest.World) {
	ctx, door := t.Context(), w.StaffWith(t, "")
	m := w.Staff(t, "codes@broker.example", caller.Support)
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, "")))(t, sdk.PermissionDenied, "code verification_required")
	code := w.NextCode(t, m.Secret)
	apitest.OK(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, code)))(t)
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, code)))(t, sdk.ValidationError, "code invalid") // a code works once
	require.Empty(t, apitest.OK(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, m.Recovery[3])))(t).RecoveryCodes)
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, m.Recovery[3])))(t, sdk.ValidationError, "code invalid")
}

func testStaffPassword(t *testing.T, w *apitest.World) {
	ctx := t.Context()
	m := w.Staff(t, "password@broker.example", caller.Support)
	old := m.Broker
	w.SignIn(t, m)
	in := sdk.ChangeStaffPasswordIn{OldPassword: "wrong", NewPassword: "another password", Code: w.NextCode(t, m.Secret)}
	apitest.RequireRefused(t, m.ChangeStaffPassword(ctx, in), sdk.ValidationError, "old_password invalid")
	in.OldPassword, in.Code = apitest.StaffPassword, "000000"
	apitest.RequireRefused(t, m.ChangeStaffPassword(ctx, in), sdk.ValidationError, "code invalid")
	in.NewPassword = "short"
	apitest.RequireRefused(t, m.ChangeStaffPassword(ctx, in), sdk.ValidationError, "new_password min_length")
	in.NewPassword, in.Code = "another password", w.NextCode(t, m.Secret)
	require.NoError(t, m.ChangeStaffPassword(ctx, in))
	apitest.OK(m.Me(ctx))(t)
	apitest.Refused(old.Me(ctx))(t, sdk.AuthenticationFailed)
	door := w.StaffWith(t, "")
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, w.NextCode(t, m.Secret))))(t, sdk.AuthenticationFailed)
	apitest.OK(door.SignIn(ctx, signIn(m.Email, "another password", w.NextCode(t, m.Secret))))(t)
}

func testStaffAdmins(t *testing.T, w *apitest.World) {
	ctx := t.Context()
	ann := w.Staff(t, annEmail, caller.Admin)
	in := sdk.CreateStaffMemberIn{Email: "bob@broker.example", Role: "support"}
	made := apitest.OK(ann.CreateStaffMember(ctx, in, sdk.WithIdempotencyKey("bob")))(t)
	require.Equal(t, made, apitest.OK(ann.CreateStaffMember(ctx, in, sdk.WithIdempotencyKey("bob")))(t))
	require.Equal(t, sdk.StaffStatus("invited"), made.Status)
	apitest.Refused(ann.CreateStaffMember(ctx, in))(t, sdk.ValidationError, "email already_in_use")
	apitest.Refused(ann.CreateStaffMember(ctx, sdk.CreateStaffMemberIn{Email: "bob", Role: "owner"}))(t, sdk.ValidationError, "email invalid", "role invalid_choice")
	apitest.OK(w.StaffWith(t, "").Enrol(ctx, sdk.EnrolIn{Email: in.Email, Password: made.OneTimePassword, NewPassword: apitest.StaffPassword}))(t)

	// A new role applies from the next request on, and a disabled member is
	// signed out at once.
	cas := w.Staff(t, "cas@broker.example", caller.Support)
	apitest.OK(cas.SuspendPartner(ctx, programmetest.PartnerB, sdk.SuspendPartnerIn{}))(t)
	require.Equal(t, sdk.StaffRole("finance"), apitest.OK(ann.UpdateStaffMember(ctx, cas.ID, sdk.UpdateStaffMemberIn{Role: "finance"}))(t).Role)
	apitest.Refused(cas.ResumePartner(ctx, programmetest.PartnerB))(t, sdk.PermissionDenied)
	require.Equal(t, sdk.StaffStatus("disabled"), apitest.OK(ann.DisableStaffMember(ctx, cas.ID))(t).Status)
	apitest.Refused(cas.Me(ctx))(t, sdk.AuthenticationFailed)
	apitest.Refused(w.StaffWith(t, "").SignIn(ctx, signIn(cas.Email, apitest.StaffPassword, w.NextCode(t, cas.Secret))))(t, sdk.PermissionDenied, denied+"This account is disabled.")

	emails := map[string]sdk.StaffStatus{}
	for _, m := range apitest.All(t, ann.StaffMembers(ctx, sdk.PageQuery{})) {
		emails[m.Email] = m.Status
	}
	require.Equal(t, []sdk.StaffStatus{"active", "invited", "disabled"}, []sdk.StaffStatus{emails[annEmail], emails["bob@broker.example"], emails[cas.Email]})

	// No one changes their own account, so one admin always remains.
	apitest.Refused(ann.UpdateStaffMember(ctx, ann.ID, sdk.UpdateStaffMemberIn{Role: "support"}))(t, sdk.PermissionDenied, denied+ownAccount)
	apitest.Refused(ann.DisableStaffMember(ctx, ann.ID))(t, sdk.PermissionDenied, denied+ownAccount)
	for _, unknown := range []string{noUID, "x"} {
		apitest.Refused(ann.StaffMember(ctx, unknown))(t, sdk.NotFound)
		apitest.Refused(ann.DisableStaffMember(ctx, unknown))(t, sdk.NotFound)
		apitest.Refused(ann.UpdateStaffMember(ctx, unknown, sdk.UpdateStaffMemberIn{Role: "support"}))(t, sdk.NotFound)
	}
}

func testStaffReset(t *testing.T, w *apitest.World) {
	ctx, door := t.Context(), w.StaffWith(t, "")
	m := w.Staff(t, "reset@broker.example", caller.Finance)
	member, err := w.Server.Staff.ByEmail(ctx, m.Email)
	require.NoError(t, err)
	once, err := w.Server.Staff.Reset(ctx, member.ID)
	require.NoError(t, err)
	apitest.Refused(m.Me(ctx))(t, sdk.AuthenticationFailed)
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, w.NextCode(t, m.Secret))))(t, sdk.AuthenticationFailed)
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, once, m.Recovery[0])))(t, sdk.PermissionDenied, "code enrolment_required")
	app := apitest.OK(door.Enrol(ctx, sdk.EnrolIn{Email: m.Email, Password: once, NewPassword: apitest.StaffPassword}))(t)
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, m.Recovery[0])))(t, sdk.ValidationError, "code invalid")
	m.Secret = app.Secret
	require.Len(t, w.SignIn(t, m), 10)
}

// testStaffAudit checks that the broker sees in the audit log which staff member
// acted, and that the partner does not.
func testStaffAudit(t *testing.T, w *apitest.World) {
	ctx := t.Context()
	m := w.Staff(t, "audit@broker.example", caller.Support)
	apitest.OK(m.SuspendPartner(ctx, apitest.PartnerC, sdk.SuspendPartnerIn{}))(t)
	apitest.OK(m.ResumePartner(ctx, apitest.PartnerC))(t)
	actions := map[string]int{}
	rows, err := w.DB.Query(ctx, `SELECT action FROM audit_log WHERE actor = 'staff' AND credential = $1`, m.ID)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var action string
		require.NoError(t, rows.Scan(&action))
		actions[action]++
	}
	require.NoError(t, rows.Err())
	require.Equal(t, map[string]int{"staff.enrolled": 1, "staff.signed_in": 1, "partner.suspended": 1, "partner.resumed": 1}, actions)
	entry := apitest.All(t, w.Partner(t, "c").AuditLog(ctx, sdk.AuditLogQuery{Action: []string{"partner.resumed"}, Actor: []string{"broker"}}))
	require.Len(t, entry, 1)
	require.Equal(t, "broker", entry[0].Actor)
	raw, err := json.Marshal(entry)
	require.NoError(t, err)
	require.NotContains(t, string(raw), m.Email)
}

// testStaffLimits checks that sign-in attempts are throttled after several
// failures, even for an e-mail that belongs to no staff member.
func testStaffLimits(t *testing.T, w *apitest.World) {
	ctx, door := t.Context(), w.StaffWith(t, "")
	m := w.Staff(t, "limits@broker.example", caller.Support)
	for _, email := range []string{m.Email, "nobody@broker.example"} {
		for range 5 {
			apitest.Refused(door.SignIn(ctx, signIn(email, "a wrong password", "")))(t, sdk.AuthenticationFailed)
		}
		apitest.Refused(door.SignIn(ctx, signIn(email, "a wrong password", "")))(t, sdk.Throttled)
		apitest.Refused(door.Enrol(ctx, sdk.EnrolIn{Email: email, Password: apitest.StaffPassword, NewPassword: apitest.StaffPassword}))(t, sdk.Throttled)
	}
	for email, fault := range map[string]string{"": "email blank", "x": "email invalid", "a\x00b": "email null_characters_not_allowed", string(make([]byte, 2000)): "email null_characters_not_allowed"} {
		apitest.Refused(door.SignIn(ctx, signIn(email, "x", "")))(t, sdk.ValidationError, fault)
	}
	w.Clock.Advance(time.Minute)
	w.SignIn(t, m)
}

// entries returns the entries of the audit log about a staff member, oldest first. It
// leaves out entries about sign-ins.
func entries(t *testing.T, w *apitest.World, staffID string) (list []string) {
	t.Helper()
	rows, err := w.DB.Query(t.Context(), `SELECT action, actor, details FROM audit_log
		WHERE subject = $1 AND partner_id = $2 AND action NOT IN ('staff.created', 'staff.enrolled') ORDER BY entry_id`, staffID, id.Nil)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var action, actor, details string
		require.NoError(t, rows.Scan(&action, &actor, &details))
		list = append(list, action+" "+actor+" "+details)
	}
	require.NoError(t, rows.Err())
	return list
}

// testStaffFailures checks that the audit log contains failed sign-ins and the use of
// recovery codes. It contains a wrong password only if the failure causes a wait, so
// that strangers cannot fill the log.
func testStaffFailures(t *testing.T, w *apitest.World) {
	ctx, door := t.Context(), w.StaffWith(t, "")
	m := w.Staff(t, "failures@broker.example", caller.Support)
	require.Empty(t, entries(t, w, m.ID))
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, "000000")))(t, sdk.ValidationError, "code invalid")
	for range 3 {
		apitest.Refused(door.SignIn(ctx, signIn(m.Email, "a wrong password", "")))(t, sdk.AuthenticationFailed)
	}
	apitest.Refused(door.Enrol(ctx, sdk.EnrolIn{Email: m.Email, Password: "a wrong password", NewPassword: apitest.StaffPassword}))(t, sdk.AuthenticationFailed)
	w.Clock.Advance(time.Minute)
	m.Broker = w.StaffWith(t, apitest.OK(door.SignIn(ctx, signIn(m.Email, apitest.StaffPassword, m.Recovery[0])))(t).Token)
	in := sdk.ChangeStaffPasswordIn{OldPassword: apitest.StaffPassword, NewPassword: "another password", Code: "000000"}
	apitest.RequireRefused(t, m.ChangeStaffPassword(ctx, in), sdk.ValidationError, "code invalid")
	in.Code = m.Recovery[1]
	require.NoError(t, m.ChangeStaffPassword(ctx, in))
	_, err := w.Server.Staff.Disable(ctx, apitest.UID(m.ID))
	require.NoError(t, err)
	apitest.Refused(door.SignIn(ctx, signIn(m.Email, "another password", w.NextCode(t, m.Secret))))(t, sdk.PermissionDenied, denied+"This account is disabled.")
	require.Equal(t, []string{
		`staff.sign_in_failed nobody {"failures":1,"reason":"code"}`,
		`staff.sign_in_failed nobody {"failures":5,"reason":"password"}`,
		`staff.recovery_code_used staff {"left":9}`,
		`staff.password_change_failed staff {"failures":1,"reason":"code"}`,
		`staff.recovery_code_used staff {"left":8}`,
		`staff.password_changed staff {}`,
		`staff.disabled system {}`,
		`staff.sign_in_failed nobody {"reason":"disabled"}`,
	}, entries(t, w, m.ID))

	invited, once, err := w.Server.Staff.Create(ctx, "expired@broker.example", caller.Support)
	require.NoError(t, err)
	w.Clock.Advance(staff.OneTimeLife)
	apitest.Refused(door.SignIn(ctx, signIn(invited.Email, once, "")))(t, sdk.PermissionDenied, denied+passwordExpired)
	require.Equal(t, []string{`staff.sign_in_failed nobody {"reason":"expired"}`}, entries(t, w, invited.ID.String()))
}

// testStaffHashing checks that the one-time password of a new member is hashed before
// the transaction of the Idempotency-Key begins. Other requests have to wait during
// this transaction.
func testStaffHashing(t *testing.T, w *apitest.World) {
	ctx := t.Context()
	ann := w.Staff(t, "hashing@broker.example", caller.Admin)
	made := make(chan error, 1)
	require.NoError(t, w.DB.Write(ctx, func(context.Context, db.Querier) error { // on SQLite, other transactions wait
		before := w.Server.Identity.Work().Argon2
		go func() {
			_, err := ann.CreateStaffMember(ctx, sdk.CreateStaffMemberIn{Email: "hashed@broker.example", Role: "support"}, sdk.WithIdempotencyKey("hashed"))
			made <- err
		}()
		require.Eventually(t, func() bool { return w.Server.Identity.Work().Argon2 > before }, 5*time.Second, time.Millisecond)
		return nil
	}))
	require.NoError(t, <-made)
}
