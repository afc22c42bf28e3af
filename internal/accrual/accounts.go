package accrual

import (
	"context"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
)

func (b *books) accountOpened(ctx context.Context, f *feed.Fact, in *feed.Account) (effect, error) {
	typedBy, typedCode, known := b.code(in.PartnerCode)
	if was := b.accounts.Rows[in.ClientAccount]; was != nil {
		if was.ClientUID == in.ClientUID && feed.NormalServer(was.Server) == feed.NormalServer(in.Server) && was.Platform == in.Platform &&
			was.Currency == in.Currency && known && was.TypedCode == typedCode && was.OpenedAt.Equal(f.At) && len(was.Types) > 0 &&
			was.Types[0].Type == in.AccountType {
			return effect{again: true}, nil
		}
		return refuse("conflict", "client_account: this account is already open, with different details"), nil
	}
	history := b.histories.Rows[in.ClientUID]
	base, registered := history.Registered()
	if !registered {
		return effect{wait: feed.ClientKey(in.ClientUID)}, nil
	}
	owner, code := history.At(f.At)
	if in.PartnerCode != "" {
		if !known {
			return effect{wait: feed.CodeKey(in.PartnerCode)}, nil
		}
		owner, code = typedBy, typedCode
	}
	first, err := b.client(ctx, base.PartnerID, in.ClientUID)
	if err != nil {
		return effect{}, err
	}
	if in.PartnerCode != "" {
		owner, code = b.selfReferred(b.selfReferral(f, in.ClientUID, first.Email, owner), owner, code)
	}
	if _, err := b.clientAt(ctx, owner, first); err != nil {
		return effect{}, err
	}
	p := b.partners.Rows[owner]
	b.dirty.partners[p] = true
	a := &attribution.Account{
		PartnerID: owner, ClientAccount: in.ClientAccount, Number: p.Number(), ClientUID: in.ClientUID, Country: first.Country,
		Server: in.Server, Platform: in.Platform, AccountType: in.AccountType, Currency: in.Currency, LinkCode: code, TypedCode: typedCode,
		FactID: f.ID, OpenedAt: f.At, OpenedDay: b.day(f.At),
	}
	b.accounts.Put(a.ClientAccount, a)
	b.dirty.accounts[a] = true
	b.typeFrom(a, attribution.TypeFrom{At: f.At, FactID: f.ID, Type: in.AccountType})
	b.decide(a, f)
	b.nameServer(a)
	b.releaseWaiting(feed.AccountKey(a.ClientAccount))
	if err := b.serversWaiting(ctx, a); err != nil {
		return effect{}, err
	}
	return effect{}, b.follow(ctx, f, a.ClientUID, a)
}

// decide records who owns the account, and which fact decided this. If the row is
// that of a former partner, the present owner of the account does not change.
func (b *books) decide(a *attribution.Account, f *feed.Fact) {
	if b.accounts.Rows[a.ClientAccount] == a {
		b.changes.Routes[a.ClientAccount] = routeRow{a.ClientAccount, a.PartnerID, a.ClientUID}
	}
	b.changes.Decisions = append(b.changes.Decisions, attribution.Decision{
		PartnerID: a.PartnerID, ClientAccount: a.ClientAccount, FactID: f.ID, ClientUID: a.ClientUID, LinkCode: a.LinkCode, FromAt: a.OpenedAt,
	})
}

func (b *books) typeFrom(a *attribution.Account, from attribution.TypeFrom) {
	a.Types = append(a.Types, from)
	slices.SortFunc(a.Types, func(x, y attribution.TypeFrom) int {
		if c := x.At.Compare(y.At); c != 0 {
			return c
		}
		return strings.Compare(x.FactID, y.FactID)
	})
	for _, row := range a.Rows() {
		row.Types, row.AccountType = a.Types, a.Types[len(a.Types)-1].Type
		b.dirty.accounts[row] = true
		b.changes.Types = append(b.changes.Types, AccountType{row.PartnerID, row.ClientAccount, from})
	}
}

func (b *books) equity(ctx context.Context, f *feed.Fact, in *feed.Equity) (effect, error) {
	a := b.accounts.Rows[in.ClientAccount]
	if a == nil {
		return effect{wait: feed.AccountKey(in.ClientAccount)}, nil
	}
	if a.EquityAt != nil && (f.At.Before(*a.EquityAt) || (f.At.Equal(*a.EquityAt) && f.ID < a.EquityFact)) {
		return effect{}, nil // a newer fact has already set the equity
	}
	c, err := b.client(ctx, a.PartnerID, a.ClientUID)
	if err != nil {
		return effect{}, err
	}
	if !c.FitsEquity(in.BalanceUSD-a.BalanceUSD, in.EquityUSD-a.EquityUSD) {
		return refuse("out_of_range", "balance_usd: the client's sums would be too large"), nil
	}
	c.BalanceUSD += in.BalanceUSD - a.BalanceUSD
	c.EquityUSD += in.EquityUSD - a.EquityUSD
	a.BalanceUSD, a.EquityUSD, a.EquityAt, a.EquityFact = in.BalanceUSD, in.EquityUSD, &f.At, f.ID
	b.dirty.clients[c], b.dirty.accounts[a] = true, true
	return effect{}, nil
}

var depositKinds = map[feed.Type]string{
	feed.DepositReceived: attribution.DepositReceived,
	feed.DepositFailed:   attribution.DepositFailed,
	feed.DepositReversed: attribution.DepositReversed,
}

func (b *books) deposit(ctx context.Context, f *feed.Fact, in *feed.Deposit) (effect, error) {
	a := b.accounts.Rows[in.ClientAccount].At(f.At)
	if a == nil {
		return effect{wait: feed.AccountKey(in.ClientAccount)}, nil
	}
	c, err := b.client(ctx, a.PartnerID, a.ClientUID)
	if err != nil {
		return effect{}, err
	}
	if !c.FitsDeposit(in.AmountUSD) {
		return refuse("out_of_range", "amount_usd: the client's deposits would be too large"), nil
	}
	d := attribution.Deposit{
		PartnerID: a.PartnerID, ClientAccount: a.ClientAccount, FactID: f.ID, ClientUID: a.ClientUID,
		Kind: depositKinds[f.Type], At: f.At, AmountUSD: in.AmountUSD,
	}
	c.Deposited(d)
	b.dirty.clients[c] = true
	b.changes.Deposits = append(b.changes.Deposits, d)
	return effect{}, nil
}
