package accrual

import (
	"context"
	"slices"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// applyTx is the transaction of one group of facts. It remembers the indexed
// columns of the clients that it read, so that it writes an index only when
// necessary. It also counts the changes for the metrics.
type applyTx struct {
	SQLTx
	keys  db.Keys
	steps map[clientKey]clientSteps // columns as they were stored before this transaction
	did   Batch
}

type clientKey struct{ partnerID, clientUID id.UUID }

// clientSteps holds the indexed columns of a client. They change only a few
// times in the client's life, while the other columns change with each order.
type clientSteps struct {
	verified, deposited, traded int64
	contact                     attribution.Contact
}

var (
	clientFixed    = db.Columns(`number, email, country, campaign_code, sub_id, click_id, registered_at, reg_day`)
	clientStepping = db.Columns(`verified_at, contact_status, first_deposit_at, first_trade_day`)
	clientsStepped = clients.Replacing("partner_id, client_uid", clientFixed...)
	clientsOnly    = clients.Replacing("partner_id, client_uid", slices.Concat(clientFixed, clientStepping)...)
)

func stepsOf(c *attribution.Client) clientSteps {
	const never = -1 << 63
	steps := clientSteps{never, never, never, c.Contact}
	if at := db.OptionalMicros(c.VerifiedAt); at != nil {
		steps.verified = *at
	}
	if at := db.OptionalMicros(c.FirstDepositAt); at != nil {
		steps.deposited = *at
	}
	if c.FirstTradeDay != nil {
		steps.traded = int64(*c.FirstTradeDay)
	}
	return steps
}

// Clients is like SQLTx.Clients, and also remembers the indexed columns of the
// rows.
func (tx *applyTx) Clients(ctx context.Context, clientUIDs []id.UUID) ([]*attribution.Client, error) {
	found, err := tx.SQLTx.Clients(ctx, clientUIDs)
	for _, c := range found {
		tx.steps[clientKey{c.PartnerID, c.ClientUID}] = stepsOf(c)
	}
	return found, err
}

// saveClients writes the rows of clients. It writes the columns of clientSteps
// only if one of them has changed.
func (tx *applyTx) saveClients(ctx context.Context, c *Changes) error {
	var stepped, others []*attribution.Client
	for _, row := range c.Clients {
		key, steps := clientKey{row.PartnerID, row.ClientUID}, stepsOf(row)
		if was, known := tx.steps[key]; known && was == steps {
			others = append(others, row)
			continue
		}
		stepped, tx.steps[key] = append(stepped, row), steps
	}
	if err := clients.InsertOn(ctx, tx.q, clientsStepped, stepped...); err != nil {
		return err
	}
	return clients.InsertOn(ctx, tx.q, clientsOnly, others...)
}

// saveRebated adds the amounts that were paid to clients to the clients' stored
// sums. It is for clients whose rows this group does not write.
func (tx SQLTx) saveRebated(ctx context.Context, c *Changes) error {
	sums := map[clientKey]money.Amount{}
	var keys []clientKey
	for _, r := range c.Rebated {
		key := clientKey{r.PartnerID, r.ClientUID}
		if _, seen := sums[key]; !seen {
			keys = append(keys, key)
		}
		sums[key] += r.USD
	}
	if len(keys) == 0 {
		return nil
	}
	_, err := tx.q.Exec(ctx, `UPDATE clients SET rebate_usd_e6 = rebate_usd_e6 + CAST(k.value->>2 AS bigint)
		FROM @rows($1) WHERE clients.partner_id = @uuid(k.value->>0) AND clients.client_uid = @uuid(k.value->>1)`,
		db.JSONRows(keys, func(k clientKey) []any { return []any{k.partnerID.Hex(), k.clientUID.Hex(), int64(sums[k])} }))
	return err
}
