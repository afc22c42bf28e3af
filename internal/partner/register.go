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
	Country    string // ISO 3166 alpha-2
	Programme  string // IB or Affiliate
	Currency   string // the currency of its rewards
	Code       string // the code of its default link; empty: one is made
	ParentCode string // a code of its parent; empty: none
}

// Register registers a partner by applying a fact. The partner gets its default
// link, its reward account, and all facts that waited for its code. source
// begins the fact's id and names the sender.
//
// ValidationError names the field as the feed does: invalid, or already_in_use
// for email and partner_code.
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
		return id.Nil, "", refused(err)
	}
	outcomes, err := apply(ctx, []feed.Fact{fact}, fact.ID)
	if err != nil {
		return id.Nil, "", err
	}
	if outcomes[0].Status == feed.Refused {
		return id.Nil, "", refused(outcomes[0].Err)
	}
	return partnerID, code, nil
}

// refused converts the errors of a fact to faults of its fields.
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
