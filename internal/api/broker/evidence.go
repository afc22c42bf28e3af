package broker

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/evidence"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outcome"
)

// AddEvidence declares the operation that lists the evidence about a client.
func AddEvidence(r *httpapi.Router, s *evidence.Service) {
	h := evidenceAPI{s}
	r.Mount(wire.TagBroker,
		httpapi.GET("/broker/v1/clients/{client_uid}/evidence/", wire.BrokerRead, h.brokerClientEvidence, brokerClientEvidence),
	)
}

type evidenceAPI struct{ s *evidence.Service }

type brokerEvidenceIn struct {
	Client  id.UUID  `path:"client_uid" doc:"Id of the client."`
	Partner *id.UUID `query:"partner_uid" doc:"Partner who claims the client. Each entry then says in for_partner whether it decides for this partner, and summary says whether and when the client belonged to it."`
}

type brokerEvidenceParty struct {
	UID      id.UUID `json:"partner_uid" doc:"Id of the partner."`
	LinkCode *string `json:"link_code" doc:"Link code of this partner to which the entry, the client or the account belongs. Null if there is none."`
}

type brokerEvidenceEntry struct {
	At         time.Time            `json:"at" doc:"When it happened."`
	Kind       string               `json:"kind" enum:"click,client.registered,self_referral,client.verified,client.partner_changing,client.partner_change_cancelled,client.partner_changed,client.moved,client.left,client.returned,contact.shared,account.opened,account.moved" doc:"What the entry is about: the type of its fact, click, self_referral, or account.moved for an account that went along with a client.moved."`
	Partner    *brokerEvidenceParty `json:"partner" doc:"Partner whom the entry names: the one who gets or has the client, the account or the click. Null if it is no partner."`
	Text       string               `json:"text" doc:"The entry as a sentence."`
	FactID     *string              `json:"fact_id" doc:"Id of the fact. Null if the entry has none."`
	Figures    []outcome.Figure     `json:"figures" doc:"What is recorded, such as click_id, country, campaign_code, typed_code, reason, author, and received_at, the time when the fact arrived."`
	ForPartner *bool                `json:"for_partner" doc:"true: the entry decides for partner_uid. false: it decides for another partner or for none. Null if it decides nothing, or without partner_uid."`
}

type brokerEvidenceAccount struct {
	ClientAccount string               `json:"client_account" doc:"Number of the account."`
	Partner       *brokerEvidenceParty `json:"partner" doc:"Partner who has the account now. Null if no partner has it."`
}

type brokerEvidenceOut struct {
	Client   id.UUID                 `json:"client_uid" doc:"Id of the client."`
	Partner  *brokerEvidenceParty    `json:"partner" doc:"Partner who has the client now. Null if no partner has it."`
	Relation string                  `json:"relation" enum:"CURRENT,CHANGING,LEFT" doc:"The client's relation to this partner. CHANGING: the client has asked for another one. LEFT: the client has left the broker."`
	Accounts []brokerEvidenceAccount `json:"accounts" doc:"The client's accounts."`
	Entries  []brokerEvidenceEntry   `json:"entries" doc:"The evidence, oldest first: the newest 1000 entries at most."`
	Cut      bool                    `json:"cut" doc:"Whether older entries were left out."`
	Summary  *string                 `json:"summary" doc:"Whether and when the client and its accounts belonged to partner_uid. Null without partner_uid."`
}

var brokerClientEvidence = httpapi.Op{
	ID:      "broker_client_evidence",
	Summary: "List the evidence for whose a client is",
	Description: "Answers a dispute about a client. Lists all that decides to which partner the client and its accounts belong, with times: the clicks that " +
		"the registration names and why one of them counts, typed codes, self-referrals, changes of partner, moves with their reason and author, and " +
		"what the client said about sharing its contact details. docs/disputes.md has an example.",
	Example: json.RawMessage(`{"client_uid":"0197c0de-0000-7000-8000-000000000101",` +
		`"partner":{"partner_uid":"0197c0de-0000-7000-8000-000000000001","link_code":"alpha"},"relation":"CURRENT",` +
		`"accounts":[{"client_account":"1001","partner":{"partner_uid":"0197c0de-0000-7000-8000-000000000001","link_code":"alpha"}}],` +
		`"entries":[{"at":"2026-02-01T00:00:00Z","kind":"client.registered",` +
		`"partner":{"partner_uid":"0197c0de-0000-7000-8000-000000000001","link_code":"alpha"},` +
		`"text":"The client registered with the code \"alpha\", so it went to the partner with the code \"alpha\".","fact_id":"c-1",` +
		`"figures":[{"name":"typed_code","value":"alpha"},{"name":"received_at","value":"2026-02-01T00:00:05Z"}],"for_partner":true}],` +
		`"cut":false,"summary":"The client belongs to this partner, since 1 February 2026, 00:00:00 UTC. Accounts that belong to this partner now: 1001."}`),
	Errors: []fault.Code{fault.NotFound, fault.ValidationError},
}

func (h evidenceAPI) brokerClientEvidence(ctx context.Context, in *brokerEvidenceIn) (*brokerEvidenceOut, error) {
	found, err := h.s.Find(ctx, evidence.Question{ClientUID: in.Client, Partner: in.Partner})
	if err != nil {
		return nil, err
	}
	return evidenceOf(found), nil
}

// EvidenceJSON returns evidence as in the response of the operation.
func EvidenceJSON(found *evidence.Evidence) ([]byte, error) {
	return json.MarshalIndent(evidenceOf(found), "", "  ")
}

func evidenceOf(found *evidence.Evidence) *brokerEvidenceOut {
	out := &brokerEvidenceOut{
		Client: found.ClientUID, Partner: evidencePartyOf(&found.Partner), Relation: string(found.Relation), Cut: found.Cut,
		Accounts: make([]brokerEvidenceAccount, len(found.Accounts)), Entries: make([]brokerEvidenceEntry, len(found.Entries)),
	}
	for i := range found.Accounts {
		out.Accounts[i] = brokerEvidenceAccount{found.Accounts[i].ClientAccount, evidencePartyOf(&found.Accounts[i].Partner)}
	}
	for i := range found.Entries {
		e := &found.Entries[i]
		out.Entries[i] = brokerEvidenceEntry{e.At, string(e.Kind), evidencePartyOf(e.Partner), e.Text, wire.UnlessEmpty(e.FactID), e.Figures, e.For}
		if e.Figures == nil {
			out.Entries[i].Figures = []outcome.Figure{}
		}
	}
	out.Summary = wire.UnlessEmpty(found.Summary)
	return out
}

func evidencePartyOf(p *evidence.Party) *brokerEvidenceParty {
	if p == nil || p.PartnerID == id.Nil {
		return nil
	}
	return &brokerEvidenceParty{p.PartnerID, wire.UnlessEmpty(p.LinkCode)}
}
