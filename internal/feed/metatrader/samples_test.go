package metatrader_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/feed/metatrader"
)

// The following small histories are invented, but have the form of real ones.

const statementHead = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head><title>Statement: 5012</title><style type="text/css"><!-- td { font: 8pt Arial; } //--></style></head>
<body><div><b>Cuenta de demostraci` + "\xf3" + `n</b></div>
<table>
<tr align=left><td colspan=2><b>Account: 5012</b></td><td colspan=5><b>Name: </b></td><td colspan=2><b>Currency: JPY</b></td>
  <td colspan=5 align=right><b>2020 May 16, 22:35</b></td></tr>
<tr align=left><td colspan=13><b>Closed Transactions:</b></td></tr>
`

const statementColumns = `<tr align=center><td>Ticket</td><td nowrap>Open Time</td><td>Type</td><td>Size</td><td>Item</td>
  <td>Price</td><td>S / L</td><td>T / P</td><td nowrap>Close Time</td><td>Price</td><td>Commission</td><td>Taxes</td><td>Swap</td><td>Profit</td></tr>
`

// The first trade is the partial close of a position, and the second trade is
// the rest of the position. The second trade has its own ticket, but the same
// open time and open price.
const statementClosed = `<tr><td title="to #702">701</td><td class=msdate nowrap>2020.03.02 08:00:01</td><td>buy</td><td class=mspt>0.30</td><td>eurusd</td><td>1.10500</td><td>0.00000</td><td>0.00000</td><td>2020.03.02 09:15:00</td><td>1.10625</td><td>-3</td><td>0</td><td>0</td><td>12 345</td></tr>
<tr><td title="from #701">702</td><td>2020.03.02 08:00:01</td><td>buy</td><td>0.70</td><td>eurusd</td><td>1.10500</td><td>0.00000</td><td>0.00000</td><td>2020.03.03 10:00:00</td><td>1.10400</td><td>-7</td><td>0</td><td>-12</td><td>-1 217 846.90</td></tr>
<tr><td title="Deposit">703</td><td>2020.03.01 00:00:00</td><td>balance</td><td colspan=10 align=left>Deposit</td><td>100 000</td></tr>
<tr><td title="bonus">704</td><td>2020.03.01 00:00:00</td><td>credit</td><td colspan=10 align=left>bonus</td><td>500</td></tr>
<tr><td title="cancelled">705</td><td>2020.03.02 08:00:00</td><td>sell limit</td><td>0.10</td><td>eurusd</td><td>1.12</td><td>0</td><td>0</td><td>2020.03.02 08:10:00</td><td>1.11</td><td colspan=4>cancelled</td></tr>
<tr><td>706</td><td>2020.03.02 08:00:00</td><td>buy</td><td>9.99</td><td>profit</td><td>1.12</td><td>0</td><td>0</td><td>2020.03.02 08:10:00</td><td>1.11</td><td>0</td><td>0</td><td>0</td><td>9</td></tr>
<tr><td colspan=10>&nbsp;</td><td>-10</td><td>0</td><td>-12</td><td>-5 501</td></tr>
<tr><td colspan=12 align=right><b>Closed P/L:</b></td><td colspan=2><b>-5 523</b></td></tr>
`

const statementTail = `<tr align=left><td colspan=14><b>Open Trades:</b></td></tr>
` + statementColumns + `<tr><td>801</td><td>2020.05.01 08:00:01</td><td>buy</td><td>1.00</td><td>eurusd</td><td>1.1</td><td>0</td><td>0</td><td>&nbsp;</td><td>1.2</td><td>0</td><td>0</td><td>0</td><td>5</td></tr>
<tr><td>802</td><td>2020.05.01 08:00:01</td><td>buy</td><td>1.00</td><td>eurusd</td><td>1.1</td><td>0</td><td>0</td><td>2020.05.02 08:00:01</td><td>1.2</td><td>0</td><td>0</td><td>0</td><td>5</td></tr>
<tr align=left><td colspan=14><b>Working Orders:</b></td></tr>
<tr><td>Ticket</td><td>Open Time</td><td>Type</td><td>Size</td><td>Item</td><td>Price</td><td>S / L</td><td>T / P</td><td colspan=2>Market Price</td><td colspan=4>&nbsp;</td></tr>
<tr><td colspan=13 align=center>No transactions</td></tr>
<tr align=left><td colspan=14><b>Summary:</b></td></tr>
<tr><td colspan=2><b>Balance:</b></td><td colspan=2><b>1 088.72</b></td></tr>
<tr align=left><td colspan=14><b>Details:</b></td></tr>
<tr><td colspan=14><img src="DetailedStatement.gif" alt="Graph"></td></tr>
</table></div></body></html>
`

const statement = statementHead + statementColumns + statementClosed + statementTail

const closedReport = `<html><head><title>Closed Trades Report</title></head><body><table>
<tr><td colspan=17><b>Closed Trades Report</b> for 'all' from 2021.01.01 to 2021.02.01</td></tr>
<tr><td>Deal</td><td>Login</td><td>Name</td><td nowrap>Open Time</td><td>Type</td><td>Symbol</td><td>Volume</td><td>Open Price</td><td>Close Time</td><td>Close Price</td><td>Commission</td><td>Taxes</td><td>Agent</td><td>Swap</td><td>Profit</td><td>Pips</td><td>Comment</td></tr>
<tr><td>31</td><td>9001</td><td>` + "\xd5\xc5\xc8\xfd" + `</td><td>2021.01.04 10:00:00</td><td>sell</td><td>XAUUSD.m</td><td>1.50</td><td class=pt2>1930.25</td><td>2021.01.04 12:30:45</td><td class=pt2>1925.00</td><td>-10.50</td><td>9.00</td><td>8.00</td><td>0.25</td><td>787.50</td><td>525</td><td>mam#30|9000</td></tr>
<tr><td>32</td><td>9002</td><td>B</td><td>2021.01.04 10:00</td><td>buy</td><td>usdjpy</td><td>0.01</td><td class=pt3>103.105</td><td>2021.01.05 09:00</td><td class=pt3>103.000</td><td>0.00</td><td>0.00</td><td>0.00</td><td>0.00</td><td>-1.02</td><td>-105</td><td></td></tr>
<tr><td colspan=6><b>Summary:</b></td><td><b>24 201.78</b></td><td colspan=3>&nbsp;</td><td><b>-99</b></td><td><b>0.00</b></td><td><b>0.00</b></td><td><b>-3</b></td><td><b>-336 561.68</b></td><td><b>-2</b></td><td>&nbsp;</td></tr>
</table></body></html>`

const rawReport = `<html><head><title>Raw Report</title></head><body><table>
<tr><td colspan=21><b>Raw Report</b> for 'all'</td></tr>
<tr><td>Deal</td><td>Login</td><td>Open Time</td><td>Type</td><td>Symbol</td><td>Volume</td><td>Open Price</td><td>S/L</td><td>T/P</td><td>Close Time</td><td>Close Price</td><td>Reason</td><td>Gateway Order</td><td>Gateway Volume</td><td>Open Price Delta</td><td>Close Price Delta</td><td>Agent</td><td>Commission</td><td>Taxes</td><td>Swap</td><td>Profit</td><td>Points</td><td>Comment</td></tr>
<tr><td>30</td><td>9001</td><td>2021.01.03 10:00:00</td><td>buy stop</td><td>XAUUSD.m</td><td>0.50</td><td>1</td><td>0</td><td>0</td><td>2021.01.03 11:00:00</td><td>1</td><td>Expert</td><td></td><td></td><td></td><td></td><td colspan=6>&nbsp;</td><td>cancelled</td></tr>
<tr><td>31</td><td>9001</td><td>2021.01.04 10:00:00</td><td>sell</td><td>XAUUSD.m</td><td>1.50</td><td>1930.25</td><td>0</td><td>0</td><td>2021.01.04 12:30:45</td><td>1925.00</td><td>Expert</td><td></td><td></td><td></td><td></td><td>8.00</td><td>-10.50</td><td>9.00</td><td>0.25</td><td>787.50</td><td>525</td><td>mam#30|9000</td></tr>
<tr><td>29</td><td>9001</td><td>2021.01.02 07:36:30</td><td>balance</td><td colspan=16 align=left>Deposit</td><td>10 000.00</td><td>&nbsp;</td><td>Deposit</td></tr>
<tr><td colspan=16>&nbsp;</td><td>0.00</td><td>-99</td><td>0.00</td><td>-3</td><td>4 370 467.62</td><td colspan=2>&nbsp;</td></tr>
<tr><td colspan=19>Profit:</td><td colspan=2>-336 561.68</td><td colspan=2>&nbsp;</td></tr>
<tr><td colspan=19>Deposit:</td><td colspan=2>13 714 914.28</td><td colspan=2>&nbsp;</td></tr>
</table></body></html>`

const serverTable = `TICKET,LOGIN,SYMBOL,DIGITS,CMD,VOLUME,OPEN_TIME,OPEN_PRICE,SL,TP,CLOSE_TIME,EXPIRATION,REASON,CONV_RATE1,CONV_RATE2,COMMISSION,COMMISSION_AGENT,SWAPS,CLOSE_PRICE,PROFIT,TAXES,COMMENT,INTERNAL_ID,MARGIN_RATE,TIMESTAMP,MODIFY_TIME
61,7001,EURUSD-std,5,0,150,2022-06-01 10:00:00,1.07250,0,0,2022-06-01 11:00:00,1970-01-01 00:00:00,0,0,0,-3.5,0,-1.25,1.07350,56.900000000000006,0,"hi, ""you""",0,0,1654081200,2022-06-01 11:00:00
62,7001,EURUSD-std,5,1,5,44713.4166666667,1.0725000000000002,0,0,44713.458333333336,25569,0,0,0,0,0,-1.4551915228366852E-11,1.07350,-0.05,0,,0,0,1654081200,44713
63,7001,EURUSD-std,5,0,100,2022-06-01 10:00:00,1.07250,0,0,1970-01-01 00:00:00,1970-01-01 00:00:00,0,0,0,0,0,0,1.07350,5,0,,0,0,0,0
64,7001,EURUSD-std,5,0,100,44713.5,1.07250,0,0,25569,25569,0,0,0,0,0,0,1.07350,5,0,,0,0,0,0
65,7001,EURUSD-std,5,3,100,2022-06-01 10:00:00,1.07250,0,0,2022-06-01 11:00:00,1970-01-01,0,0,0,0,0,0,1.07350,0,0,,0,0,0,0
66,7001,,0,6,0,2022-06-01 10:00:00,0,0,0,2022-06-01 10:00:00,1970-01-01,0,0,0,0,0,0,0,500,0,Deposit,0,0,0,0
67,7001,,0,7,0,2022-06-01 10:00:00,0,0,0,2022-06-01 10:00:00,1970-01-01,0,0,0,0,0,0,0,500,0,Credit,0,0,0,0
`

type result struct {
	orders []feed.Order
	ids    []string
	lines  []int
	bad    []rejection
	err    error
}

type rejection struct {
	line    int
	id      string
	message string
}

func readAll(content string, opt metatrader.Options) result {
	var out result
	out.err = metatrader.Read(strings.NewReader(content), opt, func(line int, fact feed.Fact, err error) error {
		if err != nil {
			var bad *feed.LineError
			if !errors.As(err, &bad) || fact != (feed.Fact{}) {
				return fmt.Errorf("not the error of a row: %w", err)
			}
			out.bad = append(out.bad, rejection{line, bad.ID, bad.Error()})
			return nil
		}
		out.orders = append(out.orders, *fact.Body.(*feed.Order))
		out.ids = append(out.ids, fact.ID)
		out.lines = append(out.lines, line)
		return nil
	})
	return out
}

func show(o feed.Order) string {
	return fmt.Sprint(o.Server, "/", o.ClientAccount, "/", o.Ticket, " ", o.Side, " ", o.Lots, " ", o.Symbol, " ",
		o.OpenTime.Format(time.RFC3339), "@", o.OpenPrice, " ", o.CloseTime.Format(time.RFC3339), "@", o.ClosePrice,
		" c", o.Commission, " s", o.Swap, " p", o.Profit)
}

func showAll(orders []feed.Order) []string {
	out := make([]string, 0, len(orders))
	for _, o := range orders {
		out = append(out, show(o))
	}
	return out
}

func workbook(t *testing.T, rows [][]any, change ...func(*excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer func() { require.NoError(t, f.Close()) }()
	for i, row := range rows {
		require.NoError(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
	for _, c := range change {
		c(f)
	}
	var out bytes.Buffer
	require.NoError(t, f.Write(&out))
	return out.String()
}
