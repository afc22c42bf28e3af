package broker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/page"
)

func addSelfReferrals(r *httpapi.Router, box inbox.Store) {
	h := selfReferralsAPI{box}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/self-referrals/", wire.BrokerRead, h.brokerSelfReferrals, brokerSelfReferrals),
	)
}

type selfReferralsAPI struct{ box inbox.Store }

type selfReferralsIn struct {
	Partners []id.UUID `query:"partner_uid" maxItems:"1000" doc:"Only clients of these partners."`
	Refused  *bool     `query:"refused" doc:"If true, only clients that were refused to the partner are returned. If false, only clients that are attributed to the partner."`
	Page     page.Page
}

type selfReferralOut struct {
	PartnerUID id.UUID   `json:"partner_uid" doc:"Partner whose e-mail the client has."`
	ClientUID  id.UUID   `json:"client_uid" doc:"Id of the client."`
	Email      string    `json:"email" doc:"E-mail address of the client."`
	FactID     string    `json:"fact_id" doc:"Id of the fact that attributes the client to the partner. It is a registration, an account with a typed code, or a change of partner."`
	At         time.Time `json:"at" doc:"When this fact happened."`
	Refused    bool      `json:"refused" doc:"Whether the client or the account was refused to the partner because the setting self_referral was refuse."`
}

var brokerSelfReferrals = httpapi.Op{
	ID:      "broker_self_referrals",
	Summary: "List clients with the e-mail of their partner",
	Description: "Lists the clients whose e-mail is that of the partner who brought them, newest first. The comparison ignores " +
		"case and a `+tag`. The setting `self_referral` (`allow`, `flag` or `refuse`) determines whether these clients " +
		"are attributed to the partner. The default is `flag`.",
	Example: json.RawMessage(`{"data":[{"partner_uid":"0197c0de-0000-7000-8000-000000000001","client_uid":"0197c0de-0000-7000-8000-000000000101",` +
		`"email":"ann+2@example.com","fact_id":"c-81","at":"2026-06-29T08:30:00Z","refused":false}],"totals":{"count":1}}`),
}

func (h selfReferralsAPI) brokerSelfReferrals(ctx context.Context, in *selfReferralsIn) (*page.List[selfReferralOut, page.Count], error) {
	found, count, err := h.box.SelfReferrals(ctx, inbox.SelfReferralFilter{Partners: in.Partners, Refused: in.Refused, Page: in.Page})
	if err != nil {
		return nil, err
	}
	rows := make([]selfReferralOut, len(found))
	for i, s := range found {
		rows[i] = selfReferralOut{PartnerUID: s.PartnerID, ClientUID: s.ClientUID, Email: s.Email, FactID: s.FactID, At: s.At, Refused: s.Refused}
	}
	return page.NewList(rows, page.Count{Count: count}), nil
}
