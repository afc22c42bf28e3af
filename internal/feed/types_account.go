package feed

import (
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

const accountMissing = "The account's account.opened."

var accountTypes = []*Spec{
	(&typeRow[Account]{
		kind: AccountOpened, rank: 4, brings: KindAccount,
		sets: func(a *Account) string { return AccountKey(a.ClientAccount) },
		says: "A client opens a trading account. The partner that the client has at `at` earns the rewards of this account. " +
			"A later change of the client's partner does not affect it.",
		waits: "The client's client.registered, and the partner that owns `partner_code`, if there is one.",
		late:  "Orders, deposits and other facts that name the account wait until it arrives. Then they take effect with their own dates.",
		example: `{"id":"1b8d4f6a-c703-4e95-b2a8-5d0e7c9f3146","type":"account.opened","at":"2026-06-03T11:00:00Z","client_account":"500100",` +
			`"client_uid":"3d5c8f0e-92b7-4a61-b4d3-6e1f8a0c7b25","server":"Real-1","platform":"mt5","account_type":"Standard","currency":"USD"}`,
		fields: []field[Account]{
			needs("client_account", account, "The account's number, unique in the programme.", func(a *Account) *string { return &a.ClientAccount }),
			needs("client_uid", uuid, "The client that the account belongs to.", func(a *Account) *id.UUID { return &a.ClientUID }),
			needs("server", server, "The account's trading server. Its orders are on the same server.",
				func(a *Account) *string { return &a.Server }),
			needs("platform", oneOf("mt4", "mt5"), "The trading platform.", func(a *Account) *string { return &a.Platform }),
			needs("account_type", anyText, "The account's type, such as `Standard` or `Pro`, by which the plan chooses the formula.",
				func(a *Account) *string { return &a.AccountType }),
			needs("currency", currency, "The account's currency.", func(a *Account) *string { return &a.Currency }),
			optional("partner_code", codeGiven, "A code that the client typed for this account. It overrides the client's own partner.",
				func(a *Account) *string { return &a.PartnerCode }),
		},
	}).spec(),
	(&typeRow[TypeChange]{
		kind: AccountTypeChanged, rank: 5, waits: accountMissing,
		says: "The account's type changes from `at` onwards.",
		late: "Corrections rebook the orders that closed at or after `at`, with the new type.",
		example: `{"id":"8c5f0e2d-4a96-4b17-9d83-e7b1c6a0f952","type":"account.type_changed","at":"2026-06-10T00:00:00Z",` +
			`"client_account":"500100","account_type":"Pro"}`,
		fields: []field[TypeChange]{
			needs("client_account", account, "Number of the account.", func(t *TypeChange) *string { return &t.ClientAccount }),
			needs("account_type", anyText, "The account's new type.", func(t *TypeChange) *string { return &t.AccountType }),
		},
	}).spec(),
	(&typeRow[ServerChange]{
		kind: AccountServerChanged, rank: 5, waits: accountMissing,
		says: "The account's server has another name from `at` onwards, as after a migration. Orders under either name belong to the same account.",
		late: "Waiting orders of the account under the new name take effect, and reversals with either name find their orders. If an order " +
			"was refused because of the new name, send it again.",
		example: `{"id":"a94e7b03-d1f8-4c26-8e50-3b6d9f2a7c81","type":"account.server_changed","at":"2026-06-12T00:00:00Z",` +
			`"client_account":"500100","server":"Real-2"}`,
		fields: []field[ServerChange]{
			needs("client_account", account, "Number of the account.", func(s *ServerChange) *string { return &s.ClientAccount }),
			needs("server", server, "The server's new name.", func(s *ServerChange) *string { return &s.Server }),
		},
	}).spec(),
	(&typeRow[Equity]{
		kind: AccountEquity, rank: 6, waits: accountMissing,
		says: "The equity of an account. Partners see a band, never the number.",
		late: "It has no effect if a fact with a later `at` is already there, because the newest fact applies.",
		example: `{"id":"63d0a9f5-e84b-4172-b6c9-0f5e8d3a1b74","type":"account.equity","at":"2026-06-15T23:00:00Z","client_account":"500100",` +
			`"balance_usd":"1020.50","equity_usd":"998.10"}`,
		fields: []field[Equity]{
			needs("client_account", account, "Number of the account.", func(e *Equity) *string { return &e.ClientAccount }),
			needs("balance_usd", usd, "Balance of the account.", func(e *Equity) *money.Amount { return &e.BalanceUSD }),
			needs("equity_usd", usd, "The balance plus the profit or loss of open positions.", func(e *Equity) *money.Amount { return &e.EquityUSD }),
		},
	}).spec(),
	deposit(DepositReceived, "A deposit arrived. A client is ACTIVE after its verification, first deposit and first order.",
		"2f7e5b1c-0a8d-4369-95e4-c6d3b9a0f817", "The date of the client's first deposit and the client's sums are corrected according to `at`."),
	deposit(DepositFailed, "A deposit failed. Partners see how many failed last week.",
		"e5a1c8d4-7b30-4f9e-a263-1d8b0f6e5c92", "It is counted in the week of its `at`."),
	deposit(DepositReversed, "A deposit was reversed, for example by a chargeback.",
		"08b6f3d2-5c9a-4e71-8d04-a7e9c2b1f563", "The client's sums decrease."),
}

func deposit(kind Type, says, exampleID, late string) *Spec {
	return (&typeRow[Deposit]{
		kind: kind, rank: 6, says: says, waits: accountMissing, late: late,
		example: `{"id":"` + exampleID + `","type":"` + string(kind) + `","at":"2026-06-04T08:30:00Z","client_account":"500100","amount_usd":"250"}`,
		fields: []field[Deposit]{
			needs("client_account", account, "Number of the account.", func(d *Deposit) *string { return &d.ClientAccount }),
			needs("amount_usd", usd, "Amount of the deposit.", func(d *Deposit) *money.Amount { return &d.AmountUSD }),
		},
	}).spec()
}
