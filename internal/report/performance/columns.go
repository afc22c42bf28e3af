package performance

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

// Column is a column of the report that shows a figure.
type Column struct {
	report.Column

	// Value returns a number in the unit of Format. It returns false if the figure
	// is null.
	Value func(*Figures) (int64, bool)
}

// Columns are the columns with figures, in the order of the response.
var Columns = []Column{
	figure("clicks", "Number of clicks, without those of bots, prefetches and HEAD requests.", report.Integer, func(f *Figures) int64 { return f.Clicks }),
	figure("unique_clicks", "Number of visitors. A visitor counts once for each day.", report.Integer, func(f *Figures) int64 { return f.UniqueClicks }),
	figure("registrations", "Number of clients who registered.", report.Integer, func(f *Figures) int64 { return f.Registrations }),
	figure("kyc_passed", "Number of clients who were verified (KYC).", report.Integer, func(f *Figures) int64 { return f.KYCPassed }),
	figure("ftd", "Number of clients who made their first deposit.", report.Integer, func(f *Figures) int64 { return f.FTD }),
	figure("ftt", "Number of clients who made their first trade.", report.Integer, func(f *Figures) int64 { return f.FTT }),
	figure("active_clients", "Number of different clients who traded. In the totals, over the whole period.", report.Integer, func(f *Figures) int64 { return f.ActiveClients }),
	figure("volume_lots", "Traded volume in standard lots.", report.Lots, func(f *Figures) int64 { return int64(f.Lots) }),
	figure("volume_mln_usd", "Traded volume in millions of USD.", report.MlnUSD, func(f *Figures) int64 { return int64(f.Volume) }),
	figure("reward_usd", "Rewards in USD, by the day of the reward.", report.Money, func(f *Figures) int64 { return int64(f.Reward) }),
	figure("rebate_usd", "Rebates in USD, by the day on which they were paid to clients.", report.Money, func(f *Figures) int64 { return int64(f.Rebate) }),
	figure("cost_usd", "Costs in USD that the partner entered for campaigns.", report.Money, func(f *Figures) int64 { return int64(f.Cost) }),
	rate("roi", "Return on investment in percent: (reward_usd - rebate_usd - cost_usd) / cost_usd. Null without a cost.", func(f *Figures) (int64, bool) {
		return percent(int64(f.Reward)-int64(f.Rebate)-int64(f.Cost), int64(f.Cost))
	}),
	rate("registration_rate", "Registrations that came through a click, in percent of unique_clicks. Null without a click.", func(f *Figures) (int64, bool) {
		return percent(f.ByClick, f.UniqueClicks)
	}),
	rate("ftd_rate", "First deposits in percent of registrations: ftd / registrations. Null without a registration.", func(f *Figures) (int64, bool) {
		return percent(f.FTD, f.Registrations)
	}),
}

func figure(name, about string, format report.Format, of func(*Figures) int64) Column {
	return Column{report.Column{Name: name, About: about, Format: format}, func(f *Figures) (int64, bool) { return of(f), true }}
}

func rate(name, about string, of func(*Figures) (int64, bool)) Column {
	return Column{report.Column{Name: name, About: about, Format: report.Percent, Nullable: true}, of}
}

// percent returns num / den in hundredths of a percent, rounded half to even.
// It returns false if den is not positive or the result is too large.
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

// compare sorts null before all other values.
func (c *Column) compare(a, b *Figures) int {
	left, known := c.Value(a)
	right, other := c.Value(b)
	if known != other {
		if other {
			return -1
		}
		return 1
	}
	return cmp.Compare(left, right)
}

// Orderable returns the names by which a report with these groups can be
// sorted.
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

// isTime reports whether the values of a dimension are times. By default, the
// newest time comes first.
func isTime(d click.Dimension) bool {
	return d == click.ByDay || d == click.ByHour || d == click.ByMonth
}

// sortRows sorts rows by the requested order, and then by key with the newest
// time first.
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

// compareKeys compares two values of a dimension. It compares links by their
// numbers, and a missing link comes first.
func compareKeys(d click.Dimension, a, b string) int {
	if d == click.ByLink {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}
