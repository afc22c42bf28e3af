package feed_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
)

// lines are valid lines, one for each type, without the fields id, type and at.
var lines = map[feed.Type]string{
	feed.PartnerRegistered:     `"partner_uid":"aaaaaaaa-0000-4000-8000-000000000001","email":" A@Example.com","country":"cy","program":"ib","partner_code":"alpha","currency":"usd"`,
	feed.InstrumentSet:         `"symbol":"eurusd","group":"forex","base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":9.5`,
	feed.RateSet:               `"currency":"JPY","usd":"0.006666666667"`,
	feed.ClientRegistered:      `"client_uid":"11111111-0000-4000-8000-000000000001","email":"one@example.com","country":"DE","partner_code":null,"sub_id":"s"`,
	feed.ClientVerified:        `"client_uid":"11111111-0000-4000-8000-000000000001"`,
	feed.ClientPartnerChanging: `"client_uid":"11111111-0000-4000-8000-000000000001","partner_code":"beta"`,
	feed.ClientPartnerChanged:  `"client_uid":"11111111-0000-4000-8000-000000000001","partner_code":"beta"`,
	feed.ClientChangeCancelled: `"client_uid":"11111111-0000-4000-8000-000000000001"`,
	feed.ClientLeft:            `"client_uid":"11111111-0000-4000-8000-000000000001"`,
	feed.ClientReturned:        `"client_uid":"11111111-0000-4000-8000-000000000001"`,
	feed.ContactShared:         `"client_uid":"11111111-0000-4000-8000-000000000001","granted":false`,
	feed.AccountOpened:         `"client_account":"1001","client_uid":"11111111-0000-4000-8000-000000000001","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`,
	feed.AccountTypeChanged:    `"client_account":1001,"account_type":"Zero"`,
	feed.AccountEquity:         `"client_account":"1001","balance_usd":"10.50","equity_usd":0`,
	feed.DepositReceived:       `"client_account":"1001","amount_usd":100`,
	feed.DepositFailed:         `"client_account":"1001","amount_usd":100`,
	feed.DepositReversed:       `"client_account":"1001","amount_usd":100`,
	feed.OrderClosed:           order,
	feed.OrderReversed:         `"server":"Real","ticket":7,"reason":"price error"`,
	feed.DayTotals:             `"server":"Real","day":"2026-03-01","orders":2,"lots":"1.5"`,
	feed.PayoutPaid:            `"payout_id":"p-1"`,
	feed.PayoutFailed:          `"payout_id":"p-1","reason":"closed account"`,
}

const order = `"server":"Real","ticket":7,"client_account":"1001","symbol":"EURUSDm","side":"buy","lots":0.33,` +
	`"open_time":"2026-03-01T09:00:00+02:00","close_time":"2026-03-01T10:00:00Z","open_price":1.081,"close_price":"1.0825","open_spread":8,"profit":-12.5`

func line(kind feed.Type, members string) string {
	return fmt.Sprintf(`{"id":"x-1","type":%q,"at":"2026-03-01T10:00:00Z",%s}`, kind, members)
}

func TestEveryTypeIsReadAndKept(t *testing.T) {
	t.Parallel()
	for _, s := range feed.Specs() {
		texts := []string{s.Example}
		if members := lines[s.Type]; members != "" {
			texts = append(texts, line(s.Type, members))
		}
		for _, text := range texts {
			f, err := feed.ParseLine([]byte(text))
			require.NoError(t, err, s.Type)
			require.Equal(t, s.Type, f.Type)
			kept, err := feed.Decode(f.ID, f.Type, f.At, f.Encode())
			require.NoError(t, err, s.Type)
			require.Equal(t, f, kept, s.Type)
			require.Equal(t, f.Digest(), kept.Digest(), s.Type)
		}
	}
}

func TestOrderIsReadExactly(t *testing.T) {
	t.Parallel()
	f, err := feed.ParseLine([]byte(line(feed.OrderClosed, order)))
	require.NoError(t, err)
	spread := money.Spread(8_0000)
	require.Equal(t, &feed.Order{
		Server: "Real", Ticket: 7, ClientAccount: "1001", Symbol: "EURUSDm", Side: feed.Buy, Lots: 33_000_000,
		OpenTime: time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC), CloseTime: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		OpenPrice: 10_810_000_000, ClosePrice: 10_825_000_000, OpenSpread: &spread, Profit: -12_500_000,
	}, f.Body)
}

func TestRepeatsCompareFieldsNotBytes(t *testing.T) {
	t.Parallel()
	digest := func(text string) feed.Digest {
		f, err := feed.ParseLine([]byte(text))
		require.NoError(t, err)
		return f.Digest()
	}
	first := digest(`{"id":"a","type":"rate.set","at":"2026-03-01T10:00:00Z","currency":"EUR","usd":1.10}`)
	require.Equal(t, first, digest(` {"usd":"1.1","reason":null,"currency":" eur ","at":"2026-03-01T12:00:00+02:00","type":"rate.set","id":"a"} `))
	require.NotEqual(t, first, digest(`{"id":"a","type":"rate.set","at":"2026-03-01T10:00:00Z","currency":"EUR","usd":1.11}`))
	require.NotEqual(t, first, digest(`{"id":"a","type":"rate.set","at":"2026-03-01T10:00:01Z","currency":"EUR","usd":1.10}`))
}

func TestBadLines(t *testing.T) {
	t.Parallel()
	replace := func(old, with string) string { return line(feed.OrderClosed, strings.Replace(order, old, with, 1)) }
	for name, c := range map[string]struct{ text, code, names string }{
		"not json":              {`nonsense`, "invalid_json", ""},
		"an array":              {`[1]`, "invalid_json", ""},
		"not utf-8":             {"{\"id\":\"\xff\"}", "invalid_json", ""},
		"no id":                 {`{"type":"rate.set","at":"2026-03-01T10:00:00Z"}`, "required", "id"},
		"long id":               {`{"id":"` + strings.Repeat("x", 65) + `","type":"rate.set","at":"2026-03-01T10:00:00Z"}`, "max_length", "id"},
		"no type":               {`{"id":"a","at":"2026-03-01T10:00:00Z"}`, "required", "type"},
		"unknown type":          {line("order.opened", `"x":1`), "unknown_type", "type"},
		"no at":                 {`{"id":"a","type":"rate.set"}`, "required", "at"},
		"at without zone":       {`{"id":"a","type":"rate.set","at":"2026-03-01T10:00:00"}`, "invalid", "at:"},
		"a missing field":       {replace(`"symbol":"EURUSDm",`, ``), "required", "symbol"},
		"null is missing":       {replace(`"symbol":"EURUSDm"`, `"symbol":null`), "required", "symbol"},
		"too many places":       {replace(`0.33`, `0.333333333`), "decimal_places", "lots:"},
		"places of a string":    {replace(`0.33`, `"0.333333333"`), "decimal_places", "lots:"},
		"a negative spread":     {replace(`"open_spread":8`, `"open_spread":-8`), "out_of_range", "open_spread"},
		"negative lots":         {replace(`0.33`, `-0.33`), "out_of_range", "lots"},
		"no lots":               {replace(`0.33`, `0`), "out_of_range", "lots"},
		"too many lots":         {replace(`0.33`, `1e9`), "out_of_range", "lots"},
		"overflow":              {replace(`0.33`, `1e30`), "out_of_range", "lots:"},
		"a wrong side":          {replace(`"buy"`, `"long"`), "invalid", "side"},
		"a number for a text":   {replace(`"symbol":"EURUSDm"`, `"symbol":5`), "invalid", "symbol:"},
		"a ticket with a point": {replace(`"ticket":7`, `"ticket":7.5`), "invalid", "ticket:"},
		"a letter in an account": {
			line(feed.DepositReceived, `"client_account":"12a","amount_usd":1`), "invalid", "client_account",
		},
		"closed before opened": {replace(`"2026-03-01T10:00:00Z"`, `"2026-03-01T06:00:00Z"`), "invalid", "close_time"},
		"no e-mail":            {line(feed.ClientRegistered, `"client_uid":"11111111-0000-4000-8000-000000000001","email":"x","country":"DE"`), "invalid", "email"},
		"no country":           {line(feed.ClientRegistered, `"client_uid":"11111111-0000-4000-8000-000000000001","email":"x@y","country":"Germany"`), "invalid", "country"},
		"the nil client":       {line(feed.ClientVerified, `"client_uid":"00000000-0000-0000-0000-000000000000"`), "required", "client_uid"},
		"no day":               {line(feed.DayTotals, `"server":"R","day":"01.03.2026","orders":1,"lots":1`), "invalid", "day"},
		"a control character":  {replace(`EURUSDm`, `EUR\u0000USD`), "invalid", "symbol"},
		"a long line":          {strings.Repeat(" ", feed.MaxLine+1), "max_length", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := feed.ParseLine([]byte(c.text))
			var bad *feed.LineError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, c.code, bad.Code, bad.Message)
			require.Contains(t, bad.Message, c.names)
			if strings.Contains(c.text, `"id":"x-1"`) {
				require.Equal(t, "x-1", bad.ID)
			}
		})
	}
}

func TestOrderIDs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Real:7", feed.OrderKey{Server: "Real", Ticket: 7}.ID())
	require.Equal(t, "Real:7-2", feed.OrderKey{Server: "Real", Ticket: 7, Part: 2}.ID())
	for _, key := range []feed.OrderKey{
		{Server: "Real"}, {Server: "Real", Ticket: 7}, {Server: "Real", Ticket: 7, Part: 2}, {Server: "a:b-2 é", Ticket: math.MaxInt64, Part: math.MaxInt32},
	} {
		parsed, ok := feed.ParseOrderID(key.ID())
		require.True(t, ok, key.ID())
		require.Equal(t, key, parsed)
	}
	for _, text := range []string{
		"", ":", "7", "Real", "Real:", ":7", "Real:x", "Real:+5", "Real:005", "Real:-5", "Real:5.0", "Real:5 ", "Real:9223372036854775808",
		"Real:5-", "Real:5-0", "Real:5-1", "Real:5-+2", "Real:5-02", "Real:5--2", "Real:5-2-2", "Real:5-2147483648", "Re\x00al:5", "Re\xffal:5",
	} {
		_, ok := feed.ParseOrderID(text)
		require.False(t, ok, "%q", text)
	}
}

func FuzzParseLine(f *testing.F) {
	for kind, members := range lines {
		f.Add([]byte(line(kind, members)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fact, err := feed.ParseLine(text)
		if err != nil {
			var bad *feed.LineError
			require.ErrorAs(t, err, &bad)
			require.NotEmpty(t, bad.Code)
			require.NotEmpty(t, bad.Message)
			return
		}
		require.True(t, json.Valid(fact.Encode()))
		kept, err := feed.Decode(fact.ID, fact.Type, fact.At, fact.Encode())
		require.NoError(t, err)
		require.Equal(t, fact.Digest(), kept.Digest())
	})
}
