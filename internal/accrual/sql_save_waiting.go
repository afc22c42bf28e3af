package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
)

// saveWaiting updates the table of waiting facts. It releases facts last, so
// that it also releases a fact that started to wait in the same transaction in
// which its missing fact arrived.
func (tx SQLTx) saveWaiting(ctx context.Context, c *Changes) error {
	rows := make([]*waitingRow, len(c.Waiting))
	for i := range c.Waiting {
		rows[i] = c.Waiting[i].row()
	}
	err := factsWaiting.Insert(ctx, tx.q, rows...)
	if err != nil {
		return err
	}
	for factID, what := range c.Moved {
		if _, err := tx.q.Exec(ctx, `UPDATE facts_waiting SET waits_for = $2, message = $3 WHERE fact_id = $1`, factID, what.Key, what.Message); err != nil {
			return err
		}
	}
	if err := tx.leaveWaiting(ctx, c); err != nil {
		return err
	}
	for _, account := range c.Woken { // order_key starts with the account and "|"
		if _, err := tx.q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '', message = '' WHERE order_key >= $1 AND order_key < $2`,
			account+"|", account+"}"); err != nil {
			return err
		}
	}
	for _, beginning := range c.ReleasedOrders {
		if _, err := tx.q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '', message = '' WHERE waits_for >= $1 AND waits_for < $2`,
			beginning, beginning+"\U0010FFFF"); err != nil {
			return err
		}
	}
	if len(c.Released) > 0 {
		if _, err := tx.q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '', message = '' WHERE waits_for @any($1)`, c.Released); err != nil {
			return err
		}
	}
	return nil
}

// leaveWaiting deletes the waiting facts that took effect, repeated another
// fact or were dismissed. It inserts the facts that were restored.
func (tx SQLTx) leaveWaiting(ctx context.Context, c *Changes) error {
	if len(c.Again) > 0 {
		if _, err := tx.q.Exec(ctx, `UPDATE facts SET type = coalesce(type, '`+string(feed.OrderClosed)+`') || '`+againSuffix+`',
			at = (SELECT w.at FROM facts_waiting w WHERE w.fact_id = facts.fact_id),
			body = (SELECT w.body FROM facts_waiting w WHERE w.fact_id = facts.fact_id) WHERE fact_id @any($1)`, c.Again); err != nil {
			return err
		}
	}
	for _, d := range c.Dismissed {
		if _, err := tx.q.Exec(ctx, db.InsertSelect("facts_dismissed", map[string]string{
			"fact_id": "fact_id", "type": "type", "at": "at", "waited_for": "waits_for", "order_key": "order_key", "request_id": "request_id",
			"body": "body", "message": "message", "reason": "$2", "dismissed_at": "$3",
		})+`FROM facts_waiting WHERE fact_id = $1`, d.FactID, d.Reason, db.Micros(c.Now)); err != nil {
			return err
		}
		if _, err := tx.q.Exec(ctx, `DELETE FROM facts_waiting WHERE fact_id = $1`, d.FactID); err != nil {
			return err
		}
	}
	if left := append(append([]string{}, c.Done...), c.Again...); len(left) > 0 {
		if _, err := tx.q.Exec(ctx, `DELETE FROM facts_waiting WHERE fact_id @any($1)`, left); err != nil {
			return err
		}
	}
	if len(c.Restored) > 0 {
		if _, err := tx.q.Exec(ctx, `INSERT INTO facts_waiting (fact_id, type, at, waits_for, order_key, request_id, body, message)
			SELECT fact_id, type, at, '', order_key, request_id, body, '' FROM facts_dismissed WHERE fact_id @any($1)`, c.Restored); err != nil {
			return err
		}
		if _, err := tx.q.Exec(ctx, `DELETE FROM facts_dismissed WHERE fact_id @any($1)`, c.Restored); err != nil {
			return err
		}
	}
	return nil
}

// WaitingFacts returns the waiting facts among those with these ids. The query
// uses the primary key.
func (tx SQLTx) WaitingFacts(ctx context.Context, factIDs []string) ([]feed.Fact, error) {
	return db.AllAs(ctx, tx.q, factRow.fact, factSelect+`facts_waiting WHERE fact_id @any($1) ORDER BY fact_id`, factIDs)
}

// DismissedFacts returns the dismissed facts among those with these ids. The
// query uses the primary key.
func (tx SQLTx) DismissedFacts(ctx context.Context, factIDs []string) ([]feed.Fact, error) {
	return db.AllAs(ctx, tx.q, factRow.fact, factSelect+`facts_dismissed WHERE fact_id @any($1) ORDER BY fact_id`, factIDs)
}

var selfReferrals = db.NewTable[SelfReferral]("self_referrals")
