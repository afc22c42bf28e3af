package broker

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/move"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/trial"
)

// AddOperator declares the broker's operations on partners and reward plans.
func AddOperator(r *httpapi.Router, s *partner.Admin, plans *reward.Service, trials *trial.Service, levels *level.Service, moves *move.Service) {
	h := partnersAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/partners/", wire.BrokerRead, h.brokerPartnerList, brokerPartnerList),
		httpapi.GET("/broker/v1/partners/{partner_uid}/", wire.BrokerRead, h.brokerPartnerGet, brokerPartnerGet),
		httpapi.POST("/broker/v1/partners/{partner_uid}/verify/", wire.BrokerEdit, h.brokerPartnerVerify, brokerPartnerVerify),
		httpapi.POST("/broker/v1/partners/{partner_uid}/suspend/", wire.BrokerEdit, h.brokerPartnerSuspend, brokerPartnerSuspend),
		httpapi.POST("/broker/v1/partners/{partner_uid}/resume/", wire.BrokerEdit, h.brokerPartnerResume, brokerPartnerResume),
	)
	addPlans(r, plans, trials)
	addLevels(r, levels)
	addMoves(r, moves)
}

type partnersAPI struct{ s *partner.Admin }

type brokerPartnersIn struct {
	Page      page.Page
	Email     string   `query:"email" maxLength:"email" doc:"Only the partner with this e-mail. Send the whole address. Case is ignored."`
	Statuses  []string `query:"status" enum:"active,suspended" maxItems:"10" doc:"Only partners with one of these statuses."`
	Verified  *bool    `query:"verified" doc:"true: only verified partners. false: only partners that are not verified."`
	Countries []string `query:"country" maxItems:"300" doc:"Only partners in these countries. Send ISO 3166 alpha-2 codes. Case is ignored." example:"TH"`
}

type brokerPartnerPath struct {
	UID id.UUID `path:"partner_uid" doc:"Id of the partner."`
}

type brokerSuspendIn struct {
	brokerPartnerPath

	Reason string `json:"reason" maxLength:"reason" lines:"true" doc:"Why the partner is suspended. The partner can read it in its audit log."`
}

type brokerPartnerOut struct {
	UID            id.UUID   `json:"partner_uid" doc:"Id of the partner."`
	Email          string    `json:"email" doc:"E-mail address that the partner logs in with."`
	Country        string    `json:"country" doc:"Country of the partner, ISO 3166 alpha-2."`
	Programme      string    `json:"programme" enum:"ib,affiliate" doc:"ib for an introducing broker, affiliate for an affiliate."`
	Status         string    `json:"status" enum:"active,suspended" doc:"Status of the partner. The tokens and keys of a suspended partner are refused, but it still earns rewards."`
	Verified       bool      `json:"verified" doc:"Whether the partner is verified. Only verified partners can use rebates and withdrawals."`
	Currency       string    `json:"currency" doc:"Currency of the partner's rewards."`
	PartnerAccount string    `json:"partner_account" doc:"Partner account that receives the rewards."`
	ParentUID      *id.UUID  `json:"parent_uid" doc:"Id of the parent of this partner. Null if it has no parent."`
	Registered     time.Time `json:"registered" doc:"When the partner registered."`
}

const brokerPartnerExample = `{"partner_uid":"0197c0de-0000-7000-8000-000000000001","email":"ann@example.com","country":"TH","programme":"ib",` +
	`"status":"active","verified":true,"currency":"USD","partner_account":"1163683105934900000","parent_uid":null,"registered":"2026-01-01T00:00:00Z"}`

func brokerPartnerAnswer(p partner.Partner, err error) (*brokerPartnerOut, error) {
	if err != nil {
		return nil, err
	}
	return brokerPartnerOf(&p), nil
}

func brokerPartnerOf(p *partner.Partner) *brokerPartnerOut {
	return &brokerPartnerOut{
		UID: p.ID, Email: p.Email, Country: p.Country, Programme: p.Programme, Status: p.Status, Verified: p.Verified, Currency: p.Currency,
		PartnerAccount: p.Account, ParentUID: p.ParentID, Registered: p.RegisteredAt,
	}
}

var brokerPartnerList = httpapi.Op{
	ID:          "broker_partner_list",
	Summary:     "List the programme's partners",
	Description: "Lists the partners of the programme. The partner with the latest registration comes first.",
	Example:     json.RawMessage(`{"data":[` + brokerPartnerExample + `],"totals":{"count":1}}`),
}

func (h partnersAPI) brokerPartnerList(ctx context.Context, in *brokerPartnersIn) (*page.List[brokerPartnerOut, page.Count], error) {
	for i := range in.Countries {
		in.Countries[i] = strings.ToUpper(in.Countries[i])
	}
	list, count, err := h.s.Partners(ctx, partner.Filter{
		Email: in.Email, Statuses: in.Statuses, Countries: in.Countries, Verified: in.Verified, Page: in.Page,
	})
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, brokerPartnerOf, page.Count{Count: count}), nil
}

var brokerPartnerGet = httpapi.Op{
	ID:          "broker_partner_get",
	Summary:     "Get a partner",
	Description: "Returns one of the programme's partners.",
	Example:     json.RawMessage(brokerPartnerExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h partnersAPI) brokerPartnerGet(ctx context.Context, in *brokerPartnerPath) (*brokerPartnerOut, error) {
	return brokerPartnerAnswer(h.s.Partner(ctx, in.UID))
}

var brokerPartnerVerify = httpapi.Op{
	ID:          "broker_partner_verify",
	Summary:     "Verify a partner",
	Description: "Marks a partner as verified. From then on, the partner may use rebates and withdrawals.",
	Example:     json.RawMessage(brokerPartnerExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h partnersAPI) brokerPartnerVerify(ctx context.Context, in *brokerPartnerPath) (*brokerPartnerOut, error) {
	return brokerPartnerAnswer(h.s.Verify(ctx, in.UID))
}

var brokerPartnerSuspend = httpapi.Op{
	ID:      "broker_partner_suspend",
	Summary: "Suspend a partner",
	Description: "Suspends a partner. Its tokens and keys are refused from the next request onwards. It still earns rewards. The " +
		"partner can read the reason in its audit log.",
	Request: map[string]string{"reason": "asked for papers"},
	Example: json.RawMessage(brokerPartnerExample),
	Errors:  []fault.Code{fault.NotFound},
}

func (h partnersAPI) brokerPartnerSuspend(ctx context.Context, in *brokerSuspendIn) (*brokerPartnerOut, error) {
	return brokerPartnerAnswer(h.s.Suspend(ctx, in.UID, in.Reason))
}

var brokerPartnerResume = httpapi.Op{
	ID:          "broker_partner_resume",
	Summary:     "Resume a suspended partner",
	Description: "Ends the suspension of a partner. Its tokens and keys are accepted again.",
	Example:     json.RawMessage(brokerPartnerExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h partnersAPI) brokerPartnerResume(ctx context.Context, in *brokerPartnerPath) (*brokerPartnerOut, error) {
	return brokerPartnerAnswer(h.s.Resume(ctx, in.UID))
}
