// Package performance is the report on what traffic brings: clicks, the clients
// that came from them, and what these clients earn and cost, side by side. The
// store of clicks sums up clicks, and the books sum up everything else. Both
// return few groups, which this package merges. Since no single SQL statement
// can compute its rows, it is not a report.Definition; its columns are declared
// and its rows are written like those of every other report.
//
// Each thing counts on the day on which it happened, in the programme's time
// zone: a click, a registration, a passed check, a first deposit, a first
// trade, a reward on its reward day, a rebate when it was paid, a cost on its
// day. The client's source, which was kept when the client registered, decides
// the group.
package performance

import (
	"context"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Dimensions are what the report can be grouped by, as callers name them. A
// dimension that does not apply has the empty value: a cost has no link, a
// reward no hour, a client without a click no tag. A client's country is its
// click's or, without a click, its own.
var Dimensions = []click.Dimension{
	click.ByCampaign, click.ByLink, click.ByTag, click.BySubID, click.ByCountry, click.ByPlatform, click.ByDay, click.ByHour, click.ByMonth,
}

// Filters are the dimensions that the report can be narrowed by.
var Filters = Dimensions[:6]

// The limits on a report.
const (
	MaxDimensions = 4
	MaxDays       = 3660
	MaxGroups     = 10_000
)

// Figures are the figures of a group. They add up over groups, except
// ActiveClients over time, and clicks and clients with several tags.
type Figures struct {
	Clicks, UniqueClicks int64
	Registrations        int64 // clients that registered with the partner
	ByClick              int64 // registrations that came by a click
	KYCPassed            int64 // clients that were verified
	FTD, FTT             int64 // first deposits, first trades
	ActiveClients        int64 // different clients that traded
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
	From, To  clock.Day // both included
	By        []click.Dimension
	Only      map[click.Dimension][]string // by Filters; one of the values must match
}

// Group is a group with its figures. Key has a value for each of Query.By:
// links as numbers, days as 2026-03-01, hours as 2026-03-01T13, months as
// 2026-03; empty for none.
type Group struct {
	Key []string
	Figures
}

// Store sums up the books and the clicks. SQLStore implements it, and the tests
// with more groups than a report may have.
type Store interface {
	// Figures returns the groups. A key may occur several times: its figures
	// must be added up. ErrTooMany: more than MaxGroups.
	Figures(ctx context.Context, q Query) ([]Group, error)
	// Values returns the partner's values of a dimension of Filters, including
	// those of clicks since a day, that contain search in either case. Values
	// may repeat. At least the first limit values, sorted by their bytes, are
	// included.
	Values(ctx context.Context, partnerID id.UUID, by click.Dimension, since clock.Day, search string, limit int) ([]string, error)
}
