package click

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Skew is how much later than its registration a click may seem to be. A
// broker's system may report whole seconds, and its clock may be behind.
const Skew = 5 * time.Minute

// WorkingSet finds which clicks new clients came by, inside one transaction. The
// clicks were read before it, because they have a store of their own. Counted
// chooses a click, Add notes where a client came from, and Save writes it.
type WorkingSet struct {
	q     db.Querier
	found map[string]Click // by the id that a registration names
	owner func(clickID string) (partnerID id.UUID, genuine bool)
	fresh []Origin
}

// NewWorkingSet returns a WorkingSet that knows the clicks that were found. owner
// is a Finder's Owner.
func NewWorkingSet(q db.Querier, found map[string]Click, owner func(clickID string) (partnerID id.UUID, genuine bool)) *WorkingSet {
	return &WorkingSet{q: q, found: found, owner: owner}
}

// NoOwner is the owner for programmes without clicks: no id is genuine.
func NoOwner(string) (partnerID id.UUID, genuine bool) { return id.Nil, false }

// Named is a click with the id that a registration names it by.
type Named struct {
	Click

	Name string
}

// Rule says which click of a registration counts.
type Rule struct {
	Window time.Duration // how long before the registration it may have happened
	First  bool          // the first click counts, instead of the last
}

// Counted returns the click that counts for a registration at a moment, of those
// that it names, or nil if none does. If of is not Nil, only the clicks of that
// partner count. Among clicks at one moment the smallest id counts, so that
// repeated facts have the same result.
func (w *WorkingSet) Counted(names []string, rule Rule, at time.Time, of id.UUID) *Named {
	var best *Named
	for _, name := range names {
		c, known := w.found[name]
		if !known || c.At.After(at.Add(Skew)) || at.Sub(c.At) > rule.Window || (of != id.Nil && c.PartnerID != of) {
			continue
		}
		if best == nil || (rule.First && c.At.Before(best.At)) || (!rule.First && c.At.After(best.At)) || (c.At.Equal(best.At) && name < best.Name) {
			best = &Named{c, name}
		}
	}
	return best
}

// Readable returns a click id that a registration names, or nothing if it names
// another partner's click: the id would reveal to any reader whose it is.
func (w *WorkingSet) Readable(clickID string, owner id.UUID) string {
	if of, genuine := w.owner(clickID); genuine && of != owner {
		return ""
	}
	return clickID
}

// Origin records where a client came from, with its first partner.
type Origin struct {
	PartnerID    id.UUID
	ClientUID    id.UUID
	Click        *Click // the click that counts; nil: none
	ClickID      string // its id
	LinkCode     string
	CampaignCode string
	SubID        string
	RegisteredAt time.Time
}

// Add notes where a client came from, with the click that counts, which is nil
// if there is none. The click fills in the campaign and the sub_id that s has
// not.
func (w *WorkingSet) Add(s Origin, by *Named) Origin {
	if by != nil {
		s.Click, s.ClickID = &by.Click, by.Name
		if s.CampaignCode == "" {
			s.CampaignCode = by.CampaignCode
		}
		if s.SubID == "" {
			s.SubID = by.SubID
		}
	}
	w.fresh = append(w.fresh, s)
	return s
}

// sourceRow is a row of client_sources.
type sourceRow struct {
	PartnerID    id.UUID    `db:"partner_id"`
	ClientUID    id.UUID    `db:"client_uid"`
	ClickID      string     `db:"click_id"`
	ClickedAt    *time.Time `db:"clicked_at"`
	LinkCode     string     `db:"link_code"`
	CampaignCode string     `db:"campaign_code"`
	LinkID       int64      `db:"link_id,null"`
	Tags         string     `db:"tags"`
	SubID        string     `db:"sub_id"`
	Country      string     `db:"country"`
	Platform     string     `db:"platform"`
	MaterialID   int64      `db:"material_id,null"`
	RegisteredAt time.Time  `db:"registered_at"`
	Params       string     `db:"params"`
}

var clientSources = db.NewTable[*sourceRow]("client_sources")

// Save writes where new clients came from. These rows never change.
func (w *WorkingSet) Save(ctx context.Context) error {
	rows := make([]*sourceRow, len(w.fresh))
	for i, s := range w.fresh {
		row := &sourceRow{
			PartnerID: s.PartnerID, ClientUID: s.ClientUID, ClickID: s.ClickID, LinkCode: s.LinkCode, CampaignCode: s.CampaignCode, SubID: s.SubID,
			RegisteredAt: s.RegisteredAt,
		}
		if by := s.Click; by != nil {
			// The link belongs to the click's campaign. The broker may have
			// named another campaign.
			row.ClickedAt, row.LinkID, row.Tags, row.Country = &by.At, by.LinkID, by.Tags, by.Country
			row.Platform, row.MaterialID, row.Params = by.Platform, by.MaterialID, by.Params
		}
		rows[i] = row
	}
	w.fresh = nil
	return clientSources.Insert(ctx, w.q, rows...)
}
