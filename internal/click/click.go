// Package click follows tracked links: it keeps every click before it sends
// the visitor on, counts visitors without keeping who they are, and knows a
// click again by the id that the landing page was given.
package click

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// Kind is what sort of request a click was. Only Counted counts.
type Kind string

// The kinds of clicks.
const (
	Counted  Kind = "click"
	Bot      Kind = "bot"      // a program that says so
	Prefetch Kind = "prefetch" // a browser that looks ahead
	Head     Kind = "head"     // a HEAD request
)

// Click is one request of a tracked link.
type Click struct {
	PartnerID id.UUID
	UID       id.UUID
	At        time.Time
	Hour      int64 // see HourOf
	Kind      Kind
	Unique    bool // the first one that counts of its visitor on its day
	Source
	Params string // what else the link was followed with, as a query of at most MaxParams bytes

	Visitor id.UUID // see Recorder; not kept with the click
}

// Source is where a click came from: what clicks are summed up by.
type Source struct {
	LinkCode     string
	CampaignCode string // empty: none
	LinkID       int64  // 0: none
	Tags         string // of the link, separated by commas
	SubID        string
	Country      string // two letters; empty: unknown
	Platform     string // web, mobile
	MaterialID   int64  // of promo material; 0: none
}

// HourOf numbers the hour of t in zone: the day's number times 24, and the hour.
func HourOf(t time.Time, zone *time.Location) int64 {
	return int64(clock.DayOf(t, zone))*24 + int64(t.In(zone).Hour())
}

// DayOf is the day that an hour is in.
func DayOf(hour int64) clock.Day { return clock.Day(hour / 24) }

// Ref names a click.
type Ref struct{ PartnerID, UID id.UUID }

// Key is what click ids are authenticated with.
type Key struct {
	ID        byte // from 1
	Secret    []byte
	CreatedAt time.Time
}

// Counts is what clicks come to.
type Counts struct {
	Clicks, Uniques         int64 // those that count
	Bots, Prefetches, Heads int64 // those that do not
}

// Add adds other.
func (c *Counts) Add(other Counts) {
	c.Clicks += other.Clicks
	c.Uniques += other.Uniques
	c.Bots += other.Bots
	c.Prefetches += other.Prefetches
	c.Heads += other.Heads
}

// CountsOf is what one click comes to.
func CountsOf(c *Click) (n Counts) {
	switch c.Kind {
	case Counted:
		n.Clicks = 1
		if c.Unique {
			n.Uniques = 1
		}
	case Bot:
		n.Bots = 1
	case Prefetch:
		n.Prefetches = 1
	case Head:
		n.Heads = 1
	}
	return n
}

// Dimension is what sums can be grouped and narrowed by.
type Dimension string

// The dimensions. A click with several tags counts with each of them; one
// without, with the empty tag.
const (
	ByLinkCode Dimension = "link_code"
	ByCampaign Dimension = "campaign_code"
	ByLink     Dimension = "link"
	ByTag      Dimension = "tag"
	BySubID    Dimension = "sub_id"
	ByCountry  Dimension = "country"
	ByPlatform Dimension = "platform"
	ByMaterial Dimension = "material" // clicks without any are left out
	ByHour     Dimension = "hour"     // 2026-03-01T13
	ByDay      Dimension = "day"      // 2026-03-01
	ByMonth    Dimension = "month"    // 2026-03
)

// Query asks for sums of a partner's clicks.
type Query struct {
	PartnerID id.UUID
	From, To  clock.Day // both included, in the programme's time zone
	By        []Dimension
	// Only narrows by values, spelled as Sum.Key spells them; not by tag or time.
	Only map[Dimension][]string
	// Most bounds the groups, those with the most clicks first; 0: no bound.
	// Not with ByTag and ByMonth, which are put together afterwards.
	Most int
}

// Sum is one group's: Key has a value for each of Query.By.
type Sum struct {
	Key []string
	Counts
}

// Store keeps clicks.
// The tests have another one.
type Store interface {
	// Keys returns the keys of click ids, the newest first; fresh is kept when
	// there are none.
	Keys(ctx context.Context, fresh Key) ([]Key, error)
	// Salt returns the day's key for visitors: fresh, unless there is one. The
	// keys of earlier days are gone with that.
	Salt(ctx context.Context, day clock.Day, fresh []byte) ([]byte, error)
	// Add keeps clicks and sums them up, in one durable transaction. It says
	// which of them are Unique.
	Add(ctx context.Context, clicks []Click) error
	// Find returns those of these clicks that are there.
	Find(ctx context.Context, refs []Ref) ([]Click, error)
	// Sums adds up the partner's clicks, most clicks first.
	Sums(ctx context.Context, q Query) ([]Sum, error)
	// Purge removes clicks before a moment, and visitors and their keys before a
	// day, in small steps; the sums stay.
	Purge(ctx context.Context, before time.Time, day clock.Day) (clicks int64, err error)
}

// ErrBusy is returned instead of losing a click: as many wait to be kept as
// may. The visitor should try again in a second.
var ErrBusy = errors.New("too many clicks wait to be kept")
