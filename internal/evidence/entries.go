package evidence

import (
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outcome"
)

// builder turns the records of a client into entries.
type builder struct {
	*records

	clientUID id.UUID
	asks      *id.UUID // the partner for or against whom the entries speak, if any
	own       bool     // whether this partner reads the list

	entries []Entry
	now     Party // the client's partner after the events so far
	left    bool  // whether the client has left the broker, after the events so far
	periods []period
}

func (e *Entry) figure(name, value string) {
	if value != "" {
		e.Figures = append(e.Figures, outcome.Figure{Name: name, Value: value})
	}
}

func (e *Entry) figureTime(name string, at time.Time) {
	e.figure(name, at.UTC().Format(time.RFC3339Nano))
}

// decides adds an entry that gives the client or an account to its Partner.
func (b *builder) decides(e *Entry) {
	if b.asks != nil {
		is := e.Partner.PartnerID == *b.asks
		e.For = &is
	}
	b.add(e)
}

// ends adds an entry that takes the client away from its Partner.
func (b *builder) ends(e *Entry) {
	if b.asks != nil && e.Partner.PartnerID == *b.asks {
		e.For = new(false)
	}
	b.add(e)
}

func (b *builder) add(e *Entry) {
	if fact, stored := b.facts[e.FactID]; stored && !b.own {
		e.figureTime("received_at", fact.ReceivedAt)
	}
	b.entries = append(b.entries, *e)
}

// name returns a party for a sentence, as the reader may see it.
func (b *builder) name(p Party) string {
	switch {
	case p.PartnerID == id.Nil:
		return "no partner"
	case b.own && p.PartnerID != *b.asks:
		return "another partner"
	case b.own && p.LinkCode == "":
		return "you"
	case b.own:
		return fmt.Sprintf("you (code %q)", p.LinkCode)
	case p.LinkCode == "":
		return "the partner " + p.PartnerID.String()
	default:
		return fmt.Sprintf("the partner with the code %q", p.LinkCode)
	}
}

// of returns a noun with its owner, such as "your link".
func (b *builder) of(article, noun string, p Party) string {
	switch {
	case b.own && p.PartnerID == *b.asks:
		return "your " + noun
	case b.own:
		return "another partner's " + noun
	default:
		return article + " " + noun + " of " + b.name(p)
	}
}

// addHistory adds the events of the client, in the order in which they take effect.
func (b *builder) addHistory() error {
	base, _ := b.history.Registered()
	b.addRegistration(&base)
	for i := range b.history {
		e := &b.history[i]
		entry := &Entry{At: e.At, Kind: Kind(e.Kind), FactID: e.FactID}
		was, to := b.now, Party{e.PartnerID, e.LinkCode}
		switch e.Kind { //nolint:exhaustive // the other types are not events of a client
		case feed.ClientPartnerChanged, feed.ClientMoved:
			if err := b.addChange(entry, e, to); err != nil {
				return err
			}
		case feed.ClientPartnerChanging:
			wanted := b.name(to)
			if to.PartnerID == id.Nil {
				wanted = "another partner"
			}
			entry.Partner, entry.Text = &was, fmt.Sprintf("The client asked to change from %s to %s. This alone changes nothing.", b.name(was), wanted)
			b.add(entry)
		case feed.ClientChangeCancelled:
			entry.Partner, entry.Text = &was, "The client no longer asks for another partner"+b.with(" and stays with ", was)+"."
			b.add(entry)
		case feed.ClientLeft:
			entry.Partner, entry.Text = &was, "The client left the broker"+b.with(". Until then it belonged to ", was)+"."
			b.ends(entry)
			b.left = true
			b.endPeriod(e.At)
		case feed.ClientReturned:
			entry.Partner, entry.Text = &was, "The client returned to the broker"+b.with(" and to ", was)+"."
			b.decides(entry)
			b.left = false
			b.beginPeriod(e.At)
		case feed.ClientVerified:
			entry.Partner, entry.Text = &was, "The broker verified the client"+b.with(", who belonged to ", was)+"."
			b.add(entry)
		case feed.ContactShared:
			b.addContact(entry, e)
		}
	}
	return nil
}

func (b *builder) addRegistration(e *attribution.Event) {
	b.now = Party{e.PartnerID, e.LinkCode}
	to := b.now
	entry := &Entry{At: e.At, Kind: Kind(e.Kind), Partner: &to, FactID: e.FactID}
	code := ""
	if b.client != nil {
		code = b.client.PartnerCode
	}
	switch {
	case code != "" && *b.codeOwner != e.PartnerID:
		entry.Text = fmt.Sprintf("The client registered with the code %q, but has the e-mail address of its partner. "+
			"The programme refuses this, so the client went to %s.", code, b.name(to))
	case code != "":
		entry.Text = fmt.Sprintf("The client registered with the code %q, so it went to %s.", code, b.name(to))
	case b.counted() != "":
		entry.Text = fmt.Sprintf("The client registered without a code. The click that counts decided, so the client went to %s.", b.name(to))
	case e.PartnerID == id.Nil:
		entry.Text = "The client registered without a code, and no click counts. So the client went to no partner."
	default:
		entry.Text = fmt.Sprintf("The client registered and went to %s.", b.name(to))
	}
	entry.figure("typed_code", code)
	if b.source != nil {
		entry.figure("campaign_code", b.source.CampaignCode)
		entry.figure("sub_id", b.source.SubID)
	}
	b.decides(entry)
	b.beginPeriod(e.At)
}

// with returns the words and the party, or "" if the client has no partner.
func (b *builder) with(words string, p Party) string {
	if p.PartnerID == id.Nil {
		return ""
	}
	return words + b.name(p)
}

// addChange adds a change of the client's partner.
func (b *builder) addChange(entry *Entry, e *attribution.Event, to Party) error {
	was := b.now
	entry.Partner, entry.from = &to, &was
	if e.Kind == feed.ClientMoved {
		entry.Text = fmt.Sprintf("The broker moved the client, with its accounts, from %s to %s.", b.name(was), b.name(to))
		if err := b.addReason(entry, e); err != nil {
			return err
		}
	} else {
		entry.Text = fmt.Sprintf("The client changed from %s to %s. Accounts that are open already stay with their partners.", b.name(was), b.name(to))
		b.left = false
	}
	b.now = to
	b.decides(entry)
	if was.PartnerID != to.PartnerID {
		b.endPeriod(e.At)
	}
	if !b.left {
		b.beginPeriod(e.At)
	}
	return nil
}

// addReason adds why and by whom the client was moved. Only the broker sees this.
func (b *builder) addReason(entry *Entry, e *attribution.Event) error {
	if b.own {
		return nil
	}
	body, err := bodyOf[feed.ClientChange](b.records, e)
	if err != nil {
		return err
	}
	if body != nil {
		entry.Text += fmt.Sprintf(" The reason: %s", body.Reason)
		entry.figure("reason", body.Reason)
	}
	by, logged := b.moves[e.FactID]
	if !logged {
		entry.figure("author", "feed")
		return nil
	}
	entry.figure("author", by.author())
	entry.figureTime("ordered_at", by.At)
	return nil
}

func (b *builder) addContact(entry *Entry, e *attribution.Event) {
	asked := b.now
	if e.PartnerID != id.Nil && e.PartnerID != asked.PartnerID {
		asked = Party{PartnerID: e.PartnerID}
	}
	entry.Partner = &asked
	if e.Granted {
		entry.Text = "The client agreed to share its contact details" + b.with(" with ", asked) + "."
	} else {
		entry.Text = "The client did not agree to share its contact details" + b.with(" with ", asked) + "."
	}
	b.add(entry)
}

func (b *builder) addSelfReferrals() {
	for _, s := range b.selfs {
		of := Party{PartnerID: s.PartnerID}
		entry := &Entry{At: s.At, Kind: SelfReferral, Partner: &of, FactID: s.FactID}
		address := b.of("the", "e-mail address", of)
		if s.Refused {
			entry.Text = fmt.Sprintf("The client has %s. The programme refuses such clients, so this fact attributes nothing to %s.", address, b.name(of))
		} else {
			entry.Text = fmt.Sprintf("The client has %s. The programme flags this, but attributes the client.", address)
		}
		if s.Refused && b.asks != nil && s.PartnerID == *b.asks {
			entry.For = new(false)
		}
		b.add(entry)
	}
}

// addAccounts adds the opening of each account, and its later stays.
func (b *builder) addAccounts() {
	for _, a := range b.accounts {
		for i, stay := range a.AllStays() {
			to := Party{stay.PartnerID, stay.LinkCode}
			entry := &Entry{At: stay.From, Kind: AccountMoved, Partner: &to}
			entry.figure("client_account", a.ClientAccount)
			if i == 0 {
				entry.At, entry.Kind, entry.FactID = a.OpenedAt, Kind(feed.AccountOpened), a.FactID
				entry.Text = b.opened(a, to)
				entry.figure("typed_code", a.TypedCode)
			} else {
				was := a.AllStays()[i-1]
				entry.from = &Party{was.PartnerID, was.LinkCode}
				entry.FactID = b.moveAt(stay)
				entry.Text = fmt.Sprintf("The account %s moved with the client from %s to %s. This holds for orders that close from then on.",
					a.ClientAccount, b.name(*entry.from), b.name(to))
			}
			b.decides(entry)
		}
	}
}

func (b *builder) opened(a *attribution.Account, to Party) string {
	switch {
	case a.TypedCode == "":
		return fmt.Sprintf("The client opened the account %s without a code. So the account went to the client's partner at that time: %s.",
			a.ClientAccount, b.name(to))
	case to.PartnerID == id.Nil:
		return fmt.Sprintf("The client opened the account %s with the code %q, but has the e-mail address of its partner. "+
			"The programme refuses this, so the account went to no partner.", a.ClientAccount, a.TypedCode)
	default:
		return fmt.Sprintf("The client opened the account %s with the code %q, so the account went to %s.", a.ClientAccount, a.TypedCode, b.name(to))
	}
}

// moveAt returns the fact with which a stay began.
func (b *builder) moveAt(stay attribution.Stay) (factID string) {
	for _, e := range b.history {
		if e.Kind == feed.ClientMoved && e.At.Equal(stay.From) && e.PartnerID == stay.PartnerID {
			factID = e.FactID
		}
	}
	return factID
}
