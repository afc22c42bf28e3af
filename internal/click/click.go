// Package click follows tracked links. It stores every click before it
// redirects the visitor, and gives the landing page a click id by which the
// click can be found again. It counts unique visitors without storing who they
// are.
package click

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// Kind says what kind of request a click was. Reports count only clicks of the
// kind Counted.
type Kind string

// These are the kinds of clicks.
const (
	Counted  Kind = "click"
	Bot      Kind = "bot"      // a program, as its user agent shows
	Prefetch Kind = "prefetch" // a browser that loads the page before the visitor asks for it
	Head     Kind = "head"     // a HEAD request
)

// Click is one request to a tracked link.
type Click struct {
	PartnerID id.UUID   `db:"partner_id"`
	UID       id.UUID   `db:"click_uid"`
	At        time.Time `db:"clicked_at"`
	Hour      int64     `db:"hour"` // number of the hour, as HourOf returns it
	Kind      Kind      `db:"kind"`
	Unique    bool      `db:"is_unique"` // whether this is the visitor's first counted click of the day
	Source
	Params string `db:"params"` // the link's other parameters as a query string of at most MaxParams bytes

	Visitor id.UUID `db:"-"` // identifies the visitor during one day; not stored with the click
}

// Source says where a click came from. Sums of clicks can be grouped by the
// fields of Source.
type Source struct {
	LinkCode     string `db:"link_code"`
	CampaignCode string `db:"campaign_code"` // empty if there is no campaign
	LinkID       int64  `db:"link_id"`       // 0 if the click did not use a campaign's link
	Tags         string `db:"tags"`          // tags of the link, separated by commas
	SubID        string `db:"sub_id"`
	Country      string `db:"country"`     // two-letter code; empty if unknown
	Platform     string `db:"platform"`    // web or mobile
	MaterialID   int64  `db:"material_id"` // id of the promo material; 0 if there is none
}

// HourOf returns the number of the hour of t in zone: the number of its day
// times 24, plus the hour of the day.
func HourOf(t time.Time, zone *time.Location) int64 {
	return int64(clock.DayOf(t, zone))*24 + int64(t.In(zone).Hour())
}

// DayOf returns the day that contains the hour with this number (see HourOf).
func DayOf(hour int64) clock.Day { return clock.Day(hour / 24) }

// Ref identifies a click and its partner.
type Ref struct{ PartnerID, UID id.UUID }

// Key is a secret key that authenticates click ids.
type Key struct {
	ID        byte // number of the key, from 1
	Secret    []byte
	CreatedAt time.Time
}

// Counts holds the numbers of clicks of each kind.
type Counts struct {
	Clicks     int64 `db:"clicks"` // clicks of the kind Counted
	Uniques    int64 `db:"uniques"`
	Bots       int64 `db:"bots"` // not included in Clicks
	Prefetches int64 `db:"prefetches"`
	Heads      int64 `db:"heads"`
}

// Add adds the counts in other to c.
func (c *Counts) Add(other Counts) {
	c.Clicks += other.Clicks
	c.Uniques += other.Uniques
	c.Bots += other.Bots
	c.Prefetches += other.Prefetches
	c.Heads += other.Heads
}

// CountsOf returns the Counts that one click adds to a sum.
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

// Dimension is a property by which sums of clicks can be grouped and filtered.
type Dimension string

// These are the dimensions. A click with several tags counts in the group of
// each tag. A click without tags counts in the group of the empty tag.
const (
	ByLinkCode Dimension = "link_code"
	ByCampaign Dimension = "campaign_code"
	ByLink     Dimension = "link"
	ByTag      Dimension = "tag"
	BySubID    Dimension = "sub_id"
	ByCountry  Dimension = "country"
	ByPlatform Dimension = "platform"
	ByMaterial Dimension = "material" // leaves out clicks without a material
	ByHour     Dimension = "hour"     // such as 2026-03-01T13
	ByDay      Dimension = "day"      // such as 2026-03-01
	ByMonth    Dimension = "month"    // such as 2026-03
)

// Query selects a partner's clicks and says how to group them.
type Query struct {
	PartnerID id.UUID
	From, To  clock.Day // both days are included; days in the programme's time zone
	By        []Dimension
	// This map has the values to filter by, written as in Sum.Key. ByTag and the
	// dimensions of time cannot be filters.
	Only map[Dimension][]string
	// This is the maximum number of groups. The groups with the most clicks are
	// returned. 0 means no limit. A limit cannot be combined with ByTag or
	// ByMonth, because these groups are computed after the query.
	Most int
}

// Sum holds the counts of one group. Key has one value for each element of
// Query.By.
type Sum struct {
	Key []string
	Counts
}

// Store stores clicks. SQLStore implements it, and tests use a store in memory.
// Telemetry wraps a Store to count the stored clicks, and programme wraps one to
// fix the time zone at the first click.
type Store interface {
	// Keys returns the keys of click ids, the newest first. If there are none, it
	// stores newKey and returns it.
	Keys(ctx context.Context, newKey Key) ([]Key, error)
	// Salt returns the key with which the visitors of a day are hashed. If the
	// day has none, it stores newKey and deletes the keys of earlier days.
	Salt(ctx context.Context, day clock.Day, newKey []byte) ([]byte, error)
	// Add stores clicks and adds them to the sums in one durable transaction. It
	// sets the field Unique of each click that is the first click of its visitor
	// on that day.
	Add(ctx context.Context, clicks []Click) error
	// Find returns the clicks that refs identify, except those that are no
	// longer stored.
	Find(ctx context.Context, refs []Ref) ([]Click, error)
	// Sums returns sums of a partner's clicks. The sum with the most clicks
	// comes first.
	Sums(ctx context.Context, q Query) ([]Sum, error)
	// Purge removes the clicks that were made before cutoff, and the visitors and
	// keys of the days before day. It works in small steps, so that new clicks
	// need not wait. It does not remove sums.
	Purge(ctx context.Context, cutoff time.Time, day clock.Day) (clicks int64, err error)
}

// ErrBusy says that too many clicks are waiting to be stored. The visitor
// should try again in a second.
var ErrBusy = errors.New("too many clicks are waiting to be stored; try again in a second")
