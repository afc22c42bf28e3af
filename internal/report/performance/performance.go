// Package performance is the report on the results of traffic. It shows clicks,
// the clients who came from them, and these clients' earnings and costs. Clicks
// are added up in the store of clicks, and everything else in the main
// database. Both return only a few groups, which this package merges. The
// report is not a report.Definition, because no single SQL statement can
// compute its rows. Its columns and rows still have the form of the other
// reports.
//
// Every figure belongs to the day on which it happened, in the programme's time
// zone. A reward belongs to its reward day, and a rebate to the day on which it
// was paid. The source that was stored at a client's registration decides to
// which group the client's figures belong.
package performance

import (
	"context"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Dimensions are the dimensions by which the report can be grouped. If
// something has no value for a dimension, the value is empty. For example, a
// cost has no link, a reward has no hour, and a client without a click has no
// tag. A client's country is the country of its click, or the client's own
// country if there is no click.
var Dimensions = []click.Dimension{
	click.ByCampaign, click.ByLink, click.ByTag, click.BySubID, click.ByCountry, click.ByPlatform, click.ByDay, click.ByHour, click.ByMonth,
}

// Filters are the dimensions by which the report can be filtered.
var Filters = Dimensions[:6]

// These are the limits on a report.
const (
	MaxDimensions = 4
	MaxDays       = 3660
	MaxGroups     = 10_000
)

// Figures are the figures of a group. The figures of several groups can be
// added up, with two exceptions. A client who is active in several periods
// counts as only one active client. A click or a client with several tags
// belongs to several groups.
type Figures struct {
	Clicks, UniqueClicks int64
	Registrations        int64 // number of clients who registered with the partner
	ByClick              int64 // number of registrations with a click
	KYCPassed            int64 // number of clients who were verified
	FTD, FTT             int64 // numbers of first deposits and first trades
	ActiveClients        int64 // number of different clients who traded
	Lots                 money.Lots
	Volume               money.Volume // in USD
	Reward               money.Amount // in USD
	Rebate               money.Amount // paid to clients, in USD
	Cost                 money.Amount // as entered by the partner, in USD
}

func (f *Figures) add(other *Figures) {
	f.Clicks += other.Clicks
	f.UniqueClicks += other.UniqueClicks
	f.Registrations += other.Registrations
	f.ByClick += other.ByClick
	f.KYCPassed += other.KYCPassed
	f.FTD += other.FTD
	f.FTT += other.FTT
	f.ActiveClients += other.ActiveClients
	f.Lots += other.Lots
	f.Volume += other.Volume
	f.Reward += other.Reward
	f.Rebate += other.Rebate
	f.Cost += other.Cost
}

// Query selects the groups of one partner.
type Query struct {
	PartnerID id.UUID
	From, To  clock.Day // first and last day
	By        []click.Dimension
	Only      map[click.Dimension][]string // accepted values, by dimension; the dimensions are some of Filters
}

// Group is a group with its figures. Key has a value for each dimension in
// Query.By, which is empty if there is none. A link is its number, a day has
// the form 2026-03-01, an hour 2026-03-01T13, and a month 2026-03.
type Group struct {
	Key []string
	Figures
}

// Store computes the figures. SQLStore implements it. Tests have stores with
// fixed groups.
type Store interface {
	// Figures returns the groups. It may return a key several times, and the
	// caller must then add up the figures. It returns ErrTooMany if there are more
	// than MaxGroups groups.
	Figures(ctx context.Context, q Query) ([]Group, error)
	// Values returns the partner's values of a dimension that contain the search
	// text, ignoring case. The dimension is one of Filters. Values ignores clicks
	// before the given day. It may return a value several times. It returns at
	// least the first values in byte order, up to the limit.
	Values(ctx context.Context, partnerID id.UUID, by click.Dimension, since clock.Day, search string, limit int) ([]string, error)
}
