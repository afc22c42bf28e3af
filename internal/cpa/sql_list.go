package cpa

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// partnerOf returns the partner with whom a client registered, or ErrUnknown. The
// query uses the index cpa_clients_client.
func partnerOf(ctx context.Context, q db.Querier, clientUID id.UUID) (id.UUID, error) {
	return db.OneOr[id.UUID](ctx, q, ErrUnknown, `SELECT partner_id FROM cpa_clients WHERE client_uid = $1`, clientUID)
}

// These conditions are those of the partial indexes cpa_clients_listed and
// cpa_clients_waiting.
const (
	isListed  = `(qualified_at IS NOT NULL OR decided_at IS NOT NULL)`
	isWaiting = `status = 'pending' AND qualified_at IS NOT NULL`
)

// list reads one of the indexes cpa_clients_listed and cpa_clients_waiting, in
// the order of the list. If the filter has partners, it reads the clients of
// these partners.
func (s Store) list(ctx context.Context, f Filter) (list []Client, count int64, err error) {
	wanted := &db.Filter{}
	if len(f.Statuses) == 1 && f.Statuses[0] == string(Pending) {
		wanted.And(isWaiting)
	} else {
		wanted.And(isListed)
		wanted.AnyText("status", f.Statuses)
	}
	wanted.AnyText("bundle", f.Bundles)
	wanted.AnyID("partner_id", f.Partners)
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if count, _, err = db.One[int64](ctx, q, `SELECT count(*) FROM cpa_clients`+wanted.Where(), wanted.Values()...); err != nil {
			return err
		}
		query := `SELECT ` + table.Of("") + ` FROM cpa_clients` + wanted.Where() + ` ORDER BY registered_at, client_uid` + wanted.Cut(f.Page)
		list, err = db.All[Client](ctx, q, query, wanted.Values()...)
		return err
	})
	return list, count, err
}
