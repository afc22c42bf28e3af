package partner

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

// AddEvidence declares the operation that lists the evidence about one of the
// partner's clients.
func AddEvidence(r *httpapi.Router, s *evidence.Service) {
	h := evidenceAPI{s}
	r.Mount(wire.TagClients,
		httpapi.GET("/api/v1/clients/{client_uid}/evidence/", wire.Read, h.clientEvidence, clientEvidence),
	)
}

type evidenceAPI struct{ s *evidence.Service }

type evidenceIn struct {
	Client string `path:"client_uid" doc:"Id of the client: the whole UUID or its first 8 characters." example:"4ec0c5fa"`
}

type evidenceParty struct {
	Who      string  `json:"who" enum:"you,another_partner,no_partner" doc:"Who it is. Another partner is not named."`
	LinkCode *string `json:"link_code" doc:"Your link code to which the entry, the client or the account belongs. Null for others, or if there is none."`
}

type evidenceEntry struct {
	At         time.Time        `json:"at" doc:"When it happened."`
	Kind       string           `json:"kind" enum:"click,client.registered,self_referral,client.verified,client.partner_changing,client.partner_change_cancelled,client.partner_changed,client.moved,client.left,client.returned,contact.shared,account.opened,account.moved" doc:"What the entry is about."`
	Partner    *evidenceParty   `json:"partner" doc:"Whom the entry names: the partner who gets or has the client, the account or the click. Null if it names nobody."`
	Text       string           `json:"text" doc:"The entry as a sentence."`
	Figures    []outcome.Figure `json:"figures" doc:"What is recorded, such as click_id, country, campaign_code and typed_code. Empty if the entry names another partner."`
	ForPartner *bool            `json:"for_partner" doc:"true: the entry decides for you. false: it decides for another partner or for none. Null if it decides nothing."`
}

type evidenceAccount struct {
	ClientAccount string        `json:"client_account" doc:"Number of the account."`
	Partner       evidenceParty `json:"partner" doc:"Who has the account now."`
}

type evidenceOut struct {
	Client   id.UUID           `json:"client_uid" doc:"Id of the client."`
	Partner  evidenceParty     `json:"partner" doc:"Who has the client now."`
	Relation string            `json:"relation" enum:"CURRENT,CHANGING,LEFT" doc:"The client's relation to you. CHANGING: the client has asked for another partner. LEFT: the client has left you."`
	Accounts []evidenceAccount `json:"accounts" doc:"The client's accounts that you have or had."`
	Entries  []evidenceEntry   `json:"entries" doc:"The evidence that concerns you, oldest first: the newest 1000 entries at most."`
	Cut      bool              `json:"cut" doc:"Whether older entries were left out."`
	Summary  string            `json:"summary" doc:"Whether and when the client and its accounts belonged to you."`
}

var clientEvidence = httpapi.Op{
	ID:      "client_evidence",
	Summary: "List the evidence for whose a client is",
	Description: "Lists all that decided whether a client and its accounts belong to the caller, with times: clicks on the caller's links, typed codes, the " +
		"registration, changes of partner, and moves by the broker. The client must be one that the caller has or had. Other partners are not named.",
	Example: json.RawMessage(`{"client_uid":"0197c0de-0000-7000-8000-000000000101","partner":{"who":"you","link_code":"alpha"},"relation":"CURRENT",` +
		`"accounts":[{"client_account":"1001","partner":{"who":"you","link_code":"alpha"}}],` +
		`"entries":[{"at":"2026-02-01T00:00:00Z","kind":"client.registered","partner":{"who":"you","link_code":"alpha"},` +
		`"text":"The client registered with the code \"alpha\", so it went to you (code \"alpha\").",` +
		`"figures":[{"name":"typed_code","value":"alpha"}],"for_partner":true}],` +
		`"cut":false,"summary":"The client belongs to you, since 1 February 2026, 00:00:00 UTC. Accounts that belong to you now: 1001."}`),
	Errors: []fault.Code{fault.NotFound, fault.ValidationError},
}

func (h evidenceAPI) clientEvidence(ctx context.Context, in *evidenceIn) (*evidenceOut, error) {
	owner := partnerOf(ctx)
	found, err := h.s.FindOwn(ctx, owner, in.Client)
	if err != nil {
		return nil, err
	}
	out := &evidenceOut{
		Client: found.ClientUID, Partner: evidencePartyOf(owner, found.Partner), Relation: string(found.Relation), Cut: found.Cut, Summary: found.Summary,
		Accounts: make([]evidenceAccount, len(found.Accounts)), Entries: make([]evidenceEntry, len(found.Entries)),
	}
	for i, a := range found.Accounts {
		out.Accounts[i] = evidenceAccount{a.ClientAccount, evidencePartyOf(owner, a.Partner)}
	}
	for i := range found.Entries {
		e := &found.Entries[i]
		out.Entries[i] = evidenceEntry{At: e.At, Kind: string(e.Kind), Text: e.Text, Figures: e.Figures, ForPartner: e.For}
		if e.Figures == nil {
			out.Entries[i].Figures = []outcome.Figure{}
		}
		if e.Partner != nil {
			named := evidencePartyOf(owner, *e.Partner)
			out.Entries[i].Partner = &named
		}
	}
	return out, nil
}

func evidencePartyOf(owner id.UUID, p evidence.Party) evidenceParty {
	switch p.PartnerID {
	case id.Nil:
		return evidenceParty{Who: "no_partner"}
	case owner:
		return evidenceParty{"you", wire.UnlessEmpty(p.LinkCode)}
	default:
		return evidenceParty{Who: "another_partner"}
	}
}
