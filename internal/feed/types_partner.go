package feed

import (
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

var partnerTypes = []*Spec{(&typeRow[Partner]{
	kind: PartnerRegistered, rank: 0, brings: KindCode,
	sets:  func(p *Partner) string { return "partner:" + p.PartnerUID.String() },
	says:  "A partner joins the programme, with its first link code.",
	waits: "The partner that owns `parent_code`, if there is one.",
	late: "Facts that name its code wait until it arrives. Then they take effect with their own dates, even if these are earlier than " +
		"the date of this fact. What is already booked does not change.",
	example: `{"id":"6f1c2e5a-8d0b-4b6e-9f3a-1c5d7e9b2a40","type":"partner.registered","at":"2026-06-01T08:00:00Z",` +
		`"partner_uid":"b7e0d3f1-5a42-4c8e-8d16-2f9a6c4e0b71","email":"ann@example.com","country":"CY","program":"ib",` +
		`"partner_code":"alpha","currency":"EUR"}`,
	fields: []field[Partner]{
		needs("partner_uid", uuid, "The partner's id, chosen by the sender. Every operation of the API names the partner by it.",
			func(p *Partner) *id.UUID { return &p.PartnerUID }),
		needs("email", mailAddress, "The e-mail with which the partner signs in. No two partners have the same one.",
			func(p *Partner) *string { return &p.Email }),
		needs("country", country, "The partner's country.", func(p *Partner) *string { return &p.Country }),
		needs("program", oneOf("ib", "affiliate"), "The partner's programme: introducing broker, or affiliate.",
			func(p *Partner) *string { return &p.Program }),
		needs("partner_code", newCode, "The code of the partner's first link. "+
			"A code is refused if it differs from an existing one only in case, closing punctuation or the prefix `c_`.",
			func(p *Partner) *string { return &p.PartnerCode }),
		needs("currency", currency, "The currency in which the partner is paid.", func(p *Partner) *string { return &p.Currency }),
		optional("parent_code", codeGiven, "A code of the partner above this one. If it is left out, there is no partner above.",
			func(p *Partner) *string { return &p.ParentCode }),
	},
}).spec(), (&typeRow[PartnerChange]{
	kind: PartnerChanged, rank: 1,
	says: "The broker gives a partner another parent or country, from `at` onwards. The partners below it move along. The new parent and those above it " +
		"earn the overrides of orders that close from then on. `POST /broker/v1/partners/{partner_uid}/move/` and `tributary partner move` write this " +
		"fact, show its effect beforehand, and record who made the change.",
	waits: "The partner that owns `partner_code`. The partner that owns `parent_code`, if there is one.",
	late: "It is added to the history of the partners according to `at`. If overrides of orders that closed from `at` onwards were booked for other " +
		"partners, corrections book them again. A change that would put a partner below itself has no effect on the parent.",
	example: `{"id":"2d7e9c14-5b3a-4f86-9d02-c1e8a7f45b63","type":"partner.changed","at":"2026-06-03T10:00:00Z",` +
		`"partner_code":"beta","parent_code":"alpha","reason":"Alpha looks after this region now."}`,
	fields: []field[PartnerChange]{
		needs("partner_code", codeGiven, "A code of the partner.", func(p *PartnerChange) *string { return &p.PartnerCode }),
		optional("parent_code", codeGiven, "A code of the new parent.", func(p *PartnerChange) *string { return &p.ParentCode }),
		optional("no_parent", flag, "If true, the partner has no parent from then on.", func(p *PartnerChange) **bool { return &p.NoParent }),
		optional("country", country, "The partner's new country.", func(p *PartnerChange) *string { return &p.Country }),
		needs("reason", anyText, "Why the partner is changed. Partners do not see it.", func(p *PartnerChange) *string { return &p.Reason }),
	},
	check: func(p *PartnerChange, c *checker) {
		switch {
		case p.ParentCode != "" && p.LosesParent():
			c.add("no_parent", "invalid", "send either parent_code or no_parent, not both")
		case p.ParentCode == "" && !p.LosesParent() && p.Country == "":
			c.add("parent_code", "required", "say what changes: parent_code, no_parent or country")
		}
	},
}).spec()}

const lateConfiguration = "Orders waiting for it take effect. A computed reward never changes, unless this fact corrects an earlier one " +
	"(`corrects`): each changed reward is then booked again by a correction."

func checkReason(corrects, reason string, c *checker) {
	if corrects != "" && reason == "" {
		c.add("reason", "required", "a fact that corrects another one must give the reason")
	}
}

var configurationTypes = []*Spec{(&typeRow[Instrument]{
	kind: InstrumentSet, rank: 1, brings: KindInstrument,
	says: "The definition of a symbol, in force from `at` onwards. The newest definition at or before an order's close applies.",
	late: lateConfiguration,
	example: `{"id":"0d9b7c52-3f64-4e1a-a8c7-5b2f1e6d9c03","type":"instrument.set","at":"2026-06-01T00:00:00Z","symbol":"EURUSD","group":"forex",` +
		`"base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":10}`,
	fields: []field[Instrument]{
		needs("symbol", symbol, "The symbol. In orders it may have one of the plan's suffixes, such as `m`.",
			func(i *Instrument) *string { return &i.Symbol }),
		needs("group", text(int(free.Label)),
			"The group by which plans choose formulas and amounts. It is any word that the plans use, and is compared exactly.",
			func(i *Instrument) *string { return &i.Group }),
		needs("base_currency", currency, "The currency, metal or share that is traded.", func(i *Instrument) *string { return &i.BaseCurrency }),
		needs("quote_currency", currency, "The currency of the price.", func(i *Instrument) *string { return &i.QuoteCurrency }),
		needs("contract_size", decimal(0, maxContract, true, "units of the base currency"), "The size of one lot.",
			func(i *Instrument) *money.Contract { return &i.ContractSize }),
		needs("point_size", decimal(0, maxPrice, true, "the quote currency"), "The size of one point.",
			func(i *Instrument) *money.Price { return &i.PointSize }),
		needs("avg_spread", points, "The average spread, used for an order without a spread.",
			func(i *Instrument) *money.Spread { return &i.AvgSpread }),
		optional("formula", oneOf(Formulas...), "The formula for orders of this symbol, which overrides the plan's choice.",
			func(i *Instrument) *string { return &i.Formula }),
		optional("corrects", text(MaxID), "The id of the earlier instrument.set fact that this one corrects. "+rebooked,
			func(i *Instrument) *string { return &i.Corrects }),
		optional("reason", reason, "Reason for the correction. Required with `corrects`.", func(i *Instrument) *string { return &i.Reason }),
	},
	check: func(i *Instrument, c *checker) { checkReason(i.Corrects, i.Reason, c) },
}).spec(), (&typeRow[Rate]{
	kind: RateSet, rank: 1, brings: KindRate,
	says: "The value of a currency, in force from the day of `at` onwards, in the programme's time zone. The last rate of a day applies. " +
		"USD needs no rate.",
	late:    lateConfiguration,
	example: `{"id":"e2a4f8b6-7c19-4d35-b0e8-9a6c3d1f5e72","type":"rate.set","at":"2026-06-01T00:00:00Z","currency":"EUR","usd":"1.08"}`,
	fields: []field[Rate]{
		needs("currency", currency, "The currency that the rate is for.", func(r *Rate) *string { return &r.Currency }),
		needs("usd", decimal(0, maxRate, true, "USD"), "The value of one unit of the currency.", func(r *Rate) *money.Rate { return &r.USD }),
		optional("corrects", text(MaxID), "The id of the earlier rate.set fact that this one corrects. "+rebooked,
			func(r *Rate) *string { return &r.Corrects }),
		optional("reason", reason, "Reason for the correction. Required with `corrects`.", func(r *Rate) *string { return &r.Reason }),
	},
	check: func(r *Rate, c *checker) {
		if r.Currency == "USD" && r.USD != usdForUSD {
			c.add("usd", "invalid", "the rate of USD must be 1")
		}
		checkReason(r.Corrects, r.Reason, c)
	},
}).spec()}

const rebooked = "A correction books each changed reward again."
