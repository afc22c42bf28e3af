package click

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Skew is the longest time by which a click may seem to be later than its
// registration. The times can differ because the broker's system may report
// whole seconds or have a slow clock.
const Skew = 5 * time.Minute

// WorkingSet finds the clicks through which new clients registered. It works
// inside a transaction, but the clicks are read earlier, because they are in a
// separate database. Counted chooses a click, Add records a client's source,
// and Save writes the sources.
type WorkingSet struct {
	q     db.Querier
	found map[string]Click // key: click id in a registration
	owner func(clickID string) (partnerID id.UUID, genuine bool)
	fresh []Origin
}

// NewWorkingSet returns a WorkingSet. clicks maps click ids to clicks. owner is
// Finder.Owner, or NoOwner if the programme has no clicks.
func NewWorkingSet(q db.Querier, clicks map[string]Click, owner func(clickID string) (partnerID id.UUID, genuine bool)) *WorkingSet {
	return &WorkingSet{q: q, found: clicks, owner: owner}
}

// NoOwner is the owner function for a programme without clicks. It accepts no
// click id.
func NoOwner(string) (partnerID id.UUID, genuine bool) { return id.Nil, false }

// Named is a click and the click id by which a registration names it.
type Named struct {
	Click

	Name string
}

// Rule says which click is chosen if a registration names several.
type Rule struct {
	Window time.Duration // maximum time between the click and the registration
	First  bool          // whether the first click is chosen instead of the last
}

// Counted returns the click to which a registration is attributed, or nil. The
// names are the click ids in the registration. If partnerID is not id.Nil, only
// this partner's clicks are considered. If several clicks happened at the same
// time, the smallest click id is chosen, so that a repeated fact has the same
// result.
func (w *WorkingSet) Counted(names []string, rule Rule, at time.Time, partnerID id.UUID) *Named {
	var best *Named
	for _, name := range names {
		c, known := w.found[name]
		if !known || c.At.After(at.Add(Skew)) || at.Sub(c.At) > rule.Window || (partnerID != id.Nil && c.PartnerID != partnerID) {
			continue
		}
		if best == nil || (rule.First && c.At.Before(best.At)) || (!rule.First && c.At.After(best.At)) || (c.At.Equal(best.At) && name < best.Name) {
			best = &Named{c, name}
		}
	}
	return best
}

// Readable returns the click id that a registration names. If the click belongs
// to a partner other than owner, Readable returns "", because the click id
// would reveal that partner.
func (w *WorkingSet) Readable(clickID string, owner id.UUID) string {
	if of, genuine := w.owner(clickID); genuine && of != owner {
		return ""
	}
	return clickID
}

// Origin is the source of a client, together with the client's first partner.
type Origin struct {
	PartnerID    id.UUID
	ClientUID    id.UUID
	Click        *Click // nil if no click was chosen
	ClickID      string
	LinkCode     string
	CampaignCode string
	SubID        string
	RegisteredAt time.Time
}

// Add records the source of a client. chosen is the click to which the
// registration is attributed, or nil. If the registration names no campaign or no
// sub_id, Add uses the click's campaign or sub_id.
func (w *WorkingSet) Add(s Origin, chosen *Named) Origin {
	if chosen != nil {
		s.Click, s.ClickID = &chosen.Click, chosen.Name
		if s.CampaignCode == "" {
			s.CampaignCode = chosen.CampaignCode
		}
		if s.SubID == "" {
			s.SubID = chosen.SubID
		}
	}
	w.fresh = append(w.fresh, s)
	return s
}

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

// Save writes the sources of new clients. The stored sources never change.
func (w *WorkingSet) Save(ctx context.Context) error {
	rows := make([]*sourceRow, len(w.fresh))
	for i, s := range w.fresh {
		row := &sourceRow{
			PartnerID: s.PartnerID, ClientUID: s.ClientUID, ClickID: s.ClickID, LinkCode: s.LinkCode, CampaignCode: s.CampaignCode, SubID: s.SubID,
			RegisteredAt: s.RegisteredAt,
		}
		if by := s.Click; by != nil {
			// The link belongs to the click's campaign. If the registration
			// names another campaign, the link must not be stored with it.
			row.ClickedAt, row.LinkID, row.Tags, row.Country = &by.At, by.LinkID, by.Tags, by.Country
			row.Platform, row.MaterialID, row.Params = by.Platform, by.MaterialID, by.Params
		}
		rows[i] = row
	}
	w.fresh = nil
	return clientSources.Insert(ctx, w.q, rows...)
}
