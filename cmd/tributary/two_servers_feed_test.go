package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// pairFeed has the facts that the broker sends to two servers.
type pairFeed struct {
	of      [2][]string // facts for each server; some facts are in both lists
	facts   int64       // number of different facts
	orders  int64
	rebated int64 // number of orders of clients with rebates
}

const pairChunk = 200 // number of facts in one request

// pairFacts creates the facts of two more partners, and of further orders of
// the partner who gives rebates. Half of the orders are sent to both servers,
// and a quarter to each server alone. The servers get their facts in different
// orders.
func pairFacts() *pairFeed {
	const partners, clients, orders = 2, 40, 4000
	f := &pairFeed{}
	add := func(servers []int, format string, args ...any) {
		f.facts++
		for _, server := range servers {
			f.of[server] = append(f.of[server], fmt.Sprintf(format, args...))
		}
	}
	both := []int{0, 1}
	for i := range partners {
		add(both, `{"id":"tp%[1]d","type":"partner.registered","at":"2026-01-01T00:00:00Z","partner_uid":"a1000000-0000-4000-8000-%012[1]d",`+
			`"email":"tp%[1]d@example.com","country":"ZA","program":"ib","partner_code":"two%[1]d","currency":"USD"}`, i)
	}
	for i := range clients {
		add(both, `{"id":"tc%[1]d","type":"client.registered","at":"2026-01-02T00:00:00Z","client_uid":"c1000000-0000-4000-8000-%012[1]d",`+
			`"email":"tc%[1]d@example.com","country":"ZA","partner_code":"two%[2]d"}`, i, i%partners)
		add(both, `{"id":"ta%[1]d","type":"account.opened","at":"2026-01-03T00:00:00Z","client_account":"%[2]d",`+
			`"client_uid":"c1000000-0000-4000-8000-%012[1]d","server":"Real-1","platform":"mt5","account_type":"Standard","currency":"USD"}`, i, 200_000_000+i)
	}
	for i := range orders {
		account := 200_000_000 + i%clients
		if i%3 == 0 {
			account = 100_000_000 + i%pairAccounts
			f.rebated++
		}
		servers := both
		if i%4 < 2 {
			servers = []int{i % 2}
		}
		f.orders++
		add(servers, `{"id":"to%[1]d","type":"order.closed","at":"2026-03-02T00:05:00Z","server":"Real-1","ticket":%[1]d,"client_account":"%[2]d","symbol":"EURUSD","side":"buy","lots":"1",`+
			`"open_time":"2026-03-02T00:01:00Z","close_time":"2026-03-02T00:05:00Z","open_price":"1.1","close_price":"1.101","open_spread":10,"close_spread":12}`,
			1_000_000+i, account)
	}
	for server := range f.of {
		random := rand.New(rand.NewPCG(7, uint64(server)))
		random.Shuffle(len(f.of[server]), func(i, j int) { f.of[server][i], f.of[server][j] = f.of[server][j], f.of[server][i] })
	}
	return f
}

// feed sends facts to a server, one request after the other. A request without a
// response is sent again to the second server. feed calls onHalf when it has sent
// half of the facts.
func (p *pair) feed(server int, key string, lines []string, onHalf func()) {
	defer onHalf() // also after an error, so that the test ends
	sent := 0
	for chunk := range slices.Chunk(lines, pairChunk) {
		body := strings.Join(chunk, "\n") + "\n"
		answer, err := push(p.url(server), key, strings.NewReader(body))
		if err != nil && server == 0 && p.dead.Load() {
			p.repeats.Add(1)
			answer, err = push(p.url(server), key, strings.NewReader(body))
		}
		if err != nil {
			p.t.Errorf("feeding: %v", err)
			break
		}
		var got summary
		if err := json.Unmarshal([]byte(answer), &got); err != nil || got.Accepted+got.Duplicates != int64(len(chunk)) || got.Rejected != 0 {
			p.t.Errorf("feeding %d facts was answered %s", len(chunk), answer)
			break
		}
		if sent++; server == 0 && sent == len(lines)/pairChunk/2 {
			onHalf()
		}
	}
}

// requireFacts checks that each fact is stored and has its effect once. Each
// order earns 2.20 USD.
func (p *pair) requireFacts(f *pairFeed) {
	p.t.Helper()
	require.Equal(p.t, p.before+f.facts, count(p.t, p.db, `SELECT count(*) FROM facts`))
	require.Zero(p.t, count(p.t, p.db, `SELECT count(*) FROM facts_waiting`))
	orders := pairAccounts + f.orders
	require.Equal(p.t, orders, count(p.t, p.db, `SELECT count(*) FROM rewards`))
	require.Equal(p.t, orders*2_200_000, count(p.t, p.db, `SELECT CAST(sum(reward_usd_e6) AS bigint) FROM rewards`))
	require.Equal(p.t, orders*2_200_000, count(p.t, p.db, `SELECT CAST(sum(reward_usd_e6) AS bigint) FROM partner_days`))
}
