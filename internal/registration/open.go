package registration

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// Facts is where facts take effect: accrual.Service.
type Facts interface {
	Apply(ctx context.Context, facts []feed.Fact, requestID string) ([]feed.Outcome, error)
}

// NewPartner is a partner to be.
type NewPartner struct {
	Email      string
	Country    string // ISO 3166 alpha-2
	Programme  string // partner.IB or partner.Affiliate
	Currency   string // of its rewards
	Code       string // of its default link; empty: one is made
	ParentCode string // of the partner above it; empty: none
}

// Open registers a partner, as a fact of its own: with its default link, its
// reward account, and everything that waited for its code. source begins the
// fact's id and says who sent it.
//
// ValidationError on the field, named as in the feed: invalid, or
// already_in_use for email and partner_code.
func Open(ctx context.Context, facts Facts, now time.Time, source string, p NewPartner) (partnerID id.UUID, code string, err error) {
	partnerID, code = id.New(), p.Code
	if code == "" {
		code = strings.ToLower(rand.Text()[:10])
	}
	line, err := json.Marshal(map[string]any{
		"id": source + "-" + partnerID.String(), "type": feed.PartnerRegistered, "at": now.Format(time.RFC3339Nano),
		"partner_uid": partnerID, "email": p.Email, "country": p.Country, "program": p.Programme,
		"partner_code": code, "currency": p.Currency, "parent_code": p.ParentCode,
	})
	if err != nil {
		return id.Nil, "", fmt.Errorf("encoding the registration: %w", err)
	}
	fact, err := feed.ParseLine(line)
	if err != nil {
		return id.Nil, "", refused(err)
	}
	outcomes, err := facts.Apply(ctx, []feed.Fact{fact}, fact.ID)
	if err != nil {
		return id.Nil, "", err
	}
	if outcomes[0].Status == feed.Refused {
		return id.Nil, "", refused(outcomes[0].Err)
	}
	return partnerID, code, nil
}

// refused turns what is wrong with a fact into the faults of its fields.
func refused(err error) error {
	line, ok := errors.AsType[*feed.LineError](err)
	if !ok {
		return err
	}
	var fields fault.Fields
	for _, f := range line.Faults() {
		fields.Add(f.Field, f.Code, f.Message)
	}
	return fields.Err()
}
