package rebate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/db"
)

// Account returns one of the partner's client accounts. The query uses the
// primary key.
func (tx SettingsTx) Account(ctx context.Context, number string) (a OwnAccount, known bool, err error) {
	a.Number = number
	known, err = db.Found(tx.q.QueryRow(ctx, `SELECT client_uid FROM accounts WHERE partner_id = $1 AND client_account = $2`, tx.partnerID, number).
		Scan(&a.ClientUID))
	return a, known, err
}

// Strangers returns those of the given accounts that do not belong to the
// partner. The list must have no duplicates. The query reads only the index of
// the primary key.
func (tx SettingsTx) Strangers(ctx context.Context, accounts []string) ([]string, error) {
	own, err := db.All[string](ctx, tx.q, `SELECT client_account FROM accounts WHERE partner_id = $1 AND client_account @any($2)`, tx.partnerID, accounts)
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

// Assign changes the settings of accounts. It also records the terms of each
// changed account, which apply from the given time onwards. It returns the number
// of changed accounts. It needs two statements for any number of accounts, and
// both use primary keys. The statement for the terms comes first, because both
// select the accounts that have not changed yet.
func (tx SettingsTx) Assign(ctx context.Context, accounts []string, change AccountChange, from time.Time) (int64, error) {
	args, differ := []any{tx.partnerID, accounts}, []string(nil)
	set := func(column string, given bool, value *int64) string {
		if !given {
			return column
		}
		args = append(args, value)
		parameter := fmt.Sprintf("CAST($%d AS BIGINT)", len(args))
		differ = append(differ, parameter+" IS DISTINCT FROM "+column)
		return parameter
	}
	group := set("r.group_id", change.GroupID.Given, change.GroupID.Value)
	percent := set("r.percent_e4", change.Percent.Given, (*int64)(change.Percent.Value))
	if differ == nil {
		return 0, nil
	}
	insert := func(table string, others map[string]string) string {
		values := map[string]string{"partner_id": "a.partner_id", "client_account": "a.client_account", "group_id": group, "percent_e4": percent}
		maps.Copy(values, others)
		return db.InsertSelect(table, values) + `FROM accounts a
			LEFT JOIN rebate_accounts r ON r.partner_id = a.partner_id AND r.client_account = a.client_account
			WHERE a.partner_id = $1 AND a.client_account @any($2) AND (` + strings.Join(differ, " OR ") + `)`
	}
	changed, err := tx.q.Exec(ctx, insert("rebate_account_terms", map[string]string{"from_at": fmt.Sprintf("CAST($%d AS BIGINT)", len(args)+1)})+`
		ON CONFLICT (partner_id, client_account, from_at) DO UPDATE SET group_id = excluded.group_id, percent_e4 = excluded.percent_e4`,
		append(slices.Clone(args), db.Micros(from))...)
	if err != nil || changed == 0 {
		return 0, err
	}
	_, err = tx.q.Exec(ctx, insert("rebate_accounts", map[string]string{
		"destination": "''", "open_e6": "0", "open_usd_e6": "0", "carry_e6": "0", "carry_usd_e6": "0",
		"held_e6": "0", "held_usd_e6": "0", "paid_e6": "0", "paid_usd_e6": "0",
	})+`
		ON CONFLICT (partner_id, client_account) DO UPDATE SET group_id = excluded.group_id, percent_e4 = excluded.percent_e4`, args...)
	return changed, err
}

// SetDestination sets the account to which an account's rebates are paid. An
// empty destination means the account itself.
func (tx SettingsTx) SetDestination(ctx context.Context, account, destination string) error {
	row := &accountRow{Destination: destination}
	row.PartnerID, row.ClientAccount = tx.partnerID, account
	return accountTable.InsertOn(ctx, tx.q, db.Replacing("partner_id, client_account", []string{"destination"}), row)
}
