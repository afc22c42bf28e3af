package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
)

// TestWorkersTakeTheWorkOfAPIServers approves a rebate on a server that runs no
// jobs. The rebate is too large to be paid within the request. A worker must
// pay it within seconds, although no one wakes the worker and the job otherwise
// runs once a minute.
func TestWorkersTakeTheWorkOfAPIServers(t *testing.T) {
	t.Parallel()
	const accounts = 5_100 // up to 5,000 accounts are paid within the request
	database, mails := dbtest.New(t), t.TempDir()
	key, db := tradeForRebates(t, database, accounts)
	_, api := startServer(t, database, "--clock", rebatesDue, "--role", "api")
	_, _ = startServer(t, database, "--clock", rebatesDue, "--role", "worker", "--mail-dir", mails)
	waitUntil(t, func() bool { return count(t, db, `SELECT count(*) FROM rebates WHERE status = 'pending'`) == 1 }, "nothing waits for approval")

	p := &approver{t: t, url: api, key: key}
	selection := fmt.Sprintf(`{"rebates":[%d],"rebate_rows":[]}`, count(t, db, `SELECT rebate_id FROM rebates WHERE status = 'pending'`))
	token := p.approvalToken(mails, p.post("/api/v2/autorebates/approve/start/", selection, "")["verification_payload"])
	p.post("/api/v2/autorebates/approve/", selection, token)
	require.Zero(t, count(t, db, `SELECT count(*) FROM payouts`), "the request leaves the payouts to a worker")
	require.Eventually(t, func() bool { return count(t, db, `SELECT count(*) FROM rebates WHERE status = 'approved'`) == 1 },
		30*time.Second, 20*time.Millisecond, "no worker made the payouts")
	require.EqualValues(t, accounts, count(t, db, `SELECT count(DISTINCT client_account) FROM payouts`))
	require.EqualValues(t, accounts*550_000, count(t, db, `SELECT amount_e6 FROM balances WHERE account = 'payable'`))
}
