package programmetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// WithOverrides adds a plan that pays an override of 10 % to a partner's parent.
func WithOverrides(t *testing.T, p *Programme) {
	t.Helper()
	plan := reward.Default()
	plan.OverridePercents = []money.Percent{10_0000}
	_, err := reward.NewStore(p.DB).Add(t.Context(), plan, Now)
	require.NoError(t, err)
}

// RandomFacts returns random facts: accounts, changes of partner and type, deposits,
// orders and reversals. Some facts have an earlier time than facts that they depend
// on.
func RandomFacts(p *Programme, random *rand.Rand) []string {
	var out []string
	at := func() string {
		return time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(100*24*60)) * time.Minute).Format(time.RFC3339)
	}
	types := []string{"Standard", "Standard Cent", "Pro", "Raw Spread", "Social Pro"}
	clients := []string{Client1, Client2, "33333333-0000-4000-8000-000000000003"}
	out = append(out, p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+clients[2]+`","email":"three@example.com","country":"IT"`))
	accounts := []string{"1001", "2001"}
	for i := range 6 {
		number := strconv.Itoa(3000 + i)
		accounts = append(accounts, number)
		code := ""
		if random.IntN(3) == 0 {
			code = `,"partner_code":"beta"`
		}
		out = append(out, p.Fact(feed.AccountOpened, at(), fmt.Sprintf(
			`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":%q,"currency":"USD"%s`,
			number, clients[random.IntN(3)], types[random.IntN(5)], code)))
	}
	// gamma is paid in a currency that has no rate, so orders of gamma's clients wait.
	out = append(out, p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
		`"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"GBP"`))
	codes := []string{"alpha", "beta", "gamma"}
	for range 4 {
		out = append(out, p.Fact(feed.ClientPartnerChanged, at(), fmt.Sprintf(`"client_uid":%q,"partner_code":%q`, clients[random.IntN(3)], codes[random.IntN(3)])))
	}
	for _, kind := range []feed.Type{feed.ClientVerified, feed.ClientLeft, feed.ClientReturned, feed.ClientChangeCancelled, feed.ClientVerified} {
		out = append(out, p.Fact(kind, at(), fmt.Sprintf(`"client_uid":%q`, clients[random.IntN(3)])))
	}
	out = append(out,
		p.Fact(feed.ClientPartnerChanging, at(), fmt.Sprintf(`"client_uid":%q,"partner_code":"beta"`, clients[random.IntN(3)])),
		p.Fact(feed.ContactShared, at(), fmt.Sprintf(`"client_uid":%q,"granted":true`, clients[random.IntN(3)])))
	account := func() string { return accounts[random.IntN(len(accounts))] }
	for range 5 {
		out = append(out,
			p.Fact(feed.AccountTypeChanged, at(), fmt.Sprintf(`"client_account":%q,"account_type":%q`, account(), types[random.IntN(5)])),
			p.Fact(feed.DepositReceived, at(), fmt.Sprintf(`"client_account":%q,"amount_usd":%d`, account(), random.IntN(1000))),
			p.Fact(feed.AccountEquity, at(), fmt.Sprintf(`"client_account":%q,"balance_usd":%d,"equity_usd":7`, account(), random.IntN(1000))))
	}
	symbols := []string{"EURUSD", "eurusdm", "USDJPY", "USDJPY."}
	names := []string{"Real", "REAL", " real", "Moved", "moved"}
	for i := range 60 {
		of := account()
		order := p.Order(of, 100+i, symbols[random.IntN(4)], at(), fmt.Sprintf(`,"open_spread":%d`, random.IntN(30)))
		server := names[random.IntN(3)]
		if slices.Contains(movedAccounts, of) {
			server = names[random.IntN(5)]
		}
		out = append(out, strings.Replace(order, `"server":"Real"`, fmt.Sprintf(`"server":%q`, server), 1))
	}
	for range 30 {
		kind := []feed.Type{feed.OrderReversed, feed.OrderReversed, feed.OrderReinstated}[random.IntN(3)]
		out = append(out, p.Fact(kind, at(), fmt.Sprintf(`"server":%q,"ticket":%d,"reason":"test"`, names[random.IntN(3)], 100+random.IntN(15))))
	}
	return out
}

// RandomMoves returns facts that move the clients of RandomFacts to other partners.
func RandomMoves(p *Programme, random *rand.Rand) []string {
	out := make([]string, 5)
	for i := range out {
		at := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(100*24)) * time.Hour).Format(time.RFC3339)
		out[i] = p.Fact(feed.ClientMoved, at, fmt.Sprintf(`"client_uid":%q,"partner_code":%q,"reason":"test"`,
			Pick(random, Client1, Client2, "33333333-0000-4000-8000-000000000003"), Pick(random, "alpha", "alpha", "beta", "beta", "gamma")))
	}
	return out
}

// RandomParents returns facts that give the partners of RandomFacts other parents. Some
// of them would put a partner below itself. The last facts are an order of another
// partner, below Alpha, so that there is always an override.
func RandomParents(p *Programme, random *rand.Rand) []string {
	var out []string
	for range 6 {
		at := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(70*4)) * 6 * time.Hour).Format(time.RFC3339)
		code := Pick(random, "alpha", "beta", "beta", "gamma")
		parent := Pick(random, "alpha", "beta", "gamma")
		change := fmt.Sprintf(`"parent_code":%q`, parent)
		switch {
		case parent == code:
			change = `"no_parent":true`
		case random.IntN(4) == 0:
			change += `,"country":"` + Pick(random, "CY", "DE", "TH") + `"`
		}
		out = append(out, p.Fact(feed.PartnerChanged, at, fmt.Sprintf(`"partner_code":%q,%s,"reason":"test"`, code, change)))
	}
	const below = "55555555-0000-4000-8000-000000000005"
	return append(out,
		p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
			`"partner_uid":"`+below+`","email":"below@example.com","country":"GB","program":"ib","partner_code":"below","currency":"EUR","parent_code":"alpha"`),
		p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+below+`","email":"five@example.com","country":"IT","partner_code":"below"`),
		p.OpenAccount(below, "5001", "", ``), p.Order("5001", 900, "EURUSD", "2026-05-20T12:00:00Z", ``))
}

var movedAccounts = []string{"1001", "3000", "3002"}

// RandomServers returns facts that move accounts to another server.
func RandomServers(p *Programme, random *rand.Rand) []string {
	var out []string
	for _, account := range movedAccounts {
		at := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(100*24)) * time.Hour).Format(time.RFC3339)
		out = append(out, p.Fact(feed.AccountServerChanged, at, fmt.Sprintf(`"client_account":%q,"server":"Moved"`, account)))
	}
	return out
}

// RandomCorrections returns facts that correct instruments and rates, followed by
// facts that correct two of these corrections. A correction may apply from a
// different time than the fact that it corrects.
func RandomCorrections(p *Programme, random *rand.Rand, configuration []string) []string {
	var out []string
	correct := func(wrong string, change ...string) string {
		var fact struct{ ID, Type string }
		if err := json.Unmarshal([]byte(wrong), &fact); err != nil {
			panic(err)
		}
		p.Next++
		at := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(4*30*24)) * time.Hour).Format(time.RFC3339)
		right := regexp.MustCompile(`"at":"[^"]*"`).ReplaceAllString(wrong, `"at":"`+at+`"`)
		right = regexp.MustCompile(`,"corrects":"[^"]*","reason":"[^"]*"`).ReplaceAllString(right, "")
		right = strings.Replace(right, `"id":"`+fact.ID+`"`, fmt.Sprintf(`"id":"t-%d","corrects":%q,"reason":"a typo"`, p.Next, fact.ID), 1)
		right = strings.NewReplacer(change...).Replace(right)
		out = append(out, right)
		return right
	}
	first := correct(configuration[1], `"avg_spread":"12.5"`, `"avg_spread":"13.5"`)
	correct(first, `"avg_spread":"13.5"`, `"avg_spread":11`, `"point_size":0.001`, `"point_size":0.0015`)
	correct(configuration[0], `"group":"forex"`, `"group":"metals"`)
	correct(configuration[2], `0.006666666667`, `0.007`)
	rate := correct(configuration[3], `1.085`, `1.19`)
	correct(rate, `1.19`, `1.17`)
	return out
}

// FromEnv returns the number in an environment variable, or a default if the variable
// is not set. To repeat a failed random test, set the variable for the seed.
func FromEnv(t *testing.T, name string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return n
}
