package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
)

var balanceColumns = db.Columns(`partner_id, account, currency, amount_e6, amount_usd_e6`)

// savePostings writes postings and their entries. Every road to the ledger
// ends here.
func savePostings(ctx context.Context, q db.Querier, postings []*ledger.Posting) error {
	for _, p := range postings {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	err := db.Insert(ctx, q, "postings", db.Columns(`partner_id, posting_id, kind, booked_at, cause`), "", postings, func(p *ledger.Posting, dst []any) {
		copy(dst, []any{p.PartnerID, p.ID, string(p.Kind), db.Micros(p.BookedAt), p.Cause})
	})
	if err != nil {
		return err
	}
	type line struct {
		posting *ledger.Posting
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

// post writes postings and moves the balances they touch. For use inside a
// Lock: accrual writes balances as it knows them.
func post(ctx context.Context, q db.Querier, postings ...*ledger.Posting) error {
	if err := savePostings(ctx, q, postings); err != nil {
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

// balancesOf reads a partner's balances. Plan: the primary key's prefix.
func balancesOf(ctx context.Context, q db.Querier, partnerID id.UUID) ([]ledger.Balance, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (b ledger.Balance, err error) {
		err = rows.Scan((*string)(&b.Account), &b.Currency, (*int64)(&b.Amount), (*int64)(&b.AmountUSD))
		return b, err
	}, `SELECT account, currency, amount_e6, amount_usd_e6 FROM balances WHERE partner_id = $1`, partnerID)
}

// takeNumbers hands out n of a partner's int ids and returns the first. For
// use inside a Lock: accrual counts on with what it read.
func takeNumbers(ctx context.Context, q db.Querier, partnerID id.UUID, n int64) (first int64, err error) {
	err = q.QueryRow(ctx, `UPDATE partners SET next_number = next_number + $2 WHERE partner_id = $1 RETURNING next_number - $2`, partnerID, n).Scan(&first)
	return first, err
}
