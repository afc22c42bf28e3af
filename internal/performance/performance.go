// Package performance is the report on what traffic brings: clicks, the
// clients that came of them, and what these clients earn and cost, side by
// side. Clicks are summed up in their own store, all else in the books; both
// give few groups, which are merged here.
//
// Each thing counts on the day on which it happened, in the programme's time
// zone: a click, a registration, a passed check, a first deposit, a first
// trade, a reward on its reward day, a rebate when it was paid, a cost on its
// day. What belongs to a group is decided by the client's source, which was
// kept when it registered.
package performance

import (
	"context"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Dimensions are what the report can be grouped by, as callers name them.
// What a dimension does not apply to has the empty value in it: a cost has no
// link, a reward no hour, a client without a click no tag. A client's country
// is its click's, or without a click its own.
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

// Figures are what a group comes to. They add up over groups, but for
// ActiveClients over time, and for the clicks and clients with several tags.
type Figures struct {
	Clicks, UniqueClicks int64
	Registrations        int64 // clients that registered with the partner
	ByClick              int64 // of these: that came by a click
	KYCPassed            int64 // of these: that were verified
	FTD, FTT             int64 // of these: first deposits, first trades
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

// Query asks for groups of one partner.
type Query struct {
	PartnerID id.UUID
	From, To  clock.Day // both included
	By        []click.Dimension
	Only      map[click.Dimension][]string // of Filters; any of the values
}

// Group is what a group comes to. Key has a value for each of Query.By: links
// as numbers, days as 2026-03-01, hours as 2026-03-01T13, months as 2026-03;
// empty for none.
type Group struct {
	Key []string
	Figures
}

// Store sums up the books and the clicks.
// The tests have another one.
type Store interface {
	// Figures returns the groups. A key may come several times: its figures then
	// add up. ErrTooMany: more than MaxGroups.
	Figures(ctx context.Context, q Query) ([]Group, error)
	// Values returns what the partner has in a dimension of Filters, of the
	// clicks since a day: those with search somewhere in them, whatever its case.
	// They may repeat, and are the first limit at least, by their bytes.
	Values(ctx context.Context, partnerID id.UUID, by click.Dimension, since clock.Day, search string, limit int) ([]string, error)
}
