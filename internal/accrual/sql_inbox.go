package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
)

// WaitingFacts returns those of these facts that wait. Plan: the primary key.
func (tx SQLTx) WaitingFacts(ctx context.Context, factIDs []string) ([]feed.Fact, error) {
	return db.AllAs(ctx, tx.q, factRow.fact, factSelect+`facts_waiting WHERE fact_id @any($1) ORDER BY fact_id`, factIDs)
}

// DismissedFacts returns those of these facts that were dismissed. Plan: the
// primary key.
func (tx SQLTx) DismissedFacts(ctx context.Context, factIDs []string) ([]feed.Fact, error) {
	return db.AllAs(ctx, tx.q, factRow.fact, factSelect+`facts_dismissed WHERE fact_id @any($1) ORDER BY fact_id`, factIDs)
}

var selfReferrals = db.NewTable[SelfReferral]("self_referrals")
