package feed

import (
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

var partnerTypes = []*Spec{(&row[Partner]{
	kind: PartnerRegistered, rank: 0, brings: "code",
	says:  "A partner joins the programme, with its first link code.",
	waits: "The partner whose code `parent_code` is, where it is given.",
	late: "Everything that names its code waits until it arrives, and then takes effect with its own dates: the fact may be younger than " +
		"the clients that its code brought. Nothing that was booked changes.",
	example: `{"id":"6f1c2e5a-8d0b-4b6e-9f3a-1c5d7e9b2a40","type":"partner.registered","at":"2026-06-01T08:00:00Z",` +
		`"partner_uid":"b7e0d3f1-5a42-4c8e-8d16-2f9a6c4e0b71","email":"ann@example.com","country":"CY","program":"ib",` +
		`"partner_code":"alpha","currency":"EUR"}`,
	fields: []field[Partner]{
		needs("partner_uid", uuid, "The partner's id, chosen by the sender. Every call of the API names the partner by it.",
			func(p *Partner) *id.UUID { return &p.PartnerUID }),
		needs("email", mailAddress, "The partner logs in with it. No two partners have the same.", func(p *Partner) *string { return &p.Email }),
		needs("country", country, "The partner's country.", func(p *Partner) *string { return &p.Country }),
		needs("program", oneOf("ib", "affiliate"), "What the partner signed up for: introducing broker, or affiliate.",
			func(p *Partner) *string { return &p.Program }),
		needs("partner_code", newCode, "The code of the partner's first link. "+
			"One that differs from another code only in case, closing punctuation or the prefix c_ is refused.",
			func(p *Partner) *string { return &p.PartnerCode }),
		needs("currency", currency, "The currency in which the partner is paid.", func(p *Partner) *string { return &p.Currency }),
		may("parent_code", codeGiven, "A code of the partner above this one. Without it the partner has no one above it.",
			func(p *Partner) *string { return &p.ParentCode }),
	},
}).spec()}

const lateConfiguration = "Orders that waited for it take effect. A reward that is computed already never changes, unless `corrects` names the fact " +
	"that was wrong: then each reward that changes is booked again by a correction."

// corrected checks that a correction has a reason.
func corrected(corrects, reason string, c *checker) {
	if corrects != "" && reason == "" {
		c.add("reason", "required", "a fact that corrects another one says why")
	}
}

var configurationTypes = []*Spec{(&row[Instrument]{
	kind: InstrumentSet, rank: 1, brings: "instrument",
	says: "What a symbol is, in force from `at` on. The newest one at or before an order's close counts.",
	late: lateConfiguration,
	example: `{"id":"0d9b7c52-3f64-4e1a-a8c7-5b2f1e6d9c03","type":"instrument.set","at":"2026-06-01T00:00:00Z","symbol":"EURUSD","group":"forex",` +
		`"base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":10}`,
	fields: []field[Instrument]{
		needs("symbol", symbol, "The symbol. In orders it may carry one of the suffixes that the plan lists, such as `m`.",
			func(i *Instrument) *string { return &i.Symbol }),
		needs("group", oneOf(Groups...), "The group by which plans choose formulas and amounts.", func(i *Instrument) *string { return &i.Group }),
		needs("base_currency", currency, "The currency, metal or share that is bought.", func(i *Instrument) *string { return &i.BaseCurrency }),
		needs("quote_currency", currency, "The currency of the price.", func(i *Instrument) *string { return &i.QuoteCurrency }),
		needs("contract_size", decimal(0, maxContract, true, "units of the base currency"), "How much one lot is.",
			func(i *Instrument) *money.Contract { return &i.ContractSize }),
		needs("point_size", decimal(0, maxPrice, true, "the quote currency"), "How much one point is.",
			func(i *Instrument) *money.Price { return &i.PointSize }),
		needs("avg_spread", points, "The average spread: it stands in for a spread that an order does not have.",
			func(i *Instrument) *money.Spread { return &i.AvgSpread }),
		may("formula", oneOf(Formulas...), "The formula for orders of this symbol, whatever the plan says.",
			func(i *Instrument) *string { return &i.Formula }),
		may("corrects", text(MaxID), "The id of the instrument.set fact that was wrong: "+rebooked, func(i *Instrument) *string { return &i.Corrects }),
		may("reason", reason, "Why. Required beside `corrects`.", func(i *Instrument) *string { return &i.Reason }),
	},
	check: func(i *Instrument, c *checker) { corrected(i.Corrects, i.Reason, c) },
}).spec(), (&row[Rate]{
	kind: RateSet, rank: 1, brings: "rate",
	says: "What a currency is worth, in force from the day of `at` on, in the programme's time zone. Of several on one day the last counts. " +
		"USD needs none.",
	late:    lateConfiguration,
	example: `{"id":"e2a4f8b6-7c19-4d35-b0e8-9a6c3d1f5e72","type":"rate.set","at":"2026-06-01T00:00:00Z","currency":"EUR","usd":"1.08"}`,
	fields: []field[Rate]{
		needs("currency", currency, "The currency.", func(r *Rate) *string { return &r.Currency }),
		needs("usd", decimal(0, maxRate, true, "USD"), "What one unit of it is worth.", func(r *Rate) *money.Rate { return &r.USD }),
		may("corrects", text(MaxID), "The id of the rate.set fact that was wrong: "+rebooked, func(r *Rate) *string { return &r.Corrects }),
		may("reason", reason, "Why. Required beside `corrects`.", func(r *Rate) *string { return &r.Reason }),
	},
	check: func(r *Rate, c *checker) {
		if r.Currency == "USD" && r.USD != usdForUSD {
			c.add("usd", "invalid", "one USD is 1 USD")
		}
		corrected(r.Corrects, r.Reason, c)
	},
}).spec()}

const rebooked = "each reward that comes out otherwise is booked again by a correction."
