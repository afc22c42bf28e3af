package accrual

import (
	"context"
	"maps"
	"slices"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

type stayRow struct {
	ClientAccount string  `db:"client_account"`
	ClientUID     id.UUID `db:"client_uid"`
	attribution.Stay
}

var stays = db.NewTable[stayRow]("account_stays")

// withStays adds the stays and the other rows of accounts that were moved. For other
// accounts it reads nothing.
func (tx SQLTx) withStays(ctx context.Context, by map[string]*attribution.Account) error {
	var moved []string
	for _, a := range by {
		if a.Moves > 0 {
			moved = append(moved, a.ClientAccount)
		}
	}
	if len(moved) == 0 {
		return nil
	}
	found, err := db.All[stayRow](ctx, tx.q, `SELECT `+stays.Of("")+` FROM account_stays WHERE client_account @any($1) ORDER BY client_account, from_at`, moved)
	if err != nil {
		return err
	}
	type key struct {
		partnerID id.UUID
		account   string
	}
	others := map[key]bool{}
	for _, s := range found {
		a := by[s.ClientAccount]
		a.Stays = append(a.Stays, s.Stay)
		if s.PartnerID != a.PartnerID {
			others[key{s.PartnerID, s.ClientAccount}] = true
		}
	}
	rows, err := db.All[*attribution.Account](ctx, tx.q, `SELECT `+accounts.Of("a")+` FROM @rows($1)
		CROSS JOIN accounts a WHERE a.partner_id = @uuid(k.value->>0) AND a.client_account = k.value->>1 ORDER BY a.partner_id`,
		db.JSONRows(slices.Collect(maps.Keys(others)), func(k key) []any { return []any{k.partnerID.Hex(), k.account} }))
	for _, row := range rows {
		a := by[row.ClientAccount]
		row.Types, row.Servers = a.Types, a.Servers
		a.Others = append(a.Others, row)
	}
	return err
}

// saveMove stores the stays of an account. It copies the account's types and servers
// to its new partners, and gives each deposit to the partner who had the account then.
func (tx SQLTx) saveMove(ctx context.Context, m *Move) error {
	a := m.Account
	if _, err := tx.q.Exec(ctx, `DELETE FROM account_stays WHERE client_account = $1`, a.ClientAccount); err != nil {
		return err
	}
	rows := make([]stayRow, len(a.Stays))
	for i, s := range a.Stays {
		rows[i] = stayRow{a.ClientAccount, a.ClientUID, s}
	}
	if err := stays.Insert(ctx, tx.q, rows...); err != nil {
		return err
	}
	for _, row := range m.New {
		for _, statement := range []string{
			`INSERT INTO account_types (partner_id, client_account, from_at, fact_id, account_type)
				SELECT $3, client_account, from_at, fact_id, account_type FROM account_types WHERE partner_id = $1 AND client_account = $2`,
			`INSERT INTO account_servers (partner_id, client_account, from_at, fact_id, server)
				SELECT $3, client_account, from_at, fact_id, server FROM account_servers WHERE partner_id = $1 AND client_account = $2`,
		} {
			if _, err := tx.q.Exec(ctx, statement, m.Model, a.ClientAccount, row.PartnerID); err != nil {
				return err
			}
		}
	}
	if err := tx.moveDeposits(ctx, m); err != nil {
		return err
	}
	for _, partnerID := range m.Gone {
		for _, statement := range []string{
			`DELETE FROM account_types WHERE partner_id = $1 AND client_account = $2`,
			`DELETE FROM account_servers WHERE partner_id = $1 AND client_account = $2`,
			`DELETE FROM accounts WHERE partner_id = $1 AND client_account = $2`,
		} {
			if _, err := tx.q.Exec(ctx, statement, partnerID, a.ClientAccount); err != nil {
				return err
			}
		}
	}
	return nil
}

func (tx SQLTx) moveDeposits(ctx context.Context, m *Move) error {
	owners := slices.Clone(m.Gone)
	for _, row := range m.Account.Rows() {
		owners = append(owners, row.PartnerID)
	}
	made, err := db.All[attribution.Deposit](ctx, tx.q, `SELECT `+deposits.Of("")+` FROM deposits WHERE partner_id @anyid($1) AND client_account = $2 AND at >= $3`,
		owners, m.Account.ClientAccount, db.Micros(m.First))
	if err != nil {
		return err
	}
	for _, d := range made {
		owner := attribution.StayAt(m.Account.AllStays(), d.At).PartnerID
		if owner == d.PartnerID {
			continue
		}
		if _, err := tx.q.Exec(ctx, `DELETE FROM deposits WHERE partner_id = $1 AND client_account = $2 AND fact_id = $3`,
			d.PartnerID, d.ClientAccount, d.FactID); err != nil {
			return err
		}
		d.PartnerID = owner
		if err := deposits.Insert(ctx, tx.q, d); err != nil {
			return err
		}
	}
	return nil
}
