package notify

import (
	"encoding/json"
	"fmt"

	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/wallet"
)

// kinds lists the event types that cause a notification, each with the kind of
// the notification.
var kinds = map[event.Type]Kind{
	event.ClientRegistered:   ClientRegistered,
	event.ClientVerified:     ClientVerified,
	event.ClientFirstDeposit: FirstDeposit,
	event.ClientQualified:    ClientQualified,
	event.ClientContact:      ContactAnswered,
	event.PayoutPaid:         PayoutPaid,
	event.PayoutFailed:       PayoutFailed,
}

var types = []event.Type{
	event.ClientRegistered, event.ClientVerified, event.ClientFirstDeposit, event.ClientQualified, event.ClientContact,
	event.PayoutPaid, event.PayoutFailed,
}

var titles = map[Kind]string{
	ClientRegistered: "A client registered",
	ClientVerified:   "A client is verified",
	FirstDeposit:     "A client made its first deposit",
	ClientQualified:  "A client is active",
	ContactAnswered:  "A client answered your request",
	PayoutPaid:       "A payout was paid",
	PayoutFailed:     "A payout failed",
}

// words describes an event. The line for mails contains no ids, because only a
// verification code may have six digits in a row in a mail.
type words struct {
	kind                       Kind
	title, body, subject, line string
}

func say(e *event.Event) (words, error) {
	w := words{kind: kinds[e.Type]}
	w.title = titles[w.kind]
	var err error
	switch w.kind {
	case PayoutPaid, PayoutFailed:
		var p event.Payout
		if err = json.Unmarshal(e.Data, &p); err == nil {
			w.payout(&p)
		}
	default:
		var c event.Client
		if err = json.Unmarshal(e.Data, &c); err == nil {
			w.client(&c)
		}
	}
	if err != nil {
		return words{}, fmt.Errorf("event %d of partner %s: %w", e.Seq, e.PartnerID, err)
	}
	return w, nil
}

func (w *words) client(c *event.Client) {
	w.subject = c.ClientUID.String()
	did := map[Kind]string{
		ClientRegistered: "registered",
		ClientVerified:   "was verified",
		FirstDeposit:     "made its first deposit",
		ClientQualified:  "has been verified, has made a deposit and has traded",
		ContactAnswered:  "answered your request to share its contact",
	}[w.kind]
	from := "with the link " + c.LinkCode
	if c.LinkCode == "" {
		from = "without a link"
	}
	w.body = fmt.Sprintf("Client %s (%s, %s) %s.", c.ClientUID.Short(), c.Country, from, did)
	w.line = fmt.Sprintf("A client (%s) %s.", c.Country, did)
}

func (w *words) payout(p *event.Payout) {
	w.subject = p.PayoutID
	what := fmt.Sprintf("A %s of %s %s", p.Kind, wallet.Grouped(p.Amount), p.Currency)
	if w.kind == PayoutPaid {
		w.body = what + " was paid."
		w.line = w.body
		return
	}
	w.line = what + " could not be paid."
	w.body = w.line
	if p.Reason != "" {
		w.body = what + " could not be paid: " + p.Reason
	}
}
