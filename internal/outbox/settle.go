package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/mail"
)

// disableAfter is how long an endpoint may fail before it is disabled.
const disableAfter = 72 * time.Hour

const (
	reasonFailing = "failing" // it has failed for disableAfter
	reasonGone    = "gone"    // it has returned 410 Gone
)

// settle stores the outcomes of deliveries. If the endpoint has failed for too
// long, it also disables the endpoint and sends the partner an e-mail, in the
// same transaction.
func (c *Courier) settle(ctx context.Context, e *Endpoint, lease time.Time, outcomes []Outcome) (after Endpoint, err error) {
	err = c.store.Atomically(ctx, func(ctx context.Context) error {
		if after, err = c.store.Settle(ctx, e, lease, outcomes); err != nil {
			return err
		}
		if after.Status != Active || after.URL != e.URL {
			return nil // the endpoint is not active, or the outcomes belong to its previous URL
		}
		if reason := c.reasonToDisable(&after, outcomes); reason != "" {
			return c.disable(ctx, &after, reason)
		}
		return nil
	})
	if errors.Is(err, ErrUnknown) {
		return after, nil // the endpoint was deleted in the meantime
	}
	if err == nil && c.Observe != nil {
		for i := range outcomes {
			if outcomes[i].Attempt != nil {
				c.Observe(e.Kind, outcomes[i].Status)
			}
		}
	}
	return after, err
}

// reasonToDisable returns the reason to disable an endpoint, or "" if the outcomes
// give no reason.
func (c *Courier) reasonToDisable(e *Endpoint, outcomes []Outcome) string {
	reason := ""
	for i := range outcomes {
		switch a := outcomes[i].Attempt; {
		case a == nil:
		case a.StatusCode == http.StatusGone:
			return reasonGone
		case a.InVain() && e.FailingSince != nil && !e.FailingSince.After(c.Clock.Now().Add(-disableAfter)):
			reason = reasonFailing
		}
	}
	return reason
}

func (c *Courier) disable(ctx context.Context, e *Endpoint, reason string) error {
	e.Status, e.Reason, e.UpdatedAt = Disabled, reason, c.Clock.Now()
	if err := c.store.ChangeEndpoint(ctx, e, false); err != nil {
		return err
	}
	email, err := c.store.Email(ctx, e.PartnerID)
	if err != nil {
		return err
	}
	err = c.Audit.Record(ctx, audit.Entry{
		PartnerID: e.PartnerID, Action: string(e.Kind) + ".disabled", Subject: e.EndpointID.String(), Details: map[string]any{"reason": reason},
	})
	if err != nil {
		return err
	}
	return c.Mails.Enqueue(ctx, letter(e, email))
}

// codeLike matches digits that look like a verification code. The e-mail must
// contain none, because readers could mistake them for a code.
var codeLike = regexp.MustCompile(`[0-9]{6}`)

func letter(e *Endpoint, to string) mail.Message {
	why := "has not accepted a message for three days"
	if e.Reason == reasonGone {
		why = "answered 410 Gone"
	}
	name := ""
	if e.Name != "" && !codeLike.MatchString(e.Name) {
		name = fmt.Sprintf(" %q", e.Name)
	}
	partnerID, subject := e.PartnerID, fmt.Sprintf("Your %s was switched off", e.Kind)
	return mail.Message{
		PartnerID: &partnerID, Kind: "endpoint_disabled", To: to,
		Change:  &mail.Change{Title: subject, Detail: fmt.Sprintf("Your %s%s %s.", e.Kind, name, why)},
		Subject: subject,
		Text: fmt.Sprintf("Your %s%s %s, so it gets no more events.\n\n"+
			"Events are stored for %d days. When the receiver works again, make the %s active,\n"+
			"and it will get the events that it missed. Its log of deliveries shows what went wrong.\n", e.Kind, name, why, retentionDays, e.Kind),
	}
}
