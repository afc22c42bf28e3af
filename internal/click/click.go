// Package click follows tracked links. It keeps every click before it redirects
// the visitor, counts unique visitors without storing who they are, and
// recognises a click by the id that the landing page got.
package click

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// Kind is the kind of request that a click was. Only Counted clicks count.
type Kind string

// The kinds of clicks.
const (
	Counted  Kind = "click"
	Bot      Kind = "bot"      // a program that says it is not a browser
	Prefetch Kind = "prefetch" // a browser that loads ahead
	Head     Kind = "head"     // a HEAD request
)

// Click is one request of a tracked link.
type Click struct {
	PartnerID id.UUID   `db:"partner_id"`
	UID       id.UUID   `db:"click_uid"`
	At        time.Time `db:"clicked_at"`
	Hour      int64     `db:"hour"` // see HourOf
	Kind      Kind      `db:"kind"`
	Unique    bool      `db:"is_unique"` // the visitor's first counted click of its day
	Source
	Params string `db:"params"` // the link's other parameters, as a query of at most MaxParams bytes

	Visitor id.UUID `db:"-"` // see Recorder; not kept with the click
}

// Source is where a click came from. Clicks are summed up by its fields.
type Source struct {
	LinkCode     string `db:"link_code"`
	CampaignCode string `db:"campaign_code"` // empty: none
	LinkID       int64  `db:"link_id"`       // 0: none
	Tags         string `db:"tags"`          // the link's tags, separated by commas
	SubID        string `db:"sub_id"`
	Country      string `db:"country"`     // two letters; empty: unknown
	Platform     string `db:"platform"`    // web, mobile
	MaterialID   int64  `db:"material_id"` // the promo material's id; 0: none
}

// HourOf returns the number of t's hour in zone: the day's number times 24,
// plus the hour.
func HourOf(t time.Time, zone *time.Location) int64 {
	return int64(clock.DayOf(t, zone))*24 + int64(t.In(zone).Hour())
}

// DayOf returns the day of an hour.
func DayOf(hour int64) clock.Day { return clock.Day(hour / 24) }

// Ref identifies a click.
type Ref struct{ PartnerID, UID id.UUID }

// Key is a key that authenticates click ids.
type Key struct {
	ID        byte // from 1
	Secret    []byte
	CreatedAt time.Time
}

// Counts are sums of clicks.
type Counts struct {
	Clicks     int64 `db:"clicks"` // counted
	Uniques    int64 `db:"uniques"`
	Bots       int64 `db:"bots"` // not counted
	Prefetches int64 `db:"prefetches"`
	Heads      int64 `db:"heads"`
}

// Add adds other.
func (c *Counts) Add(other Counts) {
	c.Clicks += other.Clicks
	c.Uniques += other.Uniques
	c.Bots += other.Bots
	c.Prefetches += other.Prefetches
	c.Heads += other.Heads
}

// CountsOf returns the counts of one click.
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

// Dimension is a property that sums can be grouped and narrowed by.
type Dimension string

// The dimensions. A click with several tags counts under each of them; one
// without tags counts under the empty tag.
const (
	ByLinkCode Dimension = "link_code"
	ByCampaign Dimension = "campaign_code"
	ByLink     Dimension = "link"
	ByTag      Dimension = "tag"
	BySubID    Dimension = "sub_id"
	ByCountry  Dimension = "country"
	ByPlatform Dimension = "platform"
	ByMaterial Dimension = "material" // clicks without one are left out
	ByHour     Dimension = "hour"     // 2026-03-01T13
	ByDay      Dimension = "day"      // 2026-03-01
	ByMonth    Dimension = "month"    // 2026-03
)

// Query asks for sums of a partner's clicks.
type Query struct {
	PartnerID id.UUID
	From, To  clock.Day // both included, in the programme's time zone
	By        []Dimension
	// Only narrows by values, written as in Sum.Key; not by tag or time.
	Only map[Dimension][]string
	// Most bounds the number of groups: those with the most clicks are kept; 0:
	// no bound. It cannot be used with ByTag and ByMonth, whose groups are made
	// afterwards.
	Most int
}

// Sum is the sum of one group. Key has a value for each of Query.By.
type Sum struct {
	Key []string
	Counts
}

// Store keeps clicks. SQLStore implements it; telemetry counts what another one
// keeps, and programme fixes the time zone with its first click.
type Store interface {
	// Keys returns the keys of click ids, the newest first. If there are none,
	// it keeps fresh.
	Keys(ctx context.Context, fresh Key) ([]Key, error)
	// Salt returns the day's key for visitors. If there is none, it keeps fresh
	// and deletes the keys of earlier days.
	Salt(ctx context.Context, day clock.Day, fresh []byte) ([]byte, error)
	// Add keeps clicks and sums them up, in one durable transaction. It sets
	// Unique in those that are.
	Add(ctx context.Context, clicks []Click) error
	// Find returns the clicks of these refs that are kept.
	Find(ctx context.Context, refs []Ref) ([]Click, error)
	// Sums adds up the partner's clicks, most clicks first.
	Sums(ctx context.Context, q Query) ([]Sum, error)
	// Purge removes clicks before a moment, and visitors and their keys before
	// a day, in small steps. The sums stay.
	Purge(ctx context.Context, before time.Time, day clock.Day) (clicks int64, err error)
}

// ErrBusy is returned instead of losing a click: the most clicks that may wait
// are waiting. The visitor should try again in a second.
var ErrBusy = errors.New("too many clicks wait to be kept")
