package partner

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
)

// AddRebateSettings declares the operations with which a partner sets up rebates. It
// also guards all paths about rebates, so that each of them returns 403 to a partner
// who is not allowed to use rebates.
func AddRebateSettings(r *httpapi.Router, s *rebate.Settings, reports *report.Service) {
	r.Guard(rebatesPath, func(ctx context.Context) error {
		who := caller.Must(ctx)
		if who.Role != caller.Partner {
			return nil
		}
		return s.Allowed(ctx, who.PartnerID)
	})
	h := rebateGroupsAPI{s, reports}
	answer, _ := rebateGroup.Response() // Reports declares the named schemas, so this function ignores them
	r.Mount(wire.TagRebates,
		httpapi.Raw("POST", groupsPath, wire.Write, h.rebateGroupCreate, rebateGroupCreate, nil, answer),
		httpapi.PATCH(groupsPath+"{group_id}/", wire.Write, h.rebateGroupUpdate, rebateGroupUpdate),
		httpapi.DELETE(groupsPath+"{group_id}/", wire.Write, h.rebateGroupDelete, rebateGroupDelete),
	)
	addRebateClients(r, s, reports)
}

type rebateGroupsAPI struct {
	s       *rebate.Settings
	reports *report.Service
}

const (
	rebatesPath = "/api/v2/autorebates/"
	groupsPath  = rebatesPath + "groups/"
)

type rebateGroupIn struct {
	Title string `json:"group_title" required:"true" maxLength:"name" doc:"Title of the group. Each of your groups needs a different one." example:"VIP"`
	rebateGroupFields
}

type rebateGroupChangeIn struct {
	GroupID int64   `path:"group_id" doc:"Id of the group."`
	Title   *string `json:"group_title" maxLength:"name" doc:"New title of the group. Each of your groups needs a different one." example:"VIP"`
	rebateGroupFields
}

type rebateGroupFields struct {
	Percent   *money.Percent        `json:"rebate_percent" doc:"Percent of the reward that clients get, within rebate_size and with at most 2 decimal places. The default for a new group is the smallest percent allowed." example:"25.5"`
	Type      *rebate.Type          `json:"group_type" enum:"AUTO,MANUAL" doc:"AUTO: rebates are paid when their period closes. MANUAL: rebates wait until the partner approves them with a code. The default for a new group is MANUAL."`
	IsDefault *bool                 `json:"is_default" doc:"Whether accounts that belong to no other group belong to this group. A new default group replaces the previous one."`
	Period    *rebate.Period        `json:"rebate_period" enum:"DAILY,WEEKLY,MONTHLY" doc:"Length of the period over which rewards are collected. The default for a new group is MONTHLY."`
	Value     *int                  `json:"rebate_period_value" doc:"Day on which periods begin. It is 1 (Monday) to 7 for WEEKLY, 1 to 28 for MONTHLY, and ignored for DAILY. The default for a new group is 1."`
	LinkCode  bind.Nullable[string] `json:"link_code" doc:"One of your link codes. New accounts that come through this code join the group. Null means no code." example:"my-code"`
}

func (in *rebateGroupFields) change(title *string) rebate.GroupChange {
	change := rebate.GroupChange{
		Title: title, Type: in.Type, Percent: in.Percent, IsDefault: in.IsDefault, Period: in.Period, PeriodValue: in.Value,
	}
	if in.LinkCode.Sent {
		change.LinkCode = &in.LinkCode.Value
	}
	return change
}

type rebateGroupPath struct {
	GroupID int64 `path:"group_id" doc:"Id of the group."`
}

type okOut struct {
	Code    string `json:"code" enum:"OK" doc:"Always OK. It confirms that the change was made."`
	Message string `json:"message" doc:"Description of the change, for people."`
}

func okay(message string) *okOut { return &okOut{Code: "OK", Message: message} }

func shownColumns(reportID string) []string {
	var names []string
	for _, c := range report.ByID(reportID).Entry().Columns {
		if c.Shown {
			names = append(names, c.Name)
		}
	}
	return names
}

func reportJSON(ctx context.Context, s *report.Service, d *report.Definition, request *report.Request) (json.RawMessage, error) {
	answer, err := s.Prepare(d, request)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	err = answer.Write(ctx, &body)
	return body.Bytes(), err
}

// rebateGroup is the report that produces the response to a new group.
var rebateGroup = report.ByID("rebate_group")

var rebateGroupCreate = httpapi.Op{
	ID:      "rebate_group_create",
	Status:  http.StatusCreated,
	Summary: "Create a rebate group",
	Description: "Creates a rebate group. Only the title is required. The group applies to orders that close from now on. A " +
		"partner can have at most 1,000 groups.",
	Request: json.RawMessage(`{"group_title":"VIP","rebate_percent":25.5,"rebate_period":"WEEKLY","link_code":"my-code"}`),
	Example: rebateGroup.Example(),
}

func (h rebateGroupsAPI) rebateGroupCreate(ctx context.Context, in *rebateGroupIn, _ *httpapi.Request) (json.RawMessage, error) {
	groupID, err := h.s.CreateGroup(ctx, partnerOf(ctx), in.change(&in.Title))
	if err != nil {
		return nil, err
	}
	return reportJSON(ctx, h.reports, rebateGroup, &report.Request{
		PartnerID: partnerOf(ctx), Path: func(string) string { return strconv.FormatInt(groupID, 10) },
	})
}

var rebateGroupUpdate = httpapi.Op{
	ID:          "rebate_group_update",
	Summary:     "Update a rebate group",
	Description: "Changes the fields that are sent. Orders that have already closed keep the percent that was in force.",
	Request:     json.RawMessage(`{"rebate_percent":30,"is_default":true}`),
	Example:     okay("The group was changed."),
	Fixed:       shownColumns("rebate_group"),
	Errors:      []fault.Code{fault.ValidationError},
}

func (h rebateGroupsAPI) rebateGroupUpdate(ctx context.Context, in *rebateGroupChangeIn) (*okOut, error) {
	if err := h.s.ChangeGroup(ctx, partnerOf(ctx), in.GroupID, in.change(in.Title)); err != nil {
		return nil, err
	}
	return okay("The group was changed."), nil
}

var rebateGroupDelete = httpapi.Op{
	ID:      "rebate_group_delete",
	Status:  http.StatusNoContent,
	Summary: "Delete a rebate group",
	Description: "Deletes a group. Its accounts move to the default group, or to no group if there is no default group. Rebates " +
		"that the group has collected are still paid.",
}

func (h rebateGroupsAPI) rebateGroupDelete(ctx context.Context, in *rebateGroupPath) (*struct{}, error) {
	return nil, h.s.DeleteGroup(ctx, partnerOf(ctx), in.GroupID)
}
