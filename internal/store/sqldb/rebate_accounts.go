package sqldb

import (
	"context"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/rebate"
)

// Account implements rebate.SettingsTx. Plan: the primary key.
func (tx rebateSettingsTx) Account(ctx context.Context, number string) (a rebate.OwnAccount, known bool, err error) {
	a.Number = number
	known, err = foundRow(tx.q.QueryRow(ctx, `SELECT client_uid FROM accounts WHERE partner_id = $1 AND client_account = $2`, tx.partnerID, number).
		Scan(&a.ClientUID))
	return a, known, err
}

// Strangers implements rebate.SettingsTx. Plan: the primary key, without the
// rows, for each account named.
func (tx rebateSettingsTx) Strangers(ctx context.Context, accounts []string) ([]string, error) {
	own, err := Collect(ctx, tx.q, func(rows Rows) (number string, err error) {
		err = rows.Scan(&number)
		return number, err
	}, `SELECT client_account FROM accounts WHERE partner_id = $1 AND client_account @any($2)`, tx.partnerID, accounts)
	if err != nil || len(own) == len(accounts) {
		return nil, err
	}
	known := make(map[string]bool, len(own))
	for _, number := range own {
		known[number] = true
	}
	var strangers []string
	for _, number := range accounts {
		if !known[number] {
			strangers = append(strangers, number)
		}
	}
	return strangers, nil
}

// Assign implements rebate.SettingsTx: what changes is appended to the terms,
// and what was appended becomes the accounts' settings, so that both say the
// same. Plan: primary keys, for each account named; two statements, however
// many they are.
func (tx rebateSettingsTx) Assign(ctx context.Context, accounts []string, change rebate.AccountChange, at time.Time) (int64, error) {
	group, percent := "r.group_id", "r.percent_e4"
	args, differ := []any{tx.partnerID, accounts, Micros(at)}, []string(nil)
	if change.GroupID.Given {
		group = "CAST($4 AS BIGINT)"
		args, differ = append(args, change.GroupID.Value), append(differ, group+" IS DISTINCT FROM r.group_id")
	}
	if change.Percent.Given {
		percent = "CAST($4 AS BIGINT)"
		if change.GroupID.Given {
			percent = "CAST($5 AS BIGINT)"
		}
		args, differ = append(args, (*int64)(change.Percent.Value)), append(differ, percent+" IS DISTINCT FROM r.percent_e4")
	}
	if differ == nil {
		return 0, nil
	}
	changed, err := tx.q.Exec(ctx, `INSERT INTO rebate_account_terms (partner_id, client_account, from_at, group_id, percent_e4)
		SELECT a.partner_id, a.client_account, CAST($3 AS BIGINT), `+group+`, `+percent+` FROM accounts a
		LEFT JOIN rebate_accounts r ON r.partner_id = a.partner_id AND r.client_account = a.client_account
		WHERE a.partner_id = $1 AND a.client_account @any($2) AND (`+strings.Join(differ, " OR ")+`)
		ON CONFLICT (partner_id, client_account, from_at) DO UPDATE SET group_id = excluded.group_id, percent_e4 = excluded.percent_e4`, args...)
	if err != nil || changed == 0 {
		return 0, err
	}
	_, err = tx.q.Exec(ctx, `INSERT INTO rebate_accounts (partner_id, client_account, group_id, percent_e4, destination,
			open_e6, open_usd_e6, carry_e6, carry_usd_e6, held_e6, held_usd_e6, paid_e6, paid_usd_e6)
		SELECT t.partner_id, t.client_account, t.group_id, t.percent_e4, '', 0, 0, 0, 0, 0, 0, 0, 0 FROM rebate_account_terms t
		WHERE t.partner_id = $1 AND t.client_account @any($2) AND t.from_at = $3
		ON CONFLICT (partner_id, client_account) DO UPDATE SET group_id = excluded.group_id, percent_e4 = excluded.percent_e4`,
		tx.partnerID, accounts, Micros(at))
	return changed, err
}

// SetDestination implements rebate.SettingsTx. Plan: the primary key.
func (tx rebateSettingsTx) SetDestination(ctx context.Context, account, destination string) error {
	_, err := tx.q.Exec(ctx, `INSERT INTO rebate_accounts (partner_id, client_account, destination,
			open_e6, open_usd_e6, carry_e6, carry_usd_e6, held_e6, held_usd_e6, paid_e6, paid_usd_e6)
		VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, 0, 0)
		ON CONFLICT (partner_id, client_account) DO UPDATE SET destination = excluded.destination`, tx.partnerID, account, destination)
	return err
}
