package metatrader_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/feed/metatrader"
)

// FuzzRead passes arbitrary data to Read. It checks that Read does not panic,
// returns the same result twice, yields only orders that the feed accepts, and
// returns every fault as a fault.Error.
func FuzzRead(f *testing.F) {
	for _, sample := range []string{statement, closedReport, rawReport, serverTable} {
		f.Add([]byte(sample))
	}
	f.Add([]byte("\xff\xfe<\x00t\x00r\x00>\x00"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte(htmlTable("A/C No: 500100", mailHeader, mailTrade)))
	athens, err := time.LoadLocation("Europe/Athens")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		opt := metatrader.Options{Server: "S", Account: "1"}
		if len(data)%2 == 1 { // half of all inputs test the options
			opt.DecimalComma, opt.DayFirst, opt.Zone = true, true, athens
		}
		read := func() (facts []feed.Fact, lines []int, failure error) {
			failure = metatrader.Read(bytes.NewReader(data), opt,
				func(line int, fact feed.Fact, err error) error {
					if err != nil {
						var bad *feed.LineError
						require.ErrorAs(t, err, &bad)
						require.NotEmpty(t, bad.Code)
						return nil
					}
					facts, lines = append(facts, fact), append(lines, line)
					return nil
				})
			return facts, lines, failure
		}
		facts, lines, err := read()
		if err != nil {
			require.NotEmpty(t, fault.CodeOf(err), err)
		}
		for i, fact := range facts {
			o := fact.Body.(*feed.Order)
			require.Positive(t, lines[i])
			require.LessOrEqual(t, len(fact.ID), 64)
			require.Contains(t, []string{feed.Buy, feed.Sell}, o.Side)
			require.Positive(t, o.Lots)
			require.Positive(t, o.Ticket)
			require.NotEmpty(t, o.Symbol)
			require.Regexp(t, `^[0-9]{1,20}$`, o.ClientAccount)
			require.False(t, o.OpenPrice <= 0 || o.ClosePrice <= 0 || o.CloseTime.Before(o.OpenTime))
			require.Equal(t, time.UTC, o.OpenTime.Location())
			require.Equal(t, fact.At, o.CloseTime)
			_, err := fact.At.MarshalJSON()
			require.NoError(t, err)
		}
		again, _, _ := read()
		require.Equal(t, facts, again)
	})
}
