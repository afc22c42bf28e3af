package performance

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Format is how a figure is written.
type Format uint8

// The formats.
const (
	Count   Format = iota // a whole number
	Lots                  // a number of 8 places
	MlnUSD                // a number of 4 places, in millions
	Money                 // text of 2 places
	Percent               // a number of 2 places; null for a division by 0
)

// Column is a figure as the report shows it.
type Column struct {
	Name, About string
	Format      Format
	// value is the stored integer; false: null.
	value func(*Figures) (int64, bool)
}

// Columns are the figures in the wire's order.
var Columns = []Column{
	{"clicks", "Clicks that count: without bots, prefetching and HEAD.", Count, whole(func(f *Figures) int64 { return f.Clicks })},
	{"unique_clicks", "The first click of each visitor on its day.", Count, whole(func(f *Figures) int64 { return f.UniqueClicks })},
	{"registrations", "Clients that registered.", Count, whole(func(f *Figures) int64 { return f.Registrations })},
	{"kyc_passed", "Clients that were verified.", Count, whole(func(f *Figures) int64 { return f.KYCPassed })},
	{"ftd", "Clients that made their first deposit.", Count, whole(func(f *Figures) int64 { return f.FTD })},
	{"ftt", "Clients that made their first trade.", Count, whole(func(f *Figures) int64 { return f.FTT })},
	{"active_clients", "Different clients that traded; in the totals, over the whole period.", Count, whole(func(f *Figures) int64 { return f.ActiveClients })},
	{"volume_lots", "", Lots, whole(func(f *Figures) int64 { return int64(f.Lots) })},
	{"volume_mln_usd", "", MlnUSD, whole(func(f *Figures) int64 { return int64(f.Volume) })},
	{"reward_usd", "Rewards by their reward day.", Money, whole(func(f *Figures) int64 { return int64(f.Reward) })},
	{"rebate_usd", "Rebates by the day on which they were paid to clients.", Money, whole(func(f *Figures) int64 { return int64(f.Rebate) })},
	{"cost_usd", "Costs entered for campaigns.", Money, whole(func(f *Figures) int64 { return int64(f.Cost) })},
	{"roi", "In percent: (reward_usd - rebate_usd - cost_usd) / cost_usd; null without a cost.", Percent, func(f *Figures) (int64, bool) {
		return percent(int64(f.Reward)-int64(f.Rebate)-int64(f.Cost), int64(f.Cost))
	}},
	{"registration_rate", "In percent: registrations that came by a click / unique_clicks; null without a click.", Percent, func(f *Figures) (int64, bool) {
		return percent(f.ByClick, f.UniqueClicks)
	}},
	{"ftd_rate", "In percent: ftd / registrations; null without a registration.", Percent, func(f *Figures) (int64, bool) {
		return percent(f.FTD, f.Registrations)
	}},
}

func whole(of func(*Figures) int64) func(*Figures) (int64, bool) {
	return func(f *Figures) (int64, bool) { return of(f), true }
}

// percentPlaces are the places that percents are kept and shown with.
const percentPlaces = 2

// percent returns num / den in percent, rounded half to even.
func percent(num, den int64) (int64, bool) {
	if den <= 0 {
		return 0, false
	}
	n, d := big.NewInt(num), big.NewInt(den)
	n.Mul(n, big.NewInt(100_00))
	quotient, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	rest.Abs(rest).Lsh(rest, 1)
	if c := rest.Cmp(d); c > 0 || c == 0 && quotient.Bit(0) == 1 {
		quotient.Add(quotient, big.NewInt(int64(n.Sign())))
	}
	return quotient.Int64(), quotient.IsInt64()
}

// Text formats the figure, without quotes; empty for null.
func (c *Column) Text(f *Figures) string {
	n, known := c.value(f)
	switch {
	case !known:
		return ""
	case c.Format == Lots:
		return money.Format(n, money.LotsPlaces)
	case c.Format == MlnUSD:
		const million, shown = money.VolumePlaces + 6, 4
		return money.Format(money.RoundScaled(n, million, shown), shown)
	case c.Format == Money:
		const shown = 2
		return money.FormatFixed(money.RoundScaled(n, money.AmountPlaces, shown), shown)
	case c.Format == Percent:
		return money.Format(n, percentPlaces)
	default:
		return strconv.FormatInt(n, 10)
	}
}

// compare orders null before everything else.
func (c *Column) compare(a, b *Figures) int {
	left, known := c.value(a)
	right, other := c.value(b)
	if known != other {
		if other {
			return -1
		}
		return 1
	}
	return cmp.Compare(left, right)
}

// Orderable returns what a report with these groups can be ordered by.
func Orderable(by []click.Dimension) []string {
	names := make([]string, 0, len(by)+len(Columns))
	for _, d := range by {
		names = append(names, string(d))
	}
	for i := range Columns {
		names = append(names, Columns[i].Name)
	}
	return names
}

// isTime reports whether a dimension is of time, whose newest value comes
// first.
func isTime(d click.Dimension) bool {
	return d == click.ByDay || d == click.ByHour || d == click.ByMonth
}

// sortRows sorts by the order asked for, then by the key: the newest first.
func sortRows(rows []Row, by []click.Dimension, order []page.Order) {
	slices.SortFunc(rows, func(a, b Row) int {
		for _, o := range order {
			c := 0
			if i := slices.Index(by, click.Dimension(o.Field)); i >= 0 {
				c = compareKeys(by[i], a.Key[i], b.Key[i])
			} else if i := slices.IndexFunc(Columns, func(c Column) bool { return c.Name == o.Field }); i >= 0 {
				c = Columns[i].compare(&a.Figures, &b.Figures)
			}
			if o.Descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		for i, d := range by {
			if c := compareKeys(d, a.Key[i], b.Key[i]); c != 0 {
				if isTime(d) {
					return -c
				}
				return c
			}
		}
		return 0
	})
}

// compareKeys orders links by their numbers, and no link first.
func compareKeys(d click.Dimension, a, b string) int {
	if d == click.ByLink {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}
