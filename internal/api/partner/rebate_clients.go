package partner

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
)

func addRebateClients(r *httpapi.Router, s *rebate.Settings, reports *report.Service) {
	h := rebateClientsAPI{s, reports}
	params := openapi.PageParams(rebateClients.DefaultLimit(), rebateClients.Orderable())
	for _, p := range rebateClients.Parameters() {
		params = append(params, openapi.Param{Name: p.Name, Doc: p.About, Comma: p.List, Schema: p.Schema})
	}
	answer, _ := rebateClients.Response() // Reports declares the named schemas, so this function ignores them
	wire.DescribeResponse(rebateClients, answer, nil)
	r.Mount(wire.TagRebates,
		httpapi.Raw("PATCH", rebateClientsPath, wire.Write, h.rebateClientsAssign, rebateClientsAssign, params, answer),
		httpapi.PATCH(rebateClientsPath+"{client_account}/", wire.Write, h.rebateClientUpdate, rebateClientUpdate),
	)
}

type rebateClientsAPI struct {
	s       *rebate.Settings
	reports *report.Service
}

const rebateClientsPath = rebatesPath + "clients/"

// maxAssignBody is the maximum size in bytes of an assignment's body. A body with
// the maximum number of accounts is smaller.
const maxAssignBody = 4 << 20

type rebateAssignIn struct {
	GroupID  bind.Nullable[int64]         `json:"group_id" doc:"Id of the group that the accounts belong to from now on. Null removes the accounts from the group that they were assigned to. If absent, their group does not change." example:"17"`
	Accounts []string                     `json:"client_account" format:"digits" maxItems:"100000" doc:"Numbers of the accounts. Send either these or all." example:"44186900"`
	Percent  bind.Nullable[money.Percent] `json:"rebate_percent" doc:"Own percent of the accounts, which overrides the percent of their group. Null removes it. If absent, it does not change." example:"30"`
	All      bool                         `json:"all" doc:"If true, all accounts that match the filters in the query and in filters are changed."`
	Filters  map[string]any               `json:"filters" doc:"Filters for all. They have the names of the list's query parameters. Each filter is a value or a list of values, and replaces a filter of the same name in the query."`
}

type rebateClientIn struct {
	Account     string                       `path:"client_account" doc:"Number of the client account."`
	Percent     bind.Nullable[money.Percent] `json:"rebate_percent" doc:"Own percent of the account, which overrides the percent of its group. Null removes it." example:"30"`
	Destination bind.Nullable[string]        `json:"destination_client_account" format:"digits" doc:"Account of the same client that receives the rebates. Null means that the account itself receives them." example:"168247200"`
}

func changeOf[T any](n bind.Nullable[T]) rebate.Change[T] {
	change := rebate.Change[T]{Given: n.Sent}
	if n.Sent && !n.Null {
		change.Value = &n.Value
	}
	return change
}

// mergeFilters returns the list's filters from the query and the body. It returns a
// ValidationError for an unknown name in the body. If it ignored a misspelt filter,
// the request would change all accounts.
func mergeFilters(query url.Values, in *rebateAssignIn) (url.Values, error) {
	var known []string
	for _, p := range rebateClients.Parameters() {
		known = append(known, p.Name)
	}
	filters := url.Values{}
	for _, name := range known {
		if given := query[name]; given != nil {
			filters[name] = given
		}
	}
	var faults fault.Fields
	for _, name := range slices.Sorted(maps.Keys(in.Filters)) {
		values, ok := filterValues(in.Filters[name])
		switch {
		case !slices.Contains(known, name):
			faults.Add("filters."+name, "invalid_choice", "The list has no such filter.")
		case !ok:
			faults.Add("filters."+name, "invalid", "Must be a value or a list of values.")
		case values != nil:
			filters[name] = values
		}
	}
	return filters, faults.Err()
}

// filterValues converts a JSON value to the values of a query parameter. Null has
// no values. ok is false for an object or a nested list.
func filterValues(v any) (values []string, ok bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case string:
		return []string{v}, true
	case json.Number:
		return []string{v.String()}, true
	case bool:
		return []string{strconv.FormatBool(v)}, true
	case []any:
		values = []string{}
		for _, item := range v {
			if _, nested := item.([]any); nested {
				return nil, false
			}
			one, ok := filterValues(item)
			if !ok {
				return nil, false
			}
			values = append(values, one...)
		}
		return values, true
	default:
		return nil, false
	}
}

// rebateClients is the report that selects the accounts to change and lists them
// in the response.
var rebateClients = report.ByID("rebate_clients")

var rebateClientsAssign = httpapi.Op{
	ID:      "rebate_clients_assign",
	MaxBody: maxAssignBody,
	Summary: "Assign accounts to a rebate group",
	Description: "Changes the group or the percent of up to 100,000 named accounts, or of all accounts that match the list's " +
		"filters. Either all of the accounts change or none. The change applies to orders that close from now on. An " +
		"account that does not belong to the partner is a ValidationError that names the account. The response is the " +
		"first page of the list of the changed accounts.",
	Request: json.RawMessage(`{"group_id":17,"client_account":["44186900","168247200"]}`),
	Fixed:   shownColumns("rebate_clients"),
	Example: rebateClients.Example(),
	Errors:  []fault.Code{fault.ValidationError},
}

func (h rebateClientsAPI) rebateClientsAssign(ctx context.Context, in *rebateAssignIn, req *httpapi.Request) (json.RawMessage, error) {
	wanted, err := mergeFilters(req.Query, in)
	if err != nil {
		return nil, err
	}
	accounts, err := h.s.Assign(ctx, partnerOf(ctx), rebate.Assignment{
		Accounts: in.Accounts, All: in.All, Filters: wanted,
		AccountChange: rebate.AccountChange{GroupID: changeOf(in.GroupID), Percent: changeOf(in.Percent)},
	})
	if err != nil {
		return nil, err
	}
	page := url.Values{"limit": req.Query["limit"], "offset": req.Query["offset"], "ordering": req.Query["ordering"]}
	return reportJSON(ctx, h.reports, rebateClients, &report.Request{PartnerID: partnerOf(ctx), Params: page, Accounts: accounts})
}

var rebateClientUpdate = httpapi.Op{
	ID:          "rebate_client_update",
	Summary:     "Update an account's percent or destination",
	Description: "Changes the percent of an account, or the account that receives its rebates. Fields that are not sent do not change.",
	Request:     json.RawMessage(`{"rebate_percent":30,"destination_client_account":"168247200"}`),
	Example:     okay("The account was changed."),
	Fixed:       shownColumns("rebate_clients"),
	Errors:      []fault.Code{fault.ValidationError},
}

func (h rebateClientsAPI) rebateClientUpdate(ctx context.Context, in *rebateClientIn) (*okOut, error) {
	change := rebate.OwnChange{Percent: changeOf(in.Percent), Destination: changeOf(in.Destination)}
	if change.Destination.Value != nil && *change.Destination.Value == "" {
		change.Destination.Value = nil // an empty text means null, because a form cannot send null
	}
	if err := h.s.ChangeAccount(ctx, partnerOf(ctx), in.Account, change); err != nil {
		return nil, err
	}
	return okay("The account was changed."), nil
}
