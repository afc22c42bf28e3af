package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
)

// rule says how facts of one type are applied to the books. feed.Specs
// describes the format of each type.
type rule struct {
	// fits reports whether the fact's body has the Go type that the rule expects.
	fits func(f *feed.Fact) bool
	// take applies a fact, or returns why it cannot be applied.
	take func(ctx context.Context, b *books, f *feed.Fact) (effect, error)
	// want adds the keys of the rows that a fact needs. It is nil if facts of this
	// type need none.
	want func(b *books, w *wanted, f *feed.Fact)
	// account returns the client account that a fact is about. It is nil if facts
	// of this type can affect the rewards of other accounts.
	account func(f *feed.Fact) string
}

var rules = map[feed.Type]*rule{
	feed.PartnerRegistered:     ruleFor((*books).partnerRegistered, wantPartner),
	feed.PartnerChanged:        ruleFor((*books).partnerChanged, wantPartnerChange),
	feed.InstrumentSet:         ruleFor((*books).instrumentSet, nil),
	feed.RateSet:               ruleFor((*books).rateSet, nil),
	feed.ClientRegistered:      ruleFor((*books).clientRegistered, wantClient),
	feed.ClientVerified:        ruleFor((*books).clientChanged, wantClientChange),
	feed.ClientPartnerChanging: ruleFor((*books).clientChanged, wantClientChange),
	feed.ClientPartnerChanged:  ruleFor((*books).clientChanged, wantClientChange),
	feed.ClientMoved:           ruleFor((*books).clientChanged, wantClientChange),
	feed.ClientChangeCancelled: ruleFor((*books).clientChanged, wantClientChange),
	feed.ClientLeft:            ruleFor((*books).clientChanged, wantClientChange),
	feed.ClientReturned:        ruleFor((*books).clientChanged, wantClientChange),
	feed.ContactShared:         ruleFor((*books).clientChanged, wantClientChange),
	feed.AccountOpened:         ruleFor((*books).accountOpened, wantAccount),
	feed.AccountTypeChanged:    ruleFor((*books).typeChanged, func(_ *books, w *wanted, t *feed.TypeChange) { w.account(t.ClientAccount) }),
	feed.AccountServerChanged:  ruleFor((*books).serverChanged, func(_ *books, w *wanted, s *feed.ServerChange) { w.account(s.ClientAccount) }),
	feed.AccountEquity:         accountRule((*books).equity, wantEquity, func(e *feed.Equity) string { return e.ClientAccount }),
	feed.DepositReceived:       accountRule((*books).deposit, wantDeposit, func(d *feed.Deposit) string { return d.ClientAccount }),
	feed.DepositFailed:         accountRule((*books).deposit, wantDeposit, func(d *feed.Deposit) string { return d.ClientAccount }),
	feed.DepositReversed:       accountRule((*books).deposit, wantDeposit, func(d *feed.Deposit) string { return d.ClientAccount }),
	feed.OrderClosed:           accountRule((*books).orderClosed, wantOrder, func(o *feed.Order) string { return o.ClientAccount }),
	feed.OrderReversed:         ruleFor((*books).orderReversed, wantReversal),
	feed.OrderReinstated:       ruleFor((*books).orderReinstated, wantReversal),
	feed.DayTotals:             ruleFor((*books).dayTotals, wantTotals),
	feed.PayoutPaid:            ruleFor((*books).payoutAnswered, wantPayout),
	feed.PayoutFailed:          ruleFor((*books).payoutAnswered, wantPayout),
}

func ruleOf(f *feed.Fact) *rule {
	if r := rules[f.Type]; r != nil && r.fits(f) {
		return r
	}
	return nil
}

// ruleFor returns the rule for a type of fact whose body has type B.
func ruleFor[B any](
	take func(b *books, ctx context.Context, f *feed.Fact, body *B) (effect, error),
	want func(b *books, w *wanted, body *B),
) *rule {
	body := func(f *feed.Fact) *B {
		b, _ := f.Body.(*B)
		return b
	}
	r := &rule{
		fits: func(f *feed.Fact) bool { return body(f) != nil },
		take: func(ctx context.Context, b *books, f *feed.Fact) (effect, error) { return take(b, ctx, f, body(f)) },
	}
	if want != nil {
		r.want = func(b *books, w *wanted, f *feed.Fact) { want(b, w, body(f)) }
	}
	return r
}

// accountRule is like ruleFor, for facts that affect only the partners of one client
// account.
func accountRule[B any](
	take func(b *books, ctx context.Context, f *feed.Fact, body *B) (effect, error),
	want func(b *books, w *wanted, body *B),
	account func(body *B) string,
) *rule {
	r := ruleFor(take, want)
	r.account = func(f *feed.Fact) string {
		body, _ := f.Body.(*B)
		return account(body)
	}
	return r
}

func (w *wanted) account(number string) { w.accounts = append(w.accounts, number) }

func wantPartner(_ *books, w *wanted, p *feed.Partner) {
	w.codes = append(w.codes, p.PartnerCode, p.ParentCode)
	w.emails = append(w.emails, p.Email)
}

func wantClient(_ *books, w *wanted, c *feed.Client) {
	w.codes = append(w.codes, c.PartnerCode)
	w.histories = append(w.histories, c.ClientUID)
}

func wantClientChange(_ *books, w *wanted, c *feed.ClientChange) {
	w.codes = append(w.codes, c.PartnerCode)
	w.histories = append(w.histories, c.ClientUID)
}

func wantAccount(_ *books, w *wanted, a *feed.Account) {
	w.codes = append(w.codes, a.PartnerCode)
	w.histories = append(w.histories, a.ClientUID)
	w.account(a.ClientAccount)
}

func wantEquity(_ *books, w *wanted, e *feed.Equity) { w.account(e.ClientAccount) }

func wantOrder(b *books, w *wanted, o *feed.Order) { w.order(o, b.day(o.CloseTime)) }

func wantDeposit(_ *books, w *wanted, d *feed.Deposit) { w.account(d.ClientAccount) }

func wantReversal(_ *books, w *wanted, r *feed.Reversal) {
	w.tickets = append(w.tickets, ticketOf(r))
}

func wantPayout(_ *books, w *wanted, p *feed.Payout) { w.payouts = append(w.payouts, p.PayoutID) }

func wantTotals(_ *books, w *wanted, t *feed.Totals) {
	if day, err := clock.ParseDay(t.Day); err == nil {
		w.serverDays = append(w.serverDays, ServerDayKey{feed.NormalServer(t.Server), day})
	}
}
