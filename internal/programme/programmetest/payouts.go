package programmetest

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/payout"
)

// PayoutAnswer returns a fact that reports a payout as paid or failed.
func (b *Wallets) PayoutAnswer(kind feed.Type, at string, key payout.Key, reason string) string {
	members := `"payout_id":"` + key.String() + `"`
	if reason != "" {
		members += `,"reason":"` + reason + `"`
	}
	return b.Fact(kind, at, members)
}

// PayoutKey returns the key of one of partner A's payouts.
func PayoutKey(number int64) payout.Key {
	return payout.Key{PartnerID: Alpha, Number: number}
}

// ApproveRebates pays partner A's open rebates, as an approval does. It moves the
// rebate in each row from the reserve to payouts, and returns the key of each
// payout by client account.
func (b *Wallets) ApproveRebates(t *testing.T) map[string]payout.Key {
	t.Helper()
	const perRow = 1_000_000 // larger than every row id
	posting := id.New()
	b.Write(t, `UPDATE rebates SET status = 'approved', group_type = 'MANUAL' WHERE status = 'open'`)
	b.Write(t, `UPDATE rebate_accounts SET held_e6 = held_e6 - open_e6, held_usd_e6 = held_usd_e6 - open_usd_e6, open_e6 = 0, open_usd_e6 = 0`)
	b.Write(t, `UPDATE rebate_rows SET status = 'approved', topay_e6 = rebate_e6, topay_usd_e6 = rebate_usd_e6, payout_id = row_id + $1 WHERE status = 'open'`, int64(perRow))
	of := func(sum string) string {
		return `(SELECT CAST(sum(` + sum + `) AS bigint) FROM rebate_rows w WHERE w.partner_id = rebates.partner_id AND w.rebate_id = rebates.rebate_id)`
	}
	b.Write(t, `UPDATE rebates SET rows_count = `+of("CASE WHEN topay_e6 > 0 THEN 1 ELSE 0 END")+`, reward_e6 = `+of("reward_e6")+`, reward_usd_e6 = `+of("reward_usd_e6")+
		`, topay_e6 = `+of("topay_e6")+`, topay_usd_e6 = `+of("topay_usd_e6")+`, approved_rows = `+of("CASE WHEN topay_e6 > 0 THEN 1 ELSE 0 END")+` WHERE status = 'approved'`)
	b.Write(t, db.InsertSelect("payouts", map[string]string{
		"partner_id": "partner_id", "payout_id": "payout_id", "kind": "'rebate'", "subject_id": "row_id", "client_account": "client_account",
		"destination": "client_account", "currency": "'USD'", "amount_e6": "topay_e6", "amount_usd_e6": "topay_usd_e6", "status": "'pending'",
		"reason": "''", "posting_id": "$1", "created_at": "$2",
	})+`FROM rebate_rows w WHERE w.status = 'approved' AND NOT EXISTS (SELECT 1 FROM payouts p WHERE p.partner_id = w.partner_id AND p.payout_id = w.payout_id)`,
		posting, db.Micros(Now))
	b.Post(t, posting, "rebate_payout", "rebates_reserved", "payable")
	out := map[string]payout.Key{}
	list, _, err := payout.NewStore(b.DB).List(t.Context(), payout.Filter{Page: page.Page{Limit: 1000}})
	require.NoError(t, err)
	for _, p := range list {
		out[p.ClientAccount] = p.Key
	}
	return out
}

// Post books a posting that moves the amount of the given payouts from one of
// partner A's ledger accounts to another.
func (b *Wallets) Post(t *testing.T, posting id.UUID, kind, from, to string) {
	t.Helper()
	b.Write(t, `INSERT INTO postings (partner_id, posting_id, kind, booked_at, cause) VALUES ($1, $2, $3, $4, 'test')`, Alpha, posting, kind, db.Micros(Now))
	for line, account := range []string{from, to} {
		b.Write(t, `INSERT INTO entries (partner_id, posting_id, line, account, currency, amount_e6, amount_usd_e6)
			SELECT partner_id, $1, $2, $3, currency, CAST(sum(amount_e6) * $4 AS bigint), CAST(sum(amount_usd_e6) * $4 AS bigint) FROM payouts WHERE posting_id = $1 GROUP BY partner_id, currency`,
			posting, int64(line), account, int64(2*line-1))
	}
	b.Write(t, `INSERT INTO balances (partner_id, account, currency, amount_e6, amount_usd_e6)
		SELECT partner_id, account, currency, amount_e6, amount_usd_e6 FROM entries WHERE partner_id = $1 AND posting_id = $2
		ON CONFLICT (partner_id, account, currency) DO UPDATE SET amount_e6 = balances.amount_e6 + excluded.amount_e6, amount_usd_e6 = balances.amount_usd_e6 + excluded.amount_usd_e6`,
		Alpha, posting)
}

// EarnRebates gives partner A new clients with one order each. The clients belong
// to a rebate group that pays them 20 % of the rewards.
func (b *Wallets) EarnRebates(t *testing.T, clients int) {
	t.Helper()
	b.RebateGroup(t, PartnerA, 900, "2026-01-01T00:00:00Z", 20, "MONTHLY", 1, true, "")
	var lines []string
	for i := range clients {
		uid, account := fmt.Sprintf("33333333-0000-4000-8000-%012d", i), strconv.Itoa(3000+i)
		lines = append(lines,
			b.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+uid+`","email":"c`+account+`@example.com","country":"DE","partner_code":"alpha"`),
			b.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"`+account+`","client_uid":"`+uid+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
			b.Order(account, 3000+i, "EURUSD", "2026-06-10T10:00:00Z", ``)) // the order earns 2 USD, and 0.40 USD of it is the rebate
	}
	b.MustFeed(t, lines...)
}
