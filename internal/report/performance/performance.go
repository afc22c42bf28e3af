// Package performance is the report on the results of traffic. It shows
// clicks, the clients who came from them, and the earnings and costs of these
// clients. The store of clicks adds up the clicks, and the main database adds
// up everything else. Both return few groups, which this package merges. No
// single SQL statement can compute its rows, so the report is not a
// report.Definition. Its columns and rows still have the form of every other
// report.
//
// Every figure belongs to the day on which it happened, in the programme's
// time zone. A reward belongs to its reward day, and a rebate to the day on
// which it was paid. The source of a client, which was stored at the
// registration, decides the group.
package performance

import (
	"context"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Dimensions are the dimensions by which the report can be grouped. A
// dimension that does not apply has an empty value. For example, a cost has no
// link, a reward has no hour, and a client without a click has no tag. A
// client has the country of its click, or its own country if there is no
// click.
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
// added up, with two exceptions. ActiveClients cannot be added up over time.
// Clicks and clients with several tags are in several groups.
type Figures struct {
	Clicks, UniqueClicks int64
	Registrations        int64 // clients who registered with the partner
	ByClick              int64 // registrations that came by a click
	KYCPassed            int64 // clients who were verified
	FTD, FTT             int64 // first deposits and first trades
	ActiveClients        int64 // different clients who traded
	Lots                 money.Lots
	Volume               money.Volume // USD
	Reward               money.Amount // USD
	Rebate               money.Amount // USD, paid to clients
	Cost                 money.Amount // USD, as the partner entered it
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

// Query selects groups of one partner.
type Query struct {
	PartnerID id.UUID
	From, To  clock.Day // both are inclusive
	By        []click.Dimension
	Only      map[click.Dimension][]string // accepted values of each dimension in Filters
}

// Group is a group with its figures. Key has a value for each dimension in
// Query.By, or an empty text for none. Links are numbers. Days are like
// 2026-03-01, hours are like 2026-03-01T13, and months are like 2026-03.
type Group struct {
	Key []string
	Figures
}

// Store adds up the figures. SQLStore implements it.
type Store interface {
	// Figures returns the groups. The same key may occur several times, and
	// the caller must add up its figures. Figures returns ErrTooMany if there
	// are more than MaxGroups groups.
	Figures(ctx context.Context, q Query) ([]Group, error)
	// Values returns the partner's values of a dimension that contain search,
	// ignoring case. The dimension is one of Filters. Clicks before the day
	// since are left out. Values may repeat. The result includes at least the
	// first limit values in byte order.
	Values(ctx context.Context, partnerID id.UUID, by click.Dimension, since clock.Day, search string, limit int) ([]string, error)
}
