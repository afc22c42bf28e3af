// Package click follows tracked links. It stores every click before it
// redirects the visitor. It counts unique visitors without storing who they
// are. It finds a click by the click id that the landing page got.
package click

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// Kind is the kind of request that a click was. Reports count only clicks of
// the kind Counted.
type Kind string

// These are the kinds of clicks.
const (
	Counted  Kind = "click"
	Bot      Kind = "bot"      // a program, according to its user agent
	Prefetch Kind = "prefetch" // a browser that loads the page in advance
	Head     Kind = "head"     // a HEAD request
)

// Click is a request to a tracked link.
type Click struct {
	PartnerID id.UUID   `db:"partner_id"`
	UID       id.UUID   `db:"click_uid"`
	At        time.Time `db:"clicked_at"`
	Hour      int64     `db:"hour"` // see HourOf
	Kind      Kind      `db:"kind"`
	Unique    bool      `db:"is_unique"` // whether this is the visitor's first counted click of the day
	Source
	Params string `db:"params"` // other parameters of the link, as a query of at most MaxParams bytes

	Visitor id.UUID `db:"-"` // identifies the visitor for a day; not stored with the click
}

// Source describes where a click came from. Sums of clicks can be grouped by
// its fields.
type Source struct {
	LinkCode     string `db:"link_code"`
	CampaignCode string `db:"campaign_code"` // empty if there is no campaign
	LinkID       int64  `db:"link_id"`       // 0 if there is no link of a campaign
	Tags         string `db:"tags"`          // comma-separated tags of the link
	SubID        string `db:"sub_id"`
	Country      string `db:"country"`     // two letters; empty if unknown
	Platform     string `db:"platform"`    // web or mobile
	MaterialID   int64  `db:"material_id"` // id of the promo material; 0 if there is none
}

// HourOf returns the number of t's hour in zone. It is the number of the day
// times 24, plus the hour of the day.
func HourOf(t time.Time, zone *time.Location) int64 {
	return int64(clock.DayOf(t, zone))*24 + int64(t.In(zone).Hour())
}

// DayOf returns the day of an hour's number.
func DayOf(hour int64) clock.Day { return clock.Day(hour / 24) }

// Ref identifies a click.
type Ref struct{ PartnerID, UID id.UUID }

// Key is a key that authenticates click ids.
type Key struct {
	ID        byte // starts at 1
	Secret    []byte
	CreatedAt time.Time
}

// Counts holds numbers of clicks.
type Counts struct {
	Clicks     int64 `db:"clicks"` // clicks of the kind Counted
	Uniques    int64 `db:"uniques"`
	Bots       int64 `db:"bots"` // not included in Clicks
	Prefetches int64 `db:"prefetches"`
	Heads      int64 `db:"heads"`
}

// Add adds other to c.
func (c *Counts) Add(other Counts) {
	c.Clicks += other.Clicks
	c.Uniques += other.Uniques
	c.Bots += other.Bots
	c.Prefetches += other.Prefetches
	c.Heads += other.Heads
}

// CountsOf returns the Counts of a single click.
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

// Dimension is a property by which sums can be grouped and filtered.
type Dimension string

// These are the dimensions. A click with several tags is in the group of each
// tag. A click without tags is in the group of the empty tag.
const (
	ByLinkCode Dimension = "link_code"
	ByCampaign Dimension = "campaign_code"
	ByLink     Dimension = "link"
	ByTag      Dimension = "tag"
	BySubID    Dimension = "sub_id"
	ByCountry  Dimension = "country"
	ByPlatform Dimension = "platform"
	ByMaterial Dimension = "material" // excludes clicks without a material
	ByHour     Dimension = "hour"     // 2026-03-01T13
	ByDay      Dimension = "day"      // 2026-03-01
	ByMonth    Dimension = "month"    // 2026-03
)

// Query selects and groups sums of a partner's clicks.
type Query struct {
	PartnerID id.UUID
	From, To  clock.Day // inclusive; days in the programme's time zone
	By        []Dimension
	// Only holds the values to filter by, in the form of Sum.Key. ByTag and the
	// dimensions of time must not be in it.
	Only map[Dimension][]string
	// Most is the maximum number of groups; those with the most clicks are
	// returned. 0 means no limit. Most cannot be used with ByTag and ByMonth,
	// whose groups are computed later.
	Most int
}

// Sum holds the counts of a group. Key has a value for each element of
// Query.By.
type Sum struct {
	Key []string
	Counts
}

// Store stores clicks. SQLStore implements it. Other implementations wrap a
// Store: telemetry counts the stored clicks, and programme makes the time zone
// permanent at the first click.
type Store interface {
	// Keys returns the keys of click ids, newest first. If there are none, it
	// stores fresh.
	Keys(ctx context.Context, fresh Key) ([]Key, error)
	// Salt returns the key for the visitors of a day. If there is none, it
	// stores fresh and deletes the keys of earlier days.
	Salt(ctx context.Context, day clock.Day, fresh []byte) ([]byte, error)
	// Add stores clicks and adds them to the sums, in one durable transaction.
	// It sets Unique in the clicks that are unique.
	Add(ctx context.Context, clicks []Click) error
	// Find returns the clicks with these refs that are still stored.
	Find(ctx context.Context, refs []Ref) ([]Click, error)
	// Sums returns sums of the partner's clicks. The sum with the most clicks
	// is first.
	Sums(ctx context.Context, q Query) ([]Sum, error)
	// Purge removes clicks before a time, and visitors and their keys before a
	// day, in small steps. It does not remove sums.
	Purge(ctx context.Context, before time.Time, day clock.Day) (clicks int64, err error)
}

// ErrBusy is the error if too many clicks already wait to be stored. The
// visitor should try again in a second.
var ErrBusy = errors.New("too many clicks are waiting to be stored")
