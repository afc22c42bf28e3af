package rebate

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/verification"
)

var _ verification.Binder = (*Runs)(nil)

// payload is the response of approve/start, which a client sends back. Its ids
// can be in any order, and can be numbers or strings. Additional fields are
// ignored.
type payload struct {
	UserUID       *id.UUID          `json:"user_uid"`
	RequestedAt   *time.Time        `json:"requested_at"`
	OperationType verification.Type `json:"operation_type"`
	Rebates       idList            `json:"rebate_ids"`
	Rows          idList            `json:"rebate_row_ids"`
	Digest        string            `json:"digest"`
}

// idList accepts ids as numbers and as strings.
type idList []int64

func (list *idList) UnmarshalJSON(text []byte) error {
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil {
		return err
	}
	*list = make(idList, len(items))
	for i, item := range items {
		n, err := strconv.ParseInt(page.Whole(string(bytes.Trim(item, `"`))), 10, 64)
		if err != nil {
			return err
		}
		(*list)[i] = n
	}
	return nil
}

// Bind implements verification.Binder. It accepts only a selection that
// approve/start has shown within the last ten minutes, and only if its sums
// have not changed since.
func (r *Runs) Bind(ctx context.Context, partnerID id.UUID, raw json.RawMessage) (verification.Bound, error) {
	p, err := readPayload(partnerID, raw)
	if err != nil {
		return verification.Bound{}, err
	}
	var bound verification.Bound
	err = r.store.Read(ctx, func(ctx context.Context, tx RunTx) error {
		if err := aboveZero(ctx, tx, partnerID); err != nil {
			return err
		}
		s, err := p.selection(ctx, tx, partnerID)
		if err != nil {
			return fault.Renamed(err, p.fieldName)
		}
		f, err := find(ctx, tx, partnerID, s, StatusPending)
		if err != nil {
			return fault.Renamed(err, p.fieldName)
		}
		bound.Digest = s.digest(&f.Shown)
		shown, err := tx.Approvals(ctx, partnerID, bound.Digest)
		if err != nil {
			return err
		}
		for i := range shown {
			if shown[i].RequestedAt.Equal(*p.RequestedAt) {
				bound.Summary = summary(&f.Shown)
				return r.fresh(&shown[i])
			}
		}
		return errNotShown
	})
	return bound, err
}

var (
	errNotShown = fault.Invalid(verification.Whole, "invalid",
		"approve/start has not shown this selection, or its sums have changed since then. Start again with approve/start.")
	errTooOld = fault.Invalid(verification.Whole, "expired", "This selection was shown more than ten minutes ago. Start again with approve/start.")
)

func (r *Runs) fresh(a *Approval) error {
	if r.clock.Now().Sub(a.RequestedAt) > showFor {
		return errTooOld
	}
	return nil
}

func readPayload(partnerID id.UUID, raw json.RawMessage) (*payload, error) {
	p := &payload{}
	if err := object.Decode(raw, p); err != nil {
		return nil, fault.Invalid(verification.Whole, "invalid", "Send the verification_payload that approve/start returned, without changes.")
	}
	switch {
	case p.RequestedAt == nil:
		return nil, fault.Invalid("requested_at", "required", "This field is required.")
	case p.UserUID == nil:
		return nil, fault.Invalid("user_uid", "required", "This field is required.")
	case *p.UserUID != partnerID:
		return nil, fault.Invalid("user_uid", "invalid", "This payload is for another partner.")
	case p.OperationType != "" && p.OperationType != verification.ApproveRebates:
		return nil, fault.Invalid("operation_type", "invalid", "Must be "+string(verification.ApproveRebates)+".")
	}
	return p, nil
}

// selection returns the selection of a payload, which contains either the ids
// or the digest that approve/start returned for them.
func (p *payload) selection(ctx context.Context, tx RunTx, partnerID id.UUID) (Selection, error) {
	if p.Digest == "" && len(p.Rebates)+len(p.Rows) == 0 {
		return Selection{}, errNotShown
	}
	if p.Digest == "" {
		return Select(p.Rebates, p.Rows)
	}
	var digest verification.Digest
	if n, err := hex.Decode(digest[:], []byte(p.Digest[:min(len(p.Digest), hex.EncodedLen(len(digest)))])); err != nil || n != len(digest) {
		return Selection{}, errNotShown
	}
	shown, err := tx.Approvals(ctx, partnerID, digest)
	if err != nil {
		return Selection{}, err
	}
	if len(shown) == 0 {
		return Selection{}, errNotShown
	}
	return shown[0].Selection, nil
}

// fieldName returns the payload's name for a field of a Selection. It returns ""
// if the payload has a digest.
func (p *payload) fieldName(field string) string {
	switch {
	case p.Digest != "":
		return verification.Whole
	case field == fieldRebates:
		return "rebate_ids"
	case field == fieldRows:
		return "rebate_row_ids"
	}
	return field
}

func summary(s *Shown) string {
	accounts := "client accounts"
	if s.Paying == 1 {
		accounts = "client account"
	}
	return "Pay " + money.Group(money.FormatFixed(int64(s.Pay.Amount)/int64(cent), 2)) + " " + s.Currency +
		" of rebates to " + money.GroupInt(s.Paying) + " " + accounts
}
