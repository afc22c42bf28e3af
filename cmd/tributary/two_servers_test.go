package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
)

const (
	pairAccounts  = 300 // accounts of the partner who gives rebates; each has one order whose rebate is due
	pairApprovals = 4
	pairApproved  = 40 // number of rebate rows that one approval covers
	pairClickers  = 4
)

// pair is two servers on one PostgreSQL database, as behind a load balancer. It
// also records what the servers have acknowledged.
type pair struct {
	t       *testing.T
	db      db.DB
	mails   string
	before  int64 // number of facts before the two servers start
	servers [2]*exec.Cmd
	urls    [2]string
	dead    atomic.Bool  // whether the first server was killed
	repeats atomic.Int64 // number of requests that were sent to the second server because the first did not respond

	mu     sync.Mutex
	clicks []string // click ids of the redirected clicks
}

// TestTwoServers runs two servers on one database. Both get facts while a
// partner approves rebates and visitors click. Some facts are sent to both
// servers, in a different order. Halfway, the first server is killed. Each
// caller then repeats its unanswered request on the second server. In the end,
// everything that was acknowledged must be stored once.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	partnerKey, store := tradeForRebates(t, database, pairAccounts)
	brokerKey := lastOf(output(t, database, "key", "create", "--role", "broker"))
	p := &pair{t: t, db: store, mails: t.TempDir(), before: count(t, store, `SELECT count(*) FROM facts`)}
	exports := t.TempDir()
	for i := range p.servers {
		p.servers[i], p.urls[i] = startServer(t, database, "--clock", rebatesDue, "--mail-dir", p.mails, "--export-dir", exports)
	}
	p.requireServers(2)
	approvals := p.prepareApprovals(partnerKey)
	facts := pairFacts()

	ctx, stop := context.WithCancel(t.Context())
	var feeding, clicking sync.WaitGroup
	for visitor := range pairClickers {
		clicking.Go(func() { p.click(ctx, visitor) })
	}
	halfway := make(chan struct{})
	half := sync.OnceFunc(func() { close(halfway) })
	for server := range p.servers {
		feeding.Go(func() { p.feed(server, brokerKey, facts.of[server], half) })
	}
	p.approve(approvals[0], 0)
	p.approve(approvals[1], 1)
	<-halfway
	var approving sync.WaitGroup
	approving.Go(func() { p.approve(approvals[2], 0) })
	time.Sleep(rand.N(20 * time.Millisecond)) // kill at a random point of the approval
	p.dead.Store(true)
	killed := time.Now() //nolint:forbidigo // only logs the duration
	require.NoError(t, p.servers[0].Process.Kill())
	require.Error(t, p.servers[0].Wait())
	approving.Wait()
	p.approve(approvals[3], 0)
	feeding.Wait()
	stop()
	clicking.Wait()
	require.False(t, t.Failed())
	require.Positive(t, p.repeats.Load(), "the kill came too late")
	t.Logf("%d requests were repeated, %d clicks answered", p.repeats.Load(), len(p.clicks))

	p.requireFacts(facts)
	p.requireApprovals(facts)
	p.requireClicks()
	require.Zero(t, count(t, store, `SELECT count(*) FROM event_counters c
		WHERE c.last_seq - c.first_seq + 1 <> (SELECT count(*) FROM events e WHERE e.partner_id = c.partner_id)`), "events are numbered without gaps")
	require.Contains(t, output(t, database, "verify"), ": 0 faults")
	p.requireServers(1)
	t.Logf("the second server stopped counting the killed server after %s", time.Since(killed)) //nolint:forbidigo // only logs the duration
}

// url returns the address of a server, or of the other server if the first was
// killed.
func (p *pair) url(server int) string {
	if p.dead.Load() {
		server = 1
	}
	return p.urls[server]
}

// requireServers waits until the second server reports that n servers are
// running. Then it checks that the second server allows one n-th of a caller's
// rate limit.
func (p *pair) requireServers(n int) {
	p.t.Helper()
	want := fmt.Sprintf("\ntributary_processes{role=\"all\"} %d\n", n)
	waitUntil(p.t, func() bool {
		_, body, err := ask(p.urls[1]+"/metrics", "")
		return err == nil && strings.Contains(string(body), want)
	}, "the number of servers is not "+want)
	response, err := http.Get(p.urls[1] + "/api/partner/summary/")
	require.NoError(p.t, err)
	require.NoError(p.t, response.Body.Close())
	require.Equal(p.t, strconv.Itoa(500/n), response.Header.Get("Ratelimit-Limit"))
}

type approval struct{ body, key, token, id string }

// prepareApprovals waits for the rebate and gets a code for each approval. It
// sends requests to the two servers in turn, because either of them can send
// the mail.
func (p *pair) prepareApprovals(key string) (list []approval) {
	p.t.Helper()
	waitUntil(p.t, func() bool { return count(p.t, p.db, `SELECT count(*) FROM rebates WHERE status = 'pending'`) == 1 }, "nothing waits for approval")
	rows, err := db.Collect(p.t.Context(), p.db, func(rows db.Rows) (id string, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT CAST(row_id AS text) FROM rebate_rows WHERE status = 'pending' ORDER BY row_id`)
	require.NoError(p.t, err)
	require.Len(p.t, rows, pairAccounts)
	caller := &approver{t: p.t, key: key}
	for i := range pairApprovals {
		body := `{"rebates":[],"rebate_rows":[` + strings.Join(rows[i*pairApproved:(i+1)*pairApproved], ",") + `]}`
		caller.url = p.urls[i%2]
		payload := caller.post("/api/v2/autorebates/approve/start/", body, "")["verification_payload"]
		caller.url = p.urls[(i+1)%2]
		list = append(list, approval{body: body, key: key, token: caller.approvalToken(p.mails, payload), id: fmt.Sprintf("approval-%d", i)})
	}
	return list
}

// approve repeats an approval with the same idempotency key until it gets a
// response.
func (p *pair) approve(a approval, server int) {
	for {
		request, err := http.NewRequest(http.MethodPost, p.url(server)+"/api/v2/autorebates/approve/", strings.NewReader(a.body))
		if err != nil {
			p.t.Error(err)
			return
		}
		request.Header.Set("Authorization", "Bearer "+a.key)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Temporary-Token", a.token)
		request.Header.Set("Idempotency-Key", a.id)
		response, err := http.DefaultClient.Do(request)
		if err != nil && p.dead.Load() && server == 0 {
			p.repeats.Add(1)
			server = 1
			continue
		}
		if err != nil {
			p.t.Errorf("approving: %v", err)
			return
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode >= 300 {
			p.t.Errorf("approving: %s: %s", response.Status, text)
		}
		return
	}
}

// click visits the partner's link on both servers in turn until ctx ends. A
// visit without a response is followed by a new visit.
func (p *pair) click(ctx context.Context, visitor int) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for n := 0; ctx.Err() == nil; n++ {
		request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/a/alpha?sub_id=%d-%d", p.url(n%2), visitor, n), nil)
		if err != nil {
			p.t.Error(err)
			return
		}
		request.Header.Set("User-Agent", fmt.Sprintf("Mozilla/5.0 (visitor %d)", visitor))
		response, err := client.Do(request)
		if err != nil && p.dead.Load() {
			p.repeats.Add(1)
			continue
		}
		if err != nil {
			p.t.Errorf("clicking: %v", err)
			return
		}
		response.Body.Close()
		if response.StatusCode != http.StatusFound {
			p.t.Errorf("clicking: %s", response.Status)
			return
		}
		found := clickID.FindStringSubmatch(response.Header.Get("Location"))
		if found == nil {
			p.t.Errorf("a click led to %s", response.Header.Get("Location"))
			return
		}
		p.mu.Lock()
		p.clicks = append(p.clicks, found[1])
		p.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
}

var clickID = regexp.MustCompile(`[?&]click_id=([^&]+)`)

func (p *pair) requireApprovals(facts *pairFeed) {
	p.t.Helper()
	const paid = pairApprovals * pairApproved
	require.EqualValues(p.t, pairApprovals, count(p.t, p.db, `SELECT count(*) FROM rebate_approvals WHERE done_at IS NOT NULL`))
	require.EqualValues(p.t, pairApprovals, count(p.t, p.db, `SELECT count(*) FROM audit_log WHERE action = 'rebates.approved'`))
	require.EqualValues(p.t, paid, count(p.t, p.db, `SELECT count(*) FROM payouts WHERE amount_e6 = 550000`))
	require.EqualValues(p.t, paid, count(p.t, p.db, `SELECT count(DISTINCT client_account) FROM payouts`))
	// A client gets a quarter of 2.20 USD for each order.
	require.EqualValues(p.t, paid*550_000, count(p.t, p.db, `SELECT amount_e6 FROM balances WHERE account = 'payable'`))
	require.Equal(p.t, (pairAccounts-paid+facts.rebated)*550_000, count(p.t, p.db, `SELECT amount_e6 FROM balances WHERE account = 'rebates_reserved'`))
	// There is one mail for each code, one about the rebate and one about the
	// key. Each is sent once, although both servers send mails.
	require.EqualValues(p.t, pairApprovals+2, count(p.t, p.db, `SELECT count(*) FROM mails WHERE sent_at IS NOT NULL`))
	require.EqualValues(p.t, pairApprovals+2, count(p.t, p.db, `SELECT CAST(sum(attempts) AS bigint) FROM mails`))
}

func (p *pair) requireClicks() {
	p.t.Helper()
	store := click.NewSQLStore(p.db)
	signer, err := click.NewSigner(p.t.Context(), store, clock.System())
	require.NoError(p.t, err)
	found, err := click.NewFinder(store, signer).Clicks(p.t.Context(), p.clicks)
	require.NoError(p.t, err)
	require.Greater(p.t, len(p.clicks), 50)
	require.Len(p.t, found, len(p.clicks), "each answered click has its own id and is stored")
	kept := count(p.t, p.db, `SELECT count(*) FROM clicks`)
	require.LessOrEqual(p.t, kept, int64(len(p.clicks))+p.repeats.Load(), "only clicks that got no answer may be stored besides")
	require.Equal(p.t, kept, count(p.t, p.db, `SELECT CAST(sum(clicks) AS bigint) FROM click_hours`))
	require.EqualValues(p.t, pairClickers, count(p.t, p.db, `SELECT CAST(sum(uniques) AS bigint) FROM click_hours`), "both servers know the same visitors")
}
