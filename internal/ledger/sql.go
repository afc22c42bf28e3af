package ledger

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// BalanceColumns are the columns of balances.
var BalanceColumns = db.Columns(`partner_id, account, currency, amount_e6, amount_usd_e6`)

// Insert writes postings and their entries. Everything that reaches the ledger
// goes through it.
func Insert(ctx context.Context, q db.Querier, postings []*Posting) error {
	for _, p := range postings {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	err := db.Insert(ctx, q, "postings", db.Columns(`partner_id, posting_id, kind, booked_at, cause`), "", postings, func(p *Posting, dst []any) {
		copy(dst, []any{p.PartnerID, p.ID, string(p.Kind), db.Micros(p.BookedAt), p.Cause})
	})
	if err != nil {
		return err
	}
	type line struct {
		posting *Posting
		n       int
	}
	var lines []line
	for _, p := range postings {
		for n := range p.Entries {
			lines = append(lines, line{p, n})
		}
	}
	if err := tellPostings(ctx, q, postings); err != nil {
		return err
	}
	return db.Insert(ctx, q, "entries",
		db.Columns(`partner_id, posting_id, line, account, currency, amount_e6, amount_usd_e6, reward_day, client_account`), "", lines,
		func(l line, dst []any) {
			e := &l.posting.Entries[l.n]
			var account any
			if e.ClientAccount != "" {
				account = e.ClientAccount
			}
			copy(dst, []any{
				l.posting.PartnerID, l.posting.ID, int64(l.n), string(e.Account), e.Currency, int64(e.Amount), int64(e.AmountUSD),
				db.DayOrNull(e.RewardDay), account,
			})
		})
}

// Book writes postings and moves the balances they touch. Call it inside a
// Lock, because accrual overwrites balances with the values it has loaded.
func Book(ctx context.Context, q db.Querier, postings ...*Posting) error {
	if err := Insert(ctx, q, postings); err != nil {
		return err
	}
	for _, p := range postings {
		for i := range p.Entries {
			e := &p.Entries[i]
			_, err := q.Exec(ctx, `INSERT INTO balances (partner_id, account, currency, amount_e6, amount_usd_e6) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (partner_id, account, currency) DO UPDATE SET amount_e6 = balances.amount_e6 + excluded.amount_e6,
					amount_usd_e6 = balances.amount_usd_e6 + excluded.amount_usd_e6`,
				p.PartnerID, string(e.Account), e.Currency, int64(e.Amount), int64(e.AmountUSD))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Balances reads a partner's balances. Plan: the primary key's prefix.
func Balances(ctx context.Context, q db.Querier, partnerID id.UUID) ([]Balance, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (b Balance, err error) {
		err = rows.Scan((*string)(&b.Account), &b.Currency, (*int64)(&b.Amount), (*int64)(&b.AmountUSD))
		return b, err
	}, `SELECT account, currency, amount_e6, amount_usd_e6 FROM balances WHERE partner_id = $1`, partnerID)
}

// tellPostings records an event for each posting that changes a wallet,
// whichever service made the posting.
func tellPostings(ctx context.Context, q db.Querier, postings []*Posting) error {
	var events []event.Event
	for _, p := range postings {
		data := event.Wallet{PostingID: p.ID, Kind: string(p.Kind), BookedAt: p.BookedAt}
		for i := range p.Entries {
			if e := &p.Entries[i]; e.Account == Wallet {
				data.Add(e.Currency, e.Amount, e.AmountUSD)
			}
		}
		if data.Moves() {
			events = append(events, event.New(p.PartnerID, event.WalletChanged, p.BookedAt, data))
		}
	}
	return event.Append(ctx, q, events)
}
