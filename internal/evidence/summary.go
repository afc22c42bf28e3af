package evidence

import (
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
)

// period is a time in which the client belonged to the asking partner.
type period struct {
	from  time.Time
	until *time.Time // nil if the period has no end
}

// beginPeriod begins a period if the client now belongs to the asking partner, and no
// period is open.
func (b *builder) beginPeriod(at time.Time) {
	if b.asks == nil || b.now.PartnerID != *b.asks {
		return
	}
	if n := len(b.periods); n > 0 && b.periods[n-1].until == nil {
		return
	}
	b.periods = append(b.periods, period{from: at})
}

// endPeriod ends the open period, if any. A period that would end before it begins is
// removed: then an event is dated before the registration.
func (b *builder) endPeriod(at time.Time) {
	n := len(b.periods)
	if n == 0 || b.periods[n-1].until != nil {
		return
	}
	if b.periods[n-1].until = &at; !at.After(b.periods[n-1].from) {
		b.periods = b.periods[:n-1]
	}
}

const moment = "2 January 2006, 15:04:05 UTC"

// summary says whether and when the client and its accounts belonged to the asking
// partner.
func (b *builder) summary() string {
	who := "this partner"
	if b.own {
		who = "you"
	}
	var text string
	if times, open := spans(b.periods); open {
		text = "The client belongs to " + who + ", " + times + "."
	} else if times != "" {
		text = "The client does not belong to " + who + " now. It did " + times + "."
	} else {
		text = "The client never belonged to " + who + "."
	}
	var now, before []string
	for _, a := range b.accounts {
		if a.PartnerID == *b.asks {
			now = append(now, a.ClientAccount)
		} else if slices.ContainsFunc(a.AllStays(), func(s attribution.Stay) bool { return s.PartnerID == *b.asks }) {
			before = append(before, a.ClientAccount)
		}
	}
	return text + accounts(" Accounts that belong to "+who+" now: ", now) + accounts(" Accounts that belonged to "+who+" before: ", before)
}

func accounts(words string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	return words + strings.Join(list, ", ") + "."
}

// spans describes periods. open reports whether the last one has no end.
func spans(list []period) (text string, open bool) {
	parts := make([]string, len(list))
	for i, p := range list {
		if open = p.until == nil; open {
			parts[i] = "since " + p.from.UTC().Format(moment)
		} else {
			parts[i] = "from " + p.from.UTC().Format(moment) + " to " + p.until.UTC().Format(moment)
		}
	}
	return strings.Join(parts, " and "), open
}
