package feed

import "github.com/tributary-server/tributary/internal/id"

const (
	clientMissing = "The client's client.registered."
	inOrder       = "It is added to the client's history according to `at`, and everything that depends on this history is corrected."
)

var clientUID = needs("client_uid", uuid, "Id of the client.", func(c *ClientChange) *id.UUID { return &c.ClientUID })

var clientTypes = []*Spec{
	(&typeRow[Client]{
		kind: ClientRegistered, rank: 2, brings: KindClient,
		sets: func(c *Client) string { return ClientKey(c.ClientUID) },
		says: "A person becomes a client of the partner whose code they used. Without a code or a click, they belong to no partner, and " +
			"no partner is paid for them.",
		waits: "The partner that owns `partner_code`, if there is one.",
		late: "The client's accounts, and other facts that name it, wait until it arrives. Then they take effect with their own dates. " +
			"The client may have registered before its partner did.",
		example: `{"id":"94d7b0c3-1e58-4f2a-8b6d-3c9f0a7e5d16","type":"client.registered","at":"2026-06-02T09:15:00Z",` +
			`"client_uid":"3d5c8f0e-92b7-4a61-b4d3-6e1f8a0c7b25","email":"carl@example.com","country":"DE","partner_code":"alpha","sub_id":"blog-7"}`,
		fields: []field[Client]{
			needs("client_uid", uuid, "The client's id, chosen by the sender. Partners see its first eight characters in most reports: "+
				"send a random one.", func(c *Client) *id.UUID { return &c.ClientUID }),
			needs("email", mailAddress, "The client's e-mail. Partners can ask whether the client is theirs, "+
				"but see the e-mail only with the client's consent.",
				func(c *Client) *string { return &c.Email }),
			needs("country", country, "The client's country.", func(c *Client) *string { return &c.Country }),
			optional("partner_code", codeGiven, "The link code that the client signed up with.", func(c *Client) *string { return &c.PartnerCode }),
			optional("campaign_code", anyText, "The campaign that brought the client, if it is known without a click.",
				func(c *Client) *string { return &c.CampaignCode }),
			optional("sub_id", anyText, "The sub-publisher that brought the client, if it is known without a click.",
				func(c *Client) *string { return &c.SubID }),
			optional("click_id", anyText, "The click id in the landing page's address.", func(c *Client) *string { return &c.ClickID }),
			optional("click_ids", textList, "All click ids that the visitor's browser remembers. The plan's `counted_click` decides which one is used.",
				func(c *Client) *[]string { return &c.ClickIDs }),
		},
	}).spec(),
	clientFact(ClientVerified, "The client passed the broker's verification (KYC).", ""),
	clientFact(ClientPartnerChanging, "The client has requested another partner. Until the request is decided, the client's status is CHANGING.", newPartner),
	clientFact(ClientPartnerChanged, "The client has another partner from `at` onwards. The old partner still earns from existing accounts, "+
		"and the new one from accounts that are opened later.", newPartner),
	(&typeRow[ClientChange]{
		kind: ClientMoved, rank: 3, waits: clientMissing + " The partner that owns `partner_code`.",
		says: "The broker moves the client to another partner. All orders of all the client's accounts that close from `at` onwards belong to the " +
			"new partner. `POST /broker/v1/clients/moves/` and `tributary client move` write this fact, show its effect " +
			"beforehand, and record who moved the client.",
		late: inOrder + " If orders that closed from `at` onwards were booked for another partner, corrections book them again for the new one.",
		example: `{"id":"0f6b2d9c-4e83-4a17-9c5d-8b1e7f3a6d20","type":"client.moved","at":"2026-06-03T10:00:00Z",` +
			`"client_uid":"3d5c8f0e-92b7-4a61-b4d3-6e1f8a0c7b25","partner_code":"beta","reason":"The partner has closed its business."}`,
		fields: []field[ClientChange]{
			clientUID,
			needs("partner_code", codeGiven, newPartner, func(c *ClientChange) *string { return &c.PartnerCode }),
			needs("reason", anyText, "Why the client is moved.", func(c *ClientChange) *string { return &c.Reason }),
		},
	}).spec(),
	clientFact(ClientChangeCancelled, "The client stays with the same partner after all.", ""),
	clientFact(ClientLeft, "The client left the broker. Its status is LEFT.", ""),
	clientFact(ClientReturned, "The client returned to the broker.", ""),
	(&typeRow[ClientChange]{
		kind: ContactShared, rank: 3, waits: clientMissing,
		says: "The client answers a partner's request for the client's contact details.",
		late: inOrder + " It answers the request that was open at `at`.",
		example: `{"id":"c8e1a5d9-0b47-4936-9d2e-7f3b6a8c1e50","type":"contact.shared","at":"2026-06-20T12:00:00Z",` +
			`"client_uid":"3d5c8f0e-92b7-4a61-b4d3-6e1f8a0c7b25","granted":true}`,
		fields: []field[ClientChange]{
			clientUID,
			needs("granted", flag, "Whether the partner may see the contact details.", func(c *ClientChange) **bool { return &c.Granted }),
		},
	}).spec(),
}

const newPartner = "A code of the new partner."

// clientFact declares a fact about a registered client. codeSays describes the
// field partner_code. It is empty for a type without this field.
func clientFact(kind Type, says, codeSays string) *Spec {
	r := &typeRow[ClientChange]{kind: kind, rank: 3, says: says, waits: clientMissing, late: inOrder, fields: []field[ClientChange]{clientUID}}
	more := ""
	if codeSays != "" {
		r.fields = append(r.fields, needs("partner_code", codeGiven, codeSays, func(c *ClientChange) *string { return &c.PartnerCode }))
		r.waits += " The partner that owns `partner_code`."
		more = `,"partner_code":"beta"`
	}
	if kind == ClientPartnerChanged {
		r.late += " An account that was opened after `at` moves to the new partner, and corrections book its rewards again for that partner."
	}
	r.example = `{"id":"` + exampleIDs[kind] + `","type":"` + string(kind) + `","at":"2026-06-03T10:00:00Z",` +
		`"client_uid":"3d5c8f0e-92b7-4a61-b4d3-6e1f8a0c7b25"` + more + `}`
	return r.spec()
}

var exampleIDs = map[Type]string{
	ClientVerified:        "5a0f3c7e-6d29-4b84-a1f5-8e2c9d4b7063",
	ClientPartnerChanging: "f3b9d1e7-2c40-4586-b7a9-0d6e5f8c1a34",
	ClientPartnerChanged:  "27c6e8a0-9f13-4d7b-8e52-b4a1d0f3c695",
	ClientChangeCancelled: "b1d4f7a2-5e86-4c09-93b7-6a8f2e0d5c18",
	ClientLeft:            "7e93a0d5-b8c1-4f62-a0d4-1c5b9e7f3826",
	ClientReturned:        "d06b8e4f-3a75-4219-8c9e-f2d7a5b1e043",
}
