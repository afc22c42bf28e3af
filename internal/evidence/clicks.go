package evidence

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// clickIDs returns the click ids that are known of the client: those that the
// registration names, and the one that counts.
func (b *builder) clickIDs() (ids []string) {
	add := func(text string) {
		if text != "" && !slices.Contains(ids, text) {
			ids = append(ids, text)
		}
	}
	add(b.counted())
	if b.client != nil {
		add(b.client.ClickID)
		for _, text := range b.client.ClickIDs {
			add(text)
		}
	}
	return ids
}

// counted returns the id of the click that counts, or "" if none does.
func (b *builder) counted() string {
	if b.source == nil {
		return ""
	}
	return b.source.ClickID
}

// addClicks adds an entry for each click. found has the clicks that are still stored.
func (b *builder) addClicks(found map[string]click.Click, owner func(string) (id.UUID, bool)) {
	base, _ := b.history.Registered()
	for _, text := range b.clickIDs() {
		partnerID, genuine := owner(text)
		c, stored := found[text]
		counts := text == b.counted()
		if counts && !stored {
			c, stored = b.recorded(partnerID), true
		}
		entry := &Entry{At: base.At, Kind: Click}
		entry.figure("click_id", text)
		if !genuine && !counts {
			entry.Text = "The registration names a click id that this programme did not create, or that was changed. It does not count."
			b.add(entry)
			continue
		}
		by := Party{partnerID, c.LinkCode}
		entry.Partner = &by
		if !stored {
			entry.Text = fmt.Sprintf("The registration names a click on %s. The click itself is no longer stored, so its time is not known. It does not count.",
				b.of("a", "link", by))
			b.add(entry)
			continue
		}
		entry.At = c.At
		b.describe(entry, &c)
		if counts {
			entry.Text = fmt.Sprintf("A click on %s. It counts: %s.", b.of("a", "link", by), b.why())
			b.decides(entry)
			continue
		}
		entry.Text = fmt.Sprintf("A click on %s. It does not count: %s.", b.of("a", "link", by), b.whyNot(&c, base.At))
		b.add(entry)
	}
}

// recorded returns the click that counts as it was recorded with the registration.
func (b *builder) recorded(partnerID id.UUID) click.Click {
	s := b.source
	base, _ := b.history.Registered()
	c := click.Click{PartnerID: partnerID, At: base.At, Kind: click.Counted, Source: click.Source{
		LinkCode: s.LinkCode, CampaignCode: s.CampaignCode, LinkID: s.LinkID, SubID: s.SubID, Country: s.Country,
	}}
	if s.ClickedAt != nil {
		c.At = *s.ClickedAt
	}
	return c
}

func (b *builder) describe(entry *Entry, c *click.Click) {
	entry.figure("link_code", c.LinkCode)
	entry.figure("campaign_code", c.CampaignCode)
	if c.LinkID != 0 {
		entry.figure("tracked_link", strconv.FormatInt(c.LinkID, 10))
	}
	entry.figure("sub_id", c.SubID)
	entry.figure("country", c.Country)
	if c.Kind != click.Counted {
		entry.figure("kind", string(c.Kind))
	}
}

// rule returns the rule of the plan with which the click was chosen.
func (b *builder) rule() string {
	if b.plan.CountedClick == reward.FirstClick {
		return "first"
	}
	return "last"
}

func (b *builder) why() string {
	among := "the visitor's clicks"
	if b.codeOwner != nil {
		among = "the visitor's clicks on links of the partner whose code the registration names"
	}
	return fmt.Sprintf("the plan in force at the registration takes the %s of %s in the %s before it", b.rule(), among, clock.FormatSpan(b.window))
}

// whyNot returns why a stored click does not count. It makes the same checks as
// click.WorkingSet.Counted, in the same order.
func (b *builder) whyNot(c *click.Click, registered time.Time) string {
	base, _ := b.history.Registered()
	self, refused := b.refusedTo(base.FactID)
	switch {
	case c.At.After(registered.Add(click.Skew)):
		return "it is later than the registration"
	case registered.Sub(c.At) > b.window:
		return fmt.Sprintf("it is more than %s older than the registration, which is the attribution window", clock.FormatSpan(b.window))
	case b.codeOwner != nil && *b.codeOwner != c.PartnerID:
		return "the registration names a code, and the click is on a link of another partner than the code's"
	case refused && self == c.PartnerID:
		return "the client has the e-mail address of the partner, which the programme refuses"
	case refused || b.counted() != "":
		return fmt.Sprintf("the plan in force at the registration takes the %s click, which is another one", b.rule())
	default:
		return "its link had another owner, or none, when the client registered"
	}
}

// refusedTo returns the partner to whom a fact was refused as a self-referral. Only
// this partner may read that it is the client.
func (b *builder) refusedTo(factID string) (partnerID id.UUID, refused bool) {
	for _, s := range b.selfs {
		if s.FactID == factID && s.Refused {
			return s.PartnerID, true
		}
	}
	return id.Nil, false
}
