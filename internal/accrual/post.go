package accrual

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

type balanceKey struct {
	Account  ledger.Account
	Currency string
}

// postingKey identifies a posting: a batch has one per partner, kind and cause.
type postingKey struct {
	partnerID id.UUID
	kind      ledger.Kind
	cause     string
}

// lineKey identifies an entry: a posting has one per ledger account,
// account-day and currency.
type lineKey struct {
	account       ledger.Account
	day           clock.Day // noDay: the entry belongs to no day
	clientAccount string
	currency      string
}

const noDay = clock.Day(math.MinInt32)

// against maps kinds of postings to the account that takes the other side. All
// other kinds go against the programme's expense.
var against = map[ledger.Kind]ledger.Account{
	ledger.RebateReserve: ledger.Wallet,
	ledger.PayoutPaid:    ledger.Payable,
	ledger.PayoutFailed:  ledger.Payable,
}

// book counts a reward (sign 1) or takes it out again (-1). It does so in the
// reward's account-day, partner-day, account and client, and adds a line to
// post.
func (b *books) book(ctx context.Context, a *attribution.Account, r *reward.Reward, sign int64, kind ledger.Kind, cause string) error {
	accountDay, err := b.accountDay(ctx, a, r.Day)
	if err != nil {
		return err
	}
	partnerDay, err := b.partnerDay(ctx, r.PartnerID, r.Day)
	if err != nil {
		return err
	}
	partnerTotals, err := b.partnerTotals(ctx, r.PartnerID)
	if err != nil {
		return err
	}
	client, err := b.client(ctx, r.PartnerID, r.ClientUID)
	if err != nil {
		return err
	}
	totals := r.Adds()
	if r.Kind == reward.ForOrder && sign > 0 {
		attribution.Traded(&a.FirstTradeDay, &a.LastTradeDay, r.Day)
		attribution.Traded(&client.FirstTradeDay, &client.LastTradeDay, r.Day)
	}
	accountDay.Rows += sign
	partnerDay.Rows += sign
	accountDay.Add(totals, sign)
	partnerDay.Add(totals, sign)
	partnerTotals.Add(totals, sign)
	a.Add(totals, sign)
	client.Add(totals, sign)
	b.dirty.accounts[a], b.dirty.clients[client] = true, true
	b.line(postingKey{r.PartnerID, kind, cause}, lineKey{ledger.Wallet, r.Day, a.ClientAccount, r.Terms.Currency},
		money.Amount(sign)*r.Result.Reward, money.Amount(sign)*r.Result.RewardUSD)
	if err := b.bookRebate(ctx, a, r, sign, cause); err != nil {
		return err
	}
	return b.bookAgentShare(ctx, a, r, sign, cause)
}

// bookOverride counts an override, and adds a line to post under the partner
// who earns it.
func (b *books) bookOverride(ctx context.Context, o *reward.Override, sign money.Amount, kind ledger.Kind, cause string) error {
	day, err := b.partnerDay(ctx, o.PartnerID, o.Day)
	if err != nil {
		return err
	}
	totals, err := b.partnerTotals(ctx, o.PartnerID)
	if err != nil {
		return err
	}
	day.OverrideUSD += sign * o.AmountUSD
	totals.OverrideUSD += sign * o.AmountUSD
	b.line(postingKey{o.PartnerID, kind, cause}, lineKey{ledger.Wallet, o.Day, "", o.Currency}, sign*o.Amount, sign*o.AmountUSD)
	return nil
}

func (b *books) line(posting postingKey, key lineKey, amount, usd money.Amount) {
	lines := b.lines[posting]
	if lines == nil {
		lines = map[lineKey]*ledger.Entry{}
		b.lines[posting] = lines
	}
	entry := lines[key]
	if entry == nil {
		entry = &ledger.Entry{Account: key.account, Currency: key.currency, ClientAccount: key.clientAccount}
		if day := key.day; day != noDay {
			entry.RewardDay = &day
		}
		lines[key] = entry
	}
	entry.Amount += amount
	entry.AmountUSD += usd
}

// post turns the collected lines into postings, one per partner, kind and
// cause, and moves the balances.
func (b *books) post(ctx context.Context) error {
	keys := make([]postingKey, 0, len(b.lines))
	owners := make([]id.UUID, 0, len(b.lines))
	for key := range b.lines {
		keys = append(keys, key)
		owners = append(owners, key.partnerID)
	}
	if err := b.needBalances(ctx, owners...); err != nil {
		return err
	}
	slices.SortFunc(keys, func(x, y postingKey) int {
		return cmp.Or(slices.Compare(x.partnerID[:], y.partnerID[:]), cmp.Compare(x.kind, y.kind), cmp.Compare(x.cause, y.cause))
	})
	for _, key := range keys {
		p := &ledger.Posting{PartnerID: key.partnerID, ID: id.New(), Kind: key.kind, BookedAt: b.now, Cause: key.cause}
		for _, entry := range b.lines[key] {
			if entry.Amount != 0 || entry.AmountUSD != 0 {
				p.Entries = append(p.Entries, *entry)
			}
		}
		if len(p.Entries) == 0 {
			continue // nothing earned, nothing to post
		}
		slices.SortFunc(p.Entries, func(x, y ledger.Entry) int {
			return cmp.Or(cmp.Compare(dayOf(&x), dayOf(&y)), cmp.Compare(x.ClientAccount, y.ClientAccount), cmp.Compare(x.Account, y.Account),
				cmp.Compare(x.Currency, y.Currency))
		})
		p.Against(cmp.Or(against[key.kind], ledger.Expense))
		if err := p.Validate(); err != nil {
			return fmt.Errorf("posting for partner %s: %w", p.PartnerID, err)
		}
		b.changes.Postings = append(b.changes.Postings, p)
		b.move(p)
	}
	return nil
}

func dayOf(e *ledger.Entry) clock.Day {
	if e.RewardDay == nil {
		return noDay
	}
	return *e.RewardDay
}

func (b *books) move(p *ledger.Posting) {
	rows := b.balances.rows[p.PartnerID]
	for i := range p.Entries {
		e := &p.Entries[i]
		key := balanceKey{e.Account, e.Currency}
		if rows[key] == nil {
			rows[key] = &ledger.Balance{Account: e.Account, Currency: e.Currency}
		}
		rows[key].Amount += e.Amount
		rows[key].AmountUSD += e.AmountUSD
		b.dirty.balances[ownedBalance{p.PartnerID, key}] = true
	}
}
