package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/staff"
)

// staffStories contains the stories for operations on staff members, adjustments
// and saved views. See stories.
var staffStories = map[string]func(*testing.T, *fuzzer, *fuzzCall){
	"POST /broker/v1/auth/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"email": "admin@broker.example", "password": matrixPassword, "code": f.staffCode(t, caller.Admin)})
	},
	"POST /broker/v1/auth/ 403": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"email": "admin@broker.example", "password": matrixPassword})
	},
	"POST /broker/v1/auth/enrol/ 201": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		member, once := f.newStaff(t)
		c.json(t, map[string]any{"email": member.Email, "password": once, "new_password": matrixPassword})
	},
	"POST /broker/v1/auth/enrol/ 403": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"email": "admin@broker.example", "password": matrixPassword, "new_password": matrixPassword})
	},
	"POST /broker/v1/me/password/ 204": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.header.Set("Authorization", "JWT "+f.staffToken(t, caller.Admin))
		c.json(t, map[string]any{"old_password": matrixPassword, "new_password": matrixPassword, "code": f.staffCode(t, caller.Admin)})
	},
	"POST /api/v1/views/ 201": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"screen": "/rewards", "name": "Another view"})
	},
	"POST /broker/v1/adjustments/ 201": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.header.Set("Authorization", "JWT "+f.staffToken(t, caller.Admin))
		c.json(t, bonus)
	},
	"POST /broker/v1/adjustments/{adjustment_id}/approve/ 200": adjustmentStory("approve/"),
	"POST /broker/v1/adjustments/{adjustment_id}/reject/ 200":  adjustmentStory("reject/"),
	"GET /broker/v1/staff/{staff_id}/ 200":                     ofStaff(""),
	"PATCH /broker/v1/staff/{staff_id}/ 200":                   ofStaff(""),
	"POST /broker/v1/staff/{staff_id}/disable/ 200":            ofStaff("disable/"),
}

var bonus = map[string]any{"partner_uid": programmetest.PartnerA, "kind": "bonus", "amount_usd": 1, "reason": "a prize"}

// adjustmentStory decides on an adjustment that another staff member has created.
func adjustmentStory(action string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		var made struct{ ID string }
		require.NoError(t, json.Unmarshal(f.mustSend(t, "finance", http.MethodPost, "/broker/v1/adjustments/", bonus), &made))
		c.target = "/broker/v1/adjustments/" + made.ID + "/" + action
	}
}

func ofStaff(action string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		member, _ := f.newStaff(t)
		c.target = "/broker/v1/staff/" + member.ID.String() + "/" + action
	}
}

func (f *fuzzer) newStaff(t *testing.T) (m staff.Member, once string) {
	t.Helper()
	m, once, err := f.p.Staff.Create(t.Context(), id.New().Hex()+"@broker.example", caller.Support)
	require.NoError(t, err)
	return m, once
}

// staffCode returns the next code of a staff member's authenticator app.
func (f *fuzzer) staffCode(t *testing.T, role caller.StaffRole) string {
	t.Helper()
	f.clock.Advance(30 * time.Second)
	code, err := totp.GenerateCode(f.secrets[role], f.clock.Now())
	require.NoError(t, err)
	return code
}

// brokerToken returns a key of the broker, or the token of an admin for operations
// that refuse keys.
func (f *fuzzer) brokerToken(t *testing.T, o *operation) string {
	t.Helper()
	if o.person() {
		return f.staffToken(t, caller.Admin)
	}
	return f.brokers[""]
}
