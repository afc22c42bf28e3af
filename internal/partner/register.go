package partner

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

// Registration describes a partner to register.
type Registration struct {
	Email      string
	Country    string // ISO 3166-1 alpha-2 code
	Programme  string // IB or Affiliate
	Currency   string // currency of the partner's rewards
	Code       string // code of the default link; empty means a random code
	ParentCode string // a link code of the parent; empty if there is no parent
}

// Register registers a partner by applying a fact. It creates the partner's
// default link and reward account. It also applies all facts that have waited
// for the partner's code. source identifies the sender and is the first part of
// the fact's id.
//
// It returns ValidationError with the field names of the feed. The code of each
// fault is invalid. For email and partner_code, it can also be already_in_use.
func Register(ctx context.Context, apply feed.Apply, now time.Time, source string, p Registration) (partnerID id.UUID, code string, err error) {
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
		return id.Nil, "", validationError(err)
	}
	outcomes, err := apply(ctx, []feed.Fact{fact}, fact.ID)
	if err != nil {
		return id.Nil, "", err
	}
	if outcomes[0].Status == feed.Refused {
		return id.Nil, "", validationError(outcomes[0].Err)
	}
	return partnerID, code, nil
}

// validationError converts the errors of a fact to a ValidationError with the
// same fields.
func validationError(err error) error {
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
