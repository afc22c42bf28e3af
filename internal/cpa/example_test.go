package cpa_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

// exampleRow is a row of the example in docs/cpa.md.
type exampleRow struct {
	number                                int
	country, registered, deposits, lots   string
	status, reason, earns, limitedBy, all string
}

func readExample(t *testing.T) (bundle reward.CPA, rows []exampleRow) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "cpa.md"))
	require.NoError(t, err)
	plan := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindSubmatch(text)
	require.NotNil(t, plan)
	require.NoError(t, json.Unmarshal(plan[1], &bundle))
	cell := ` ([^|]*?) ?\|`
	for _, found := range regexp.MustCompile(`(?m)^\| (\d) \|`+strings.Repeat(cell, 8)+`$`).FindAllStringSubmatch(string(text), -1) {
		number, err := strconv.Atoi(found[1])
		require.NoError(t, err)
		rows = append(rows, exampleRow{
			number: number, country: found[2], registered: found[3], deposits: found[4], lots: found[5],
			status: found[6], reason: found[7], earns: found[8], limitedBy: found[9], all: found[0],
		})
	}
	require.Len(t, rows, 8)
	return bundle, rows
}

// feedExample feeds the facts of a row.
func (s *scene) feedExample(row exampleRow) {
	s.t.Helper()
	lines := s.lines(row.number, row.registered, `,"campaign_code":"spring"`)
	lines[0] = strings.Replace(lines[0], `"country":"PL"`, fmt.Sprintf(`"country":%q`, row.country), 1)
	for part := range strings.SplitSeq(row.deposits, ", ") {
		fields := strings.Fields(part)
		require.Len(s.t, fields, 3, row.all)
		dollars, err := strconv.Atoi(fields[2])
		require.NoError(s.t, err)
		lines = append(lines, s.depositLine(row.number, "2026-"+fields[0]+"T"+fields[1]+":00Z", dollars))
	}
	for part := range strings.SplitSeq(row.lots, ", ") {
		day, lots, _ := strings.Cut(part, " ")
		s.ticket++
		order := s.Order(account(row.number), s.ticket, "EURUSD", "2026-"+day+"T12:00:00Z", ``)
		lines = append(lines, strings.Replace(order, `"lots":1`, `"lots":`+lots, 1))
	}
	s.MustFeed(s.t, lines...)
}

// TestTheWorkedExample feeds the facts of the example in docs/cpa.md, and checks
// the result of each client.
func TestTheWorkedExample(t *testing.T) {
	t.Parallel()
	bundle, rows := readExample(t)
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		s := newScene(t, open(t), bundle)
		for _, row := range rows {
			s.feedExample(row)
		}
		rewards := money.Amount(dbtest.Scalar(t, s.DB, `SELECT CAST(sum(reward_usd_e6) AS bigint) FROM partner_days`))
		s.payOn("2026-07-01")
		var want []string
		for _, row := range rows {
			if row.status == "" {
				continue
			}
			paid := ""
			if row.status == "approved" {
				paid = "paid"
			}
			want = append(want, strings.Join(strings.Fields(strings.Join([]string{uid(row.number)[:8], row.status, row.reason, row.earns, paid, row.limitedBy}, " ")), " "))
		}
		require.Equal(t, strings.Join(want, ", "), s.CPA(t, programmetest.Alpha))
		require.Equal(t, (rewards + 400_000_000).String(), s.Wallet(t, programmetest.PartnerA))
		s.setDay("2026-07-10")
		s.MustFeed(t, s.Fact(feed.DepositReversed, "2026-07-10T00:00:00Z", fmt.Sprintf(`"client_account":%q,"amount_usd":1000`, account(2))))
		require.Equal(t, (rewards + 250_000_000).String(), s.Wallet(t, programmetest.PartnerA))
		require.Contains(t, s.CPA(t, programmetest.Alpha), "c0000002 rejected deposit_reversed 0 paid")
		programmetest.RequireSound(t, s.DB)
	})
}
