package wallet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/verification"
)

var _ verification.Binder = (*Service)(nil)

// Bind implements verification.Binder for WITHDRAW. The payload is the body of
// the request for the withdrawal. If the withdrawal would fail now, Bind
// returns the error, so that no code is sent.
func (s *Service) Bind(ctx context.Context, partnerID id.UUID, payload json.RawMessage) (verification.Bound, error) {
	in, err := readRequest(payload)
	if err != nil {
		return verification.Bound{}, err
	}
	if err := s.check(&in); err != nil {
		return verification.Bound{}, err
	}
	var bound verification.Bound
	err = s.store.Read(ctx, func(ctx context.Context, r Tx) error {
		if _, err := verifiedOwner(ctx, r, partnerID); err != nil {
			return err
		}
		account, _, err := s.weigh(ctx, r, partnerID, &in, s.clock.Now())
		if err != nil {
			return err
		}
		bound = verification.Bound{Digest: in.digest(), Summary: summary(in.Amount, account.Currency, in.Method, in.Destination)}
		return nil
	})
	return bound, err
}

// readRequest reads a request from JSON. The amount may be a number or a string.
func readRequest(payload json.RawMessage) (in Request, err error) {
	var fields map[string]json.RawMessage
	if len(payload) == 0 || json.Unmarshal(payload, &fields) != nil {
		return in, fault.Invalid(verification.Whole, "invalid", "Must be an object with account, amount, method and destination.")
	}
	var faults fault.Fields
	for _, f := range []struct {
		name string
		into *string
	}{{"account", &in.Account}, {"method", &in.Method}, {"destination", &in.Destination}} {
		if raw := fields[f.name]; !readText(raw, f.into) {
			faults.Add(f.name, "invalid", "Not a valid string.")
		}
	}
	in.Account = page.Whole(in.Account)
	switch raw := fields["amount"]; {
	case len(raw) == 0 || string(raw) == "null":
		faults.Add("amount", "required", "This field is required.")
	default:
		if err := json.Unmarshal(raw, &in.Amount); errors.Is(err, money.ErrPlaces) {
			faults.Add("amount", "max_decimal_places", "Ensure that there are no more than 2 decimal places.")
		} else if err != nil {
			faults.Add("amount", "invalid", "A valid number is required.")
		}
	}
	return in, faults.Err()
}

// readText reads a string, or a number as a string of digits, because some programs
// send account numbers as JSON numbers. If raw is empty or null, readText leaves
// the text unchanged.
func readText(raw json.RawMessage, into *string) bool {
	if len(raw) > 0 && (raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9')) {
		*into = string(raw)
		return true
	}
	return len(raw) == 0 || json.Unmarshal(raw, into) == nil
}

// summary describes a withdrawal in one line, for the mail with the code. The
// line never has six digits in a row, so that the reader cannot confuse it with
// the code.
func summary(amount money.Amount, currency, method, destination string) string {
	return fmt.Sprintf("Withdraw %s %s by %s to %s", Grouped(amount), currency, method, formatDestination(destination))
}
