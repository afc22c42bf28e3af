package broker

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/staff"
)

func addStaffMembers(r *httpapi.Router, h staffAPI) {
	r.Mount(wire.TagStaff,
		httpapi.GET("/broker/v1/staff/", wire.StaffAdmin, h.staffMemberList, staffMemberList),
		httpapi.Prepared("/broker/v1/staff/", wire.StaffAdmin, h.staffMemberPrepare, h.staffMemberCreate, staffMemberCreate),
		httpapi.GET("/broker/v1/staff/{staff_id}/", wire.StaffAdmin, h.staffMemberGet, staffMemberGet),
		httpapi.PATCH("/broker/v1/staff/{staff_id}/", wire.StaffAdmin, h.staffMemberUpdate, staffMemberUpdate),
		httpapi.POST("/broker/v1/staff/{staff_id}/disable/", wire.StaffAdmin, h.staffMemberDisable, staffMemberDisable),
	)
}

type staffMemberPath struct {
	ID id.UUID `path:"staff_id" doc:"Id of the staff member."`
}

type staffMemberIn struct {
	Email string `json:"email" format:"email" required:"true" doc:"E-mail address with which the person signs in. Case is ignored." example:"ann@broker.example"`
	Role  string `json:"role" enum:"admin,finance,support" required:"true" doc:"admin: every operation. finance: reads everything, and changes what concerns money. support: reads everything, and changes partners and clients, but no money."`
}

type staffRoleIn struct {
	staffMemberPath

	Role string `json:"role" enum:"admin,finance,support" required:"true" doc:"admin: every operation. finance: reads everything, and changes what concerns money. support: reads everything, and changes partners and clients, but no money."`
}

type staffMemberOut struct {
	ID      id.UUID   `json:"id" doc:"Id of the staff member."`
	Email   string    `json:"email" doc:"E-mail address with which the person signs in."`
	Role    string    `json:"role" enum:"admin,finance,support" doc:"Role of the staff member."`
	Status  string    `json:"status" enum:"invited,active,disabled" doc:"invited: the person has not signed in yet. active: the person can sign in. disabled: sign-ins and tokens are refused."`
	Created time.Time `json:"created" doc:"When the account was created."`
}

type newStaffMemberOut struct {
	staffMemberOut

	Password string `json:"one_time_password" doc:"Give it to the person, who must replace it within a week with POST /broker/v1/auth/enrol/. Only this response contains it." example:"8kfrx-2ndwq-4thjm-7abcd"`
}

const (
	staffFields = `"id":"0197c0de-0000-7000-8000-00000000000a","email":"ann@broker.example","role":"finance",` +
		`"status":"active","created":"2026-06-30T12:00:00Z"`
	staffExample = `{` + staffFields + `}`
)

func staffMemberOf(m *staff.Member) *staffMemberOut {
	return &staffMemberOut{ID: m.ID, Email: m.Email, Role: string(m.Role), Status: m.Status(), Created: m.CreatedAt}
}

func staffAnswer(m staff.Member, err error) (*staffMemberOut, error) {
	if err != nil {
		return nil, err
	}
	return staffMemberOf(&m), nil
}

var staffMemberList = httpapi.Op{
	ID:          "staff_member_list",
	Summary:     "List the staff members",
	Description: "Lists the staff members by e-mail, including disabled ones.",
	Example:     json.RawMessage(`{"data":[` + staffExample + `],"totals":{"count":1}}`),
}

func (h staffAPI) staffMemberList(ctx context.Context, in *wire.PageIn) (*page.List[staffMemberOut, page.Count], error) {
	list, count, err := h.s.Members(ctx, in.Page)
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, staffMemberOf, page.Count{Count: count}), nil
}

var staffMemberCreate = httpapi.Op{
	ID:      "staff_member_create",
	Status:  http.StatusCreated,
	Summary: "Create a staff member",
	Description: "Creates the account of a person who works for the broker. The response contains a one-time password for the person. The " +
		"person chooses another password and adds an authenticator app at the first sign-in.",
	Request: map[string]string{"email": "ann@broker.example", "role": "finance"},
	Example: json.RawMessage(`{"id":"0197c0de-0000-7000-8000-00000000000a","email":"ann@broker.example","role":"finance","status":"invited",` +
		`"created":"2026-06-30T12:00:00Z","one_time_password":"8kfrx-2ndwq-4thjm-7abcd"}`),
}

func (h staffAPI) staffMemberPrepare(ctx context.Context, in *staffMemberIn) (staff.Invitation, error) {
	return h.s.Invite(ctx, in.Email, caller.StaffRole(in.Role))
}

func (h staffAPI) staffMemberCreate(ctx context.Context, _ *staffMemberIn, made staff.Invitation) (*newStaffMemberOut, error) {
	if err := h.s.Add(ctx, made.Member); err != nil {
		return nil, err
	}
	return &newStaffMemberOut{*staffMemberOf(&made.Member), made.Password}, nil
}

var staffMemberGet = httpapi.Op{
	ID:          "staff_member_get",
	Summary:     "Get a staff member",
	Description: "Returns a staff member.",
	Example:     json.RawMessage(staffExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h staffAPI) staffMemberGet(ctx context.Context, in *staffMemberPath) (*staffMemberOut, error) {
	return staffAnswer(h.s.Member(ctx, in.ID))
}

var staffMemberUpdate = httpapi.Op{
	ID:      "staff_member_update",
	Summary: "Change a staff member's role",
	Description: "Changes the role of a staff member. The member's tokens have the new role from the next request on. Staff members cannot " +
		"change their own role.",
	Request: map[string]string{"role": "support"},
	Example: json.RawMessage(`{"id":"0197c0de-0000-7000-8000-00000000000a","email":"ann@broker.example","role":"support","status":"active",` +
		`"created":"2026-06-30T12:00:00Z"}`),
	Errors: []fault.Code{fault.NotFound},
}

func (h staffAPI) staffMemberUpdate(ctx context.Context, in *staffRoleIn) (*staffMemberOut, error) {
	return staffAnswer(h.s.SetRole(ctx, in.ID, caller.StaffRole(in.Role)))
}

var staffMemberDisable = httpapi.Op{
	ID:      "staff_member_disable",
	Summary: "Disable a staff member",
	Description: "Ends a staff member's sessions at once and refuses further sign-ins. The account stays, so that the audit log can name the " +
		"person. The command `tributary staff reset` makes it usable again. Staff members cannot disable themselves.",
	Example: json.RawMessage(`{"id":"0197c0de-0000-7000-8000-00000000000a","email":"ann@broker.example","role":"finance","status":"disabled",` +
		`"created":"2026-06-30T12:00:00Z"}`),
	Errors: []fault.Code{fault.NotFound},
}

func (h staffAPI) staffMemberDisable(ctx context.Context, in *staffMemberPath) (*staffMemberOut, error) {
	return staffAnswer(h.s.Disable(ctx, in.ID))
}
