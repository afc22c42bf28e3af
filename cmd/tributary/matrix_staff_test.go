package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/staff"
)

// moneyChanges lists the operations that a staff member with the role finance may
// use, apart from those that only read or compute.
var moneyChanges = []string{
	"POST /broker/v1/adjustments/",
	"POST /broker/v1/adjustments/{adjustment_id}/approve/",
	"POST /broker/v1/adjustments/{adjustment_id}/reject/",
	"POST /broker/v1/cpa/{client_uid}/approve/",
	"POST /broker/v1/cpa/{client_uid}/reject/",
	"POST /broker/v1/partners/{partner_uid}/level/", // a level decides how much a partner earns
	"POST /broker/v1/payouts/confirm/",
	"POST /broker/v1/payouts/{payout_id}/confirm/",
	"POST /broker/v1/payouts/{payout_id}/fail/",
}

// supportChanges is the corresponding list for the role support.
var supportChanges = []string{
	"POST /broker/v1/partners/{partner_uid}/resume/",
	"POST /broker/v1/partners/{partner_uid}/suspend/",
	"POST /broker/v1/partners/{partner_uid}/verify/",
	"POST /broker/v1/traffic-sources/{uid}/approve/",
	"POST /broker/v1/traffic-sources/{uid}/reject/",
}

// ownAccount lists the operations that are open to every staff member but not to
// keys.
var ownAccount = []string{
	"DELETE /broker/v1/auth/token/",
	"GET /broker/v1/me/",
	"POST /broker/v1/auth/token/",
	"POST /broker/v1/me/password/",
}

// testRoles compares the roles in the document with the lists above. TestMatrix then
// calls every operation with every role.
func (*matrixWorld) testRoles(t *testing.T, all []operation) {
	t.Helper()
	changes, personal := map[string][]string{}, []string(nil)
	for _, o := range all {
		if o.access() != "broker" {
			require.Empty(t, o.roles(), o.name)
			continue
		}
		require.Contains(t, o.roles(), "admin", o.name)
		reads := o.method == http.MethodGet || len(o.scopes()) == 1 && o.scopes()[0] == "read"
		switch {
		case o.person() && len(o.roles()) == 3:
			personal = append(personal, o.name)
		case reads && !o.person():
			require.Equal(t, []string{"admin", "finance", "support"}, o.roles(), o.name)
		default:
			for _, role := range o.roles() {
				changes[role] = append(changes[role], o.name)
			}
		}
	}
	require.ElementsMatch(t, ownAccount, personal, "operations for every staff member")
	require.ElementsMatch(t, moneyChanges, changes["finance"], "changes by the role finance")
	require.ElementsMatch(t, supportChanges, changes["support"], "changes by the role support")
}

// makeStaff creates a staff member of each role. It also creates one whose token is
// expired, and one who is disabled.
func (w *matrixWorld) makeStaff(t *testing.T) {
	t.Helper()
	w.staff, w.secrets = map[caller.StaffRole]string{}, map[caller.StaffRole]string{}
	for _, role := range []caller.StaffRole{"expired", "disabled", caller.Admin, caller.Finance, caller.Support} {
		stored := role
		if role == "expired" || role == "disabled" {
			stored = caller.Admin
		}
		member, password, err := w.p.Staff.Create(t.Context(), string(role)+"@broker.example", stored)
		require.NoError(t, err)
		app, err := w.p.Staff.Enrol(t.Context(), staff.Credentials{Email: member.Email, Password: password}, matrixPassword)
		require.NoError(t, err)
		w.secrets[role] = app.Secret
		token := w.staffSignIn(t, role)
		switch role {
		case "expired":
			w.expiredStaff = token
			w.clock.Advance(staff.TokenLife)
		case "disabled":
			w.disabledStaff = token
			_, err := w.p.Staff.Disable(t.Context(), member.ID)
			require.NoError(t, err)
		default:
			w.staff[role] = token
		}
	}
}

func (w *matrixWorld) staffSignIn(t *testing.T, role caller.StaffRole) string {
	t.Helper()
	w.clock.Advance(30 * time.Second)
	code, err := totp.GenerateCode(w.secrets[role], w.clock.Now())
	require.NoError(t, err)
	in, err := w.p.Staff.SignIn(t.Context(), staff.Credentials{Email: string(role) + "@broker.example", Password: matrixPassword, Code: code})
	require.NoError(t, err)
	return in.Token
}

// staffToken returns a valid token of a staff member. If an operation has ended the
// session, it signs in again.
func (w *matrixWorld) staffToken(t *testing.T, role caller.StaffRole) string {
	t.Helper()
	if w.send(t, w.staff[role], http.MethodGet, "/broker/v1/me/", nil).Code != http.StatusOK {
		w.staff[role] = w.staffSignIn(t, role)
	}
	return w.staff[role]
}

// roles returns the roles of the staff members who may use the operation.
func (o *operation) roles() []string {
	var roles []string
	list, _ := o.Extensions["x-roles"].([]any)
	for _, role := range list {
		roles = append(roles, fmt.Sprint(role))
	}
	return roles
}

func (w *matrixWorld) testBrokerAllowed(t *testing.T, o *operation, who, token string) {
	t.Helper()
	answer := w.send(t, token, o.method, w.target(t, o, true), w.body(t, o))
	require.Less(t, answer.Code, 500, answer.Body.String())
	require.NotContains(t, []int{401, 403, 405, 415}, answer.Code, "%s: %s", who, answer.Body)
}
