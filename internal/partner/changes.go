package partner

import (
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Change is a change of a partner's parent or country from a given time onwards. The
// first change of a partner has the values of the registration. It is stored only for
// partners who have others.
type Change struct {
	PartnerID  id.UUID   `db:"partner_id"`
	From       time.Time `db:"from_at"` // the zero time for the registration
	FactID     string    `db:"fact_id"`
	SetsParent bool      `db:"sets_parent"`
	ParentID   *id.UUID  `db:"parent_id"` // nil means no parent
	Country    string    `db:"country"`   // empty if the country does not change
	// Void is true if the change would put the partner below itself. The partner then
	// keeps its parent, until another change.
	Void bool `db:"void"`
}

func (c *Change) before(other *Change) int {
	if n := c.From.Compare(other.From); n != 0 {
		return n
	}
	return strings.Compare(c.FactID, other.FactID)
}

// Registered returns the parent and the country with which the partner registered.
func (p *Partner) Registered() (parentID *id.UUID, country string) {
	if len(p.Changes) == 0 {
		return p.ParentID, p.Country
	}
	return p.Changes[0].ParentID, p.Changes[0].Country
}

// AddChange adds a change at its place in the partner's history. Call Settle
// afterwards.
func (p *Partner) AddChange(c Change) {
	if len(p.Changes) == 0 {
		p.Changes = []Change{{PartnerID: p.ID, SetsParent: true, ParentID: p.ParentID, Country: p.Country}}
	}
	// The partner may share its history with a copy that is compared later.
	p.Changes = append(slices.Clone(p.Changes), c)
	slices.SortFunc(p.Changes, func(a, b Change) int { return a.before(&b) })
}

// ParentAt returns the parent who earns from the orders that close at t, or id.Nil if
// there is none.
func (p *Partner) ParentAt(t time.Time) id.UUID {
	parent := p.ParentID
	for i := range p.Changes {
		if c := &p.Changes[i]; c.SetsParent && !c.Void && !c.From.After(t) {
			parent = c.ParentID
		}
	}
	if parent == nil {
		return id.Nil
	}
	return *parent
}

// ParentsEver returns every parent that the partner has at some time.
func (p *Partner) ParentsEver() (out []id.UUID) {
	add := func(parent *id.UUID) {
		if parent != nil && !slices.Contains(out, *parent) {
			out = append(out, *parent)
		}
	}
	add(p.ParentID)
	for i := range p.Changes {
		add(p.Changes[i].ParentID)
	}
	return out
}

// Settle decides which changes of parents are void, and sets the present parent and
// country of each partner from its changes. The changes take effect in the order of
// their times, or of their fact ids if the times are equal. A change is void if, after
// the changes before it, the partner would be its own ancestor. The result therefore
// does not depend on the order in which the facts arrive. Settle must get all partners
// who have changes, with everyone who is above them at any time.
func Settle(partners map[id.UUID]*Partner) {
	parents := make(map[id.UUID]id.UUID, len(partners))
	var list []*Change
	for _, p := range partners {
		p.Changes = slices.Clone(p.Changes)
		if parent, _ := p.Registered(); parent != nil {
			parents[p.ID] = *parent
		}
		for i := range p.Changes {
			c := &p.Changes[i]
			if c.Country != "" {
				p.Country = c.Country
			}
			if i > 0 && c.SetsParent {
				list = append(list, c)
			}
		}
	}
	slices.SortFunc(list, (*Change).before)
	for _, c := range list {
		if c.Void = c.ParentID != nil && isAbove(parents, c.PartnerID, *c.ParentID); c.Void {
			continue
		}
		delete(parents, c.PartnerID)
		if c.ParentID != nil {
			parents[c.PartnerID] = *c.ParentID
		}
	}
	for _, p := range partners {
		if len(p.Changes) == 0 {
			continue
		}
		p.ParentID = nil
		if parent, has := parents[p.ID]; has {
			p.ParentID = &parent
		}
	}
}

// isAbove reports whether a partner is the other one, or above it.
func isAbove(parents map[id.UUID]id.UUID, partnerID, other id.UUID) bool {
	for {
		if other == partnerID {
			return true
		}
		parent, has := parents[other]
		if !has {
			return false
		}
		other = parent
	}
}

// SameChanges reports whether two states of a partner have the same changes.
func SameChanges(x, y *Partner) bool {
	return slices.EqualFunc(x.Changes, y.Changes, func(a, b Change) bool { return a.FactID == b.FactID && a.Void == b.Void })
}

// SameParents reports whether two states of a partner have the same parent at every
// time.
func SameParents(x, y *Partner) bool {
	for _, p := range []*Partner{x, y} {
		for i := range p.Changes {
			if t := p.Changes[i].From; x.ParentAt(t) != y.ParentAt(t) {
				return false
			}
		}
	}
	return x.ParentAt(time.Time{}) == y.ParentAt(time.Time{})
}

// Above returns the partners above p at t, the parent first, at most limit. The
// function find returns nil if it does not know a partner.
func Above(find func(id.UUID) *Partner, p *Partner, t time.Time, limit int) (out []id.UUID) {
	for len(out) < limit {
		parent := p.ParentAt(t)
		if parent == id.Nil {
			break
		}
		if p = find(parent); p == nil {
			break
		}
		out = append(out, parent)
	}
	return out
}

// AboveEver returns everyone in all who is above p at some time.
func AboveEver(all map[id.UUID]*Partner, p *Partner) (out []*Partner) {
	seen := map[id.UUID]bool{p.ID: true}
	for queue := []*Partner{p}; len(queue) > 0; queue = queue[1:] {
		for _, parentID := range queue[0].ParentsEver() {
			if above := all[parentID]; above != nil && !seen[parentID] {
				seen[parentID] = true
				out, queue = append(out, above), append(queue, above)
			}
		}
	}
	return out
}

// Span is a time without its end. If Until is the zero time, it does not end.
type Span struct{ From, Until time.Time }

// ChainChanges returns the times in which others are above p than before, up to limit
// steps. before has the partners whose changes differ, as they were, and after has all
// partners.
func ChainChanges(before, after map[id.UUID]*Partner, p *Partner, limit int) (out []Span) {
	was := func(partnerID id.UUID) *Partner {
		if row := before[partnerID]; row != nil {
			return row
		}
		return after[partnerID]
	}
	is := func(partnerID id.UUID) *Partner { return after[partnerID] }
	starts := []time.Time{{}}
	for _, above := range append(AboveEver(after, p), p) {
		for i := range above.Changes {
			starts = append(starts, above.Changes[i].From)
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	starts = slices.CompactFunc(starts, time.Time.Equal)
	for i, from := range starts {
		if slices.Equal(Above(was, was(p.ID), from, limit), Above(is, p, from, limit)) {
			continue
		}
		s := Span{From: from}
		if i+1 < len(starts) {
			s.Until = starts[i+1]
		}
		if last := len(out) - 1; last >= 0 && out[last].Until.Equal(from) {
			out[last].Until = s.Until
		} else {
			out = append(out, s)
		}
	}
	return out
}
