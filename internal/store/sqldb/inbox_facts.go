package sqldb

import (
	"context"
	"strings"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/inbox"
)

var inboxFactColumns = columns(`fact_id, type, at, body, waits_for, message, dismissed_at, reason`)

// Facts implements inbox.Store. Plan: the facts that wait, or were dismissed,
// by the index of what they wait for; the inbox by its primary key.
func (s Inbox) Facts(ctx context.Context, f inbox.Filter) (list []inbox.Fact, count int64, err error) {
	from := ` FROM (SELECT fact_id, type, at, body, waits_for, message, CAST(NULL AS bigint) AS dismissed_at, '' AS reason FROM facts_waiting) w`
	if f.Dismissed {
		from = ` FROM (SELECT fact_id, type, at, body, waited_for AS waits_for, message, dismissed_at, reason FROM facts_dismissed) w`
	}
	wanted := factFilter(f)
	err = s.db.Read(ctx, func(ctx context.Context, q Querier) error {
		list = nil
		if err := q.QueryRow(ctx, `SELECT count(*)`+from+wanted.where(), wanted.values()...).Scan(&count); err != nil {
			return err
		}
		paged := filter{wanted.all, wanted.values()}
		list, err = Collect(ctx, q, scanInboxFact, `SELECT `+prefixed("k", inboxFactColumns)+`, f.received_at FROM (SELECT `+prefixed("w", inboxFactColumns)+from+paged.where()+
			` ORDER BY w.at, w.fact_id`+paged.cut(f.Page)+`) k JOIN facts f ON f.fact_id = k.fact_id ORDER BY k.at, k.fact_id`, paged.args...)
		return err
	})
	return list, count, err
}

func factFilter(f inbox.Filter) *filter {
	wanted := &filter{}
	wanted.anyText("w.fact_id", f.IDs)
	types := make([]string, len(f.Types))
	for i, t := range f.Types {
		types[i] = string(t)
	}
	wanted.anyText("w.type", types)
	kinds := f.Kinds
	if len(kinds) == 0 && f.Key != "" {
		kinds = inbox.Kinds
	}
	var parts []string
	for _, kind := range kinds {
		switch {
		case kind == inbox.KindReady && f.Key == "":
			parts = append(parts, "w.waits_for = ''")
		case f.Key != "":
			parts = append(parts, "w.waits_for = "+wanted.bind(kind+":"+f.Key))
		default: // a colon ends the kind, and a semicolon comes next after a colon
			parts = append(parts, "(w.waits_for >= "+wanted.bind(kind+":")+" AND w.waits_for < "+wanted.bind(kind+";")+")")
		}
	}
	if len(parts) > 0 {
		wanted.all = append(wanted.all, "("+strings.Join(parts, " OR ")+")")
	}
	return wanted
}

func scanInboxFact(rows Rows) (f inbox.Fact, err error) {
	var at, received int64
	var dismissed *int64
	var body, key string
	err = rows.Scan(&f.ID, (*string)(&f.Type), &at, &body, &key, &f.Message, &dismissed, &f.Reason, &received)
	f.At, f.Received, f.Body, f.DismissedAt = Instant(at), Instant(received), []byte(body), OptionalInstant(dismissed)
	f.Kind, f.Key = kindOf(key)
	return f, err
}

// WaitingFacts implements accrual.Tx. Plan: the primary key.
func (tx booksTx) WaitingFacts(ctx context.Context, factIDs []string) ([]feed.Fact, error) {
	return Collect(ctx, tx.q, scanFact, `SELECT fact_id, type, at, body FROM facts_waiting WHERE fact_id @any($1) ORDER BY fact_id`, factIDs)
}

// DismissedFacts implements accrual.Tx. Plan: the primary key.
func (tx booksTx) DismissedFacts(ctx context.Context, factIDs []string) ([]feed.Fact, error) {
	return Collect(ctx, tx.q, scanFact, `SELECT fact_id, type, at, body FROM facts_dismissed WHERE fact_id @any($1) ORDER BY fact_id`, factIDs)
}
