package accrual_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestCorrections checks configuration facts that arrive late, and
// configuration facts that correct another fact.
func TestCorrections(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *programmetest.Programme){
			"a late fact changes no reward":          lateConfiguration,
			"an instrument is corrected":             instrumentCorrected,
			"a rate is corrected":                    rateCorrected,
			"a rate of overrides is corrected":       overrideRateCorrected,
			"a correction is corrected":              correctionCorrected,
			"a correction before what it corrects":   correctionEarly,
			"a correction that takes a version away": correctionTakesAway,
			"what cannot be corrected":               notCorrected,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				test(t, p)
				programmetest.RequireSound(t, p.DB)
			})
		}
	})
}

// correctionOf returns a copy of a fed line that corrects this line. The copy
// has another id, and has rightText in place of wrongText.
func correctionOf(t *testing.T, p *programmetest.Programme, wrong, wrongText, rightText string) string {
	t.Helper()
	require.Contains(t, wrong, wrongText)
	id := idOf(t, wrong)
	right := p.Fact(feed.RateSet, "2026-01-01T00:00:00Z", `"x":1`)
	return strings.Replace(strings.Replace(wrong, wrongText, rightText, 1), `"id":"`+id+`"`, `"id":"`+idOf2(right)+`","corrects":"`+id+`","reason":"a typo"`, 1)
}

func idOf2(line string) string {
	_, rest, _ := strings.Cut(line, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func lateConfiguration(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	p.MustFeed(t, setting...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	late := p.Fact(feed.InstrumentSet, "2026-02-15T00:00:00Z", `"symbol":"EURUSD","group":"forex","base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":20`)
	p.MustFeed(t, late)
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, p.Order("1001", 2, "EURUSD", "2026-03-01T11:00:00Z", ``))
	require.Equal(t, "6", p.Wallet(t, programmetest.PartnerA))
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM postings WHERE kind = 'correction'`))
	// The correction changes only the first order, which used the wrong fact.
	// This order is booked again with the late fact, which was in force when the
	// order closed.
	p.MustFeed(t, correctionOf(t, p, setting[2], `"avg_spread":10`, `"avg_spread":11`))
	require.Equal(t, "8", p.Wallet(t, programmetest.PartnerA), "the first order used the wrong fact, and is booked again with the late fact")
}

func instrumentCorrected(t *testing.T, p *programmetest.Programme) {
	programmetest.WithOverrides(t, p)
	setting := p.Setting()
	p.MustFeed(t, setting...)
	p.RebateGroup(t, programmetest.PartnerB, 900, "2026-01-01T00:00:00Z", 10, "MONTHLY", 1, true, "")
	p.MustFeed(t,
		p.Order("2001", 1, "EURUSDm", "2026-03-01T10:00:00Z", ``),
		p.Order("2001", 2, "EURUSD", "2026-03-02T10:00:00Z", ``), orderChange(p, feed.OrderReversed, "2026-03-05T00:00:00Z", "2001", 2),
		p.Order("2001", 3, "USDJPY", "2026-03-02T10:00:00Z", ``))
	require.Equal(t, "3.666667", p.Rewards(t, programmetest.PartnerB))
	correction := correctionOf(t, p, setting[2], `"avg_spread":10`, `"avg_spread":15`)
	p.MustFeed(t, correction)
	require.Equal(t, "4.666667", p.Rewards(t, programmetest.PartnerB), "3 for 2, and the reversed one still reversed")
	require.Equal(t, "0.466667", p.Wallet(t, programmetest.PartnerA), "what the partner above earned")
	require.EqualValues(t, 3, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM reward_revisions WHERE fact_id = $1`, idOf(t, correction)), "two orders and a reversal")
	require.Positive(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM postings WHERE kind = 'correction' AND cause = $1`, idOf(t, correction)))
	var details string
	require.NoError(t, p.DB.QueryRow(t.Context(), `SELECT details FROM audit_log WHERE action = 'configuration.corrected' AND subject = $1`, idOf(t, correction)).Scan(&details))
	require.JSONEq(t, `{"type":"instrument.set","corrects":"`+idOf(t, setting[2])+`","reason":"a typo","rewards":2}`, details)
	p.MustFeed(t, p.Order("2001", 4, "EURUSD", "2026-03-03T10:00:00Z", ``))
	require.Equal(t, "7.666667", p.Rewards(t, programmetest.PartnerB))
	require.EqualValues(t, 1, p.Feed(t, correction).Duplicates)
}

func rateCorrected(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	p.MustFeed(t, setting...)
	p.MustFeed(t, p.Order("2001", 1, "USDJPY", "2026-03-01T10:00:00Z", ``), p.Order("2001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.Equal(t, "3.379417", p.Wallet(t, programmetest.PartnerB))
	p.MustFeed(t, correctionOf(t, p, setting[4], `0.006666666667`, `0.008`))
	// 1 x 100000 x 0.001 x 12.5 x 0.008 x 20 % = 2 USD; divided by 1.085 for EUR
	require.Equal(t, "3.686636", p.Wallet(t, programmetest.PartnerB), "after the correction of the quote currency's rate")
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM reward_revisions`))
	p.MustFeed(t, correctionOf(t, p, setting[5], `1.085`, `1.25`))
	require.Equal(t, "3.2", p.Wallet(t, programmetest.PartnerB), "after the correction of the rate of the partner's currency")
	require.Equal(t, "4", p.Rewards(t, programmetest.PartnerB))
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-02-20T00:00:00Z", `"client_account":"2001","account_type":"Standard"`))
	require.Equal(t, "3.2", p.Wallet(t, programmetest.PartnerB), "booked again with the rates that are right")
}

// overrideRateCorrected checks a rate that is used only for the parent's
// override. A late rate changes no override, unless it is a correction.
func overrideRateCorrected(t *testing.T, p *programmetest.Programme) {
	programmetest.WithOverrides(t, p)
	setting := p.Setting()
	setting[0] = strings.Replace(setting[0], `"currency":"USD"`, `"currency":"CHF"`, 1)
	setting[1] = strings.Replace(setting[1], `"currency":"EUR"`, `"currency":"USD"`, 1)
	rate := p.Fact(feed.RateSet, "2026-01-01T09:00:00Z", `"currency":"CHF","usd":"1.25"`)
	p.MustFeed(t, append(setting, rate)...)
	p.MustFeed(t, p.Order("2001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.Equal(t, "0.16", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, p.Fact(feed.RateSet, "2026-02-25T09:00:00Z", `"currency":"CHF","usd":"2"`))
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-02-20T00:00:00Z", `"client_account":"2001","account_type":"Standard"`))
	require.Equal(t, "0.16", p.Wallet(t, programmetest.PartnerA), "booked again at the rate it had")
	p.MustFeed(t, correctionOf(t, p, rate, `1.25`, `1.6`))
	require.Equal(t, "0.1", p.Wallet(t, programmetest.PartnerA), "the wrong one counts no more: the late one is in force")
}

func correctionCorrected(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	p.MustFeed(t, setting...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	first := correctionOf(t, p, setting[2], `"avg_spread":10`, `"avg_spread":20`)
	p.MustFeed(t, first)
	require.Equal(t, "4", p.Wallet(t, programmetest.PartnerA))
	second := strings.Replace(correctionOf(t, p, setting[2], `"avg_spread":10`, `"avg_spread":15`), `"corrects":"`+idOf(t, setting[2])+`"`, `"corrects":"`+idOf(t, first)+`"`, 1)
	p.MustFeed(t, second)
	require.Equal(t, "3", p.Wallet(t, programmetest.PartnerA))
	s := p.Feed(t, correctionOf(t, p, setting[2], `"avg_spread":10`, `"avg_spread":16`))
	require.EqualValues(t, 1, s.RejectedCount)
	require.Contains(t, s.Rejected[0].Message, idOf(t, first), "the message names the correction in force")
}

func correctionEarly(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	first := correctionOf(t, p, setting[2], `"avg_spread":10`, `"avg_spread":20`)
	require.EqualValues(t, 1, p.Feed(t, first).Unattributed)
	require.Equal(t, "fact", p.Health(t).Waiting[0].Kind)
	p.MustFeed(t, setting...)
	require.Zero(t, p.Health(t).Total())
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.Equal(t, "4", p.Wallet(t, programmetest.PartnerA))
}

// correctionTakesAway checks a correction that is in force from a later time
// than the wrong fact. Orders that closed before this time have to wait again.
func correctionTakesAway(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	p.MustFeed(t, setting...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), p.Order("1001", 2, "EURUSD", "2026-04-01T10:00:00Z", ``))
	moved := strings.Replace(correctionOf(t, p, setting[2], `"avg_spread":10`, `"avg_spread":20`), "2026-01-01T00:00:00Z", "2026-03-15T00:00:00Z", 1)
	require.EqualValues(t, 1, p.Feed(t, moved).Accepted)
	require.Equal(t, "4", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 1, p.Health(t).Total())
	require.EqualValues(t, 20544, dbtest.Scalar(t, p.DB, `SELECT first_trade_day FROM accounts WHERE client_account = '1001'`))
	p.MustFeed(t, p.Fact(feed.InstrumentSet, "2026-01-01T00:00:00Z", `"symbol":"EURUSD","group":"forex","base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":5`))
	require.Equal(t, "5", p.Wallet(t, programmetest.PartnerA))
}

func notCorrected(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	p.MustFeed(t, setting...)
	for name, line := range map[string]string{
		"another symbol": strings.Replace(correctionOf(t, p, setting[2], `"EURUSD"`, `"USDJPY"`), `"quote_currency":"USD"`, `"quote_currency":"JPY"`, 1),
		"another type":   strings.Replace(correctionOf(t, p, setting[5], `1.085`, `1.1`), idOf(t, setting[5]), idOf(t, setting[2]), 1),
		"a currency":     correctionOf(t, p, setting[5], `"EUR"`, `"JPY"`),
	} {
		s := p.Feed(t, line)
		require.EqualValues(t, 1, s.RejectedCount, name)
		require.Equal(t, "conflict", s.Rejected[0].Code, name)
		require.Contains(t, s.Rejected[0].Message, "corrects: ", name)
	}
	itself := correctionOf(t, p, setting[5], `1.085`, `1.1`)
	itself = strings.Replace(itself, `"corrects":"`+idOf(t, setting[5])+`"`, `"corrects":"`+idOf(t, itself)+`"`, 1)
	require.EqualValues(t, 1, p.Feed(t, itself).RejectedCount)
}
