package agent_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// agentWorld gives A and B links to each other and to other agents. One of
// these agents is paid in a currency without a rate. If limits is true, some
// agreements have limits.
func agentWorld(t *testing.T, p *programmetest.Programme, random *rand.Rand, limits bool) {
	t.Helper()
	for _, l := range []struct {
		owner, code, email string
		link               int64
	}{
		{programmetest.PartnerA, "a-to-b", "b@example.com", 701},
		{programmetest.PartnerA, "a-to-c", "c@example.com", 702},
		{programmetest.PartnerB, "b-to-a", "a@example.com", 703},
		{programmetest.PartnerB, "b-to-d", "d@example.com", 704},
	} {
		p.AgentLink(t, l.owner, l.link, l.code, l.email)
		for i := range 3 {
			limit := int64(0)
			if limits && random.IntN(2) == 0 {
				limit = 1 + random.Int64N(3_000_000)
			}
			at := time.Date(2026, time.Month(2+i), 1+random.IntN(20), random.IntN(24), 0, 0, 0, time.UTC).Format(time.RFC3339)
			p.Agree(t, l.owner, l.link, at, random.Int64N(100_01)*100, limit)
		}
	}
}

// agentFacts returns a random history in which accounts and clients use agents'
// links, and an agent registers later.
func agentFacts(p *programmetest.Programme, random *rand.Rand) []string {
	codes := []string{"a-to-b", "a-to-c", "b-to-a", "b-to-d"}
	facts := append(programmetest.RandomFacts(p, random), programmetest.RandomMoves(p, random)...)
	for i, line := range facts {
		if strings.Contains(line, string(feed.ClientPartnerChanged)) || strings.Contains(line, string(feed.ClientMoved)) || strings.Contains(line, string(feed.AccountOpened)) {
			line = strings.ReplaceAll(line, `"partner_code":"beta"`, `"partner_code":"`+codes[random.IntN(4)]+`"`)
			facts[i] = strings.ReplaceAll(line, `"partner_code":"alpha"`, `"partner_code":"`+codes[random.IntN(4)]+`"`)
		}
	}
	facts = append(facts, p.Fact(feed.PartnerRegistered, "2026-03-03T00:00:00Z",
		`"partner_uid":"dddddddd-0000-4000-8000-000000000004","email":"d@example.com","country":"JP","program":"ib","partner_code":"delta","currency":"JPY","parent_code":"alpha"`))
	accounts := []string{"3000", "3001", "3002", "3003", "3004", "3005"}
	for i, code := range codes {
		accounts = append(accounts, strconv.Itoa(8100+i))
		facts = append(facts, p.OpenAccount([]string{programmetest.Client1, programmetest.Client2}[i%2], strconv.Itoa(8100+i), code, ""))
	}
	// These facts make sure that B has a share, whatever the random ones do.
	const always = "33333333-0000-4000-8000-000000000099"
	facts = append(facts, p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+always+`","email":"always@example.com","country":"DE","partner_code":"a-to-b"`),
		p.OpenAccount(always, "8200", "a-to-b", ""), p.Order("8200", 900, "EURUSD", "2026-05-01T00:00:00Z", `,"open_spread":30`))
	for i := range 8 {
		facts = append(facts, p.Fact(feed.OrderReversed, "2026-05-20T00:00:00Z", fmt.Sprintf(`"server":"Real","ticket":%d,"reason":"test"`, 500+5*i)))
	}
	for i := range 60 {
		at := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(100*24*60)) * time.Minute).Format(time.RFC3339)
		facts = append(facts, p.Order(accounts[random.IntN(len(accounts))], 500+i, "EURUSD", at, fmt.Sprintf(`,"open_spread":%d`, random.IntN(30))))
	}
	return facts
}

// agentAnyOrder checks that the same facts give the same books in any order and
// with repeats. The agreements have no limits.
func agentAnyOrder(t *testing.T, shuffled, ordered *programmetest.Programme) {
	seed := uint64(time.Now().UnixNano()) //nolint:forbidigo // every run needs another seed, and the log shows it
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	lines := shuffled.Setting()
	configuration := slices.Concat(lines[:6], programmetest.RandomServers(shuffled, random))
	facts := slices.Concat(lines[6:], agentFacts(shuffled, random), programmetest.RandomCorrections(shuffled, random, lines[2:6]))
	worlds := rand.NewPCG(seed, 2)
	for _, p := range []*programmetest.Programme{shuffled, ordered} {
		programmetest.WithOverrides(t, p)
		p.Feed(t, configuration...)
		worlds.Seed(seed, 2)
		agentWorld(t, p, rand.New(worlds), false)
	}
	shuffled.Shuffled(t, random, facts)
	ordered.Feed(t, facts...)
	books := programmetest.Dump(t.Context(), t, shuffled.DB)
	programmetest.RequireTables(t, books, "agent-share", "agreement", "override", "reward")
	if diff := cmp.Diff(books, programmetest.Dump(t.Context(), t, ordered.DB)); diff != "" {
		t.Fatalf("seed %d: the books differ (-shuffled +in order):\n%s", seed, diff)
	}
	programmetest.RequireSound(t, shuffled.DB)
	programmetest.RequireSound(t, ordered.DB)
}

// agentRandom checks that the books are sound if agreements have limits and
// clients get rebates. The earnings then depend on the order of the facts, so
// they cannot be compared.
func agentRandom(t *testing.T, p *programmetest.Programme) {
	seed := uint64(time.Now().UnixNano()) //nolint:forbidigo // every run needs another seed, and the log shows it
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	programmetest.WithOverrides(t, p)
	p.RebateGroup(t, programmetest.PartnerA, 900, "2026-02-20T00:00:00Z", 70, "MONTHLY", 1, true, "")
	p.RebateGroup(t, programmetest.PartnerB, 900, "2026-02-20T00:00:00Z", 100, "DAILY", 1, true, "")
	agentWorld(t, p, random, true)
	p.Feed(t, programmetest.RandomServers(p, random)...)
	p.Shuffled(t, random, agentFacts(p, random))
	require.Positive(t, dbtest.Scalar(t, p.DB, noShares))
}
