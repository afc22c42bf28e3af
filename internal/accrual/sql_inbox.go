package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
)

// WaitingFacts returns those of these facts that wait. Plan: the primary key.
func (tx SQLTx) WaitingFacts(ctx context.Context, factIDs []string) ([]feed.Fact, error) {
	return db.Collect(ctx, tx.q, scanFact, `SELECT fact_id, type, at, body FROM facts_waiting WHERE fact_id @any($1) ORDER BY fact_id`, factIDs)
}

// DismissedFacts returns those of these facts that were dismissed. Plan: the
// primary key.
func (tx SQLTx) DismissedFacts(ctx context.Context, factIDs []string) ([]feed.Fact, error) {
	return db.Collect(ctx, tx.q, scanFact, `SELECT fact_id, type, at, body FROM facts_dismissed WHERE fact_id @any($1) ORDER BY fact_id`, factIDs)
}

var selfReferralColumns = db.Columns(`partner_id, client_uid, fact_id, at, email, refused`)

func (tx SQLTx) saveSelfReferrals(ctx context.Context, c *Changes) error {
	return db.Insert(ctx, tx.q, "self_referrals", selfReferralColumns, "", c.SelfReferrals, func(s SelfReferral, dst []any) {
		copy(dst, []any{s.PartnerID, s.ClientUID, s.FactID, db.Micros(s.At), s.Email, s.Refused})
	})
}
