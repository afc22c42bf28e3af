package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/verification"
)

var _ verification.Binder = (*Service)(nil)

type payload struct {
	LinkID      *number         `json:"link_id"`
	ID          *number         `json:"id"`
	AgentLinkID *number         `json:"referral_agent_link_id"`
	Share       json.RawMessage `json:"share_perc"`
	Cap         json.RawMessage `json:"cap_amount_usd"`
}

// number is a whole number that a client sends as a JSON number or as a string.
// Some programs send 12 as 12.0.
type number int64

var errNoNumber = fault.Invalid("link_id", "invalid", "A valid integer is required.")

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(text []byte) error {
	whole, zeros, _ := strings.Cut(strings.Trim(string(text), `"`), ".")
	if strings.Trim(zeros, "0") != "" {
		return errNoNumber
	}
	value, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return errNoNumber
	}
	*n = number(value)
	return nil
}

// Bind implements verification.Binder for SET_AGENT_COMMISSION. The payload is
// {link_id?, share_perc, cap_amount_usd?}. The names "id" and
// "referral_agent_link_id" are also accepted for link_id. Without link_id, the
// code authorises one agreement with this share on any one of the owner's
// links. If such a payload has no cap_amount_usd either, the agreement may have
// any limit.
//
// Bind returns ValidationError for the same faults as SetAgreement, and
// NotFound if the owner has no such link.
func (s *Service) Bind(ctx context.Context, ownerID id.UUID, text json.RawMessage) (verification.Bound, error) {
	linkID, terms, err := readPayload(text)
	if err != nil {
		return verification.Bound{}, err
	}
	if linkID == nil {
		limit := "with any limit"
		if terms.Cap != nil {
			limit = atMost(terms.Cap)
		}
		return verification.Bound{
			Digest:  anyLink(terms),
			Summary: fmt.Sprintf("Give one of your agents %s %% of the rewards from its link, %s", terms.Share, limit),
		}, nil
	}
	link, err := s.store.Link(ctx, ownerID, *linkID)
	if err != nil {
		return verification.Bound{}, err
	}
	return verification.Bound{
		Digest:  digest(*linkID, terms),
		Summary: fmt.Sprintf("Give %s %s %% of the rewards from the link %s, %s", agentName(link.Alias), terms.Share, link.Code, atMost(terms.Cap)),
	}, nil
}

// readPayload reads the payload of a request for a code. It returns a nil linkID
// if the payload has no link.
func readPayload(text json.RawMessage) (linkID *int64, terms Terms, err error) {
	var p payload
	if err := object.Decode(text, &p); err != nil {
		if fault.CodeOf(err) != "" {
			return nil, terms, errNoNumber
		}
		return nil, terms, fault.Invalid(verification.Whole, "invalid", "Expected an object with share_perc, and optionally link_id and cap_amount_usd.")
	}
	var faults fault.Fields
	for _, given := range []*number{p.AgentLinkID, p.ID, p.LinkID} {
		if given != nil {
			linkID = (*int64)(given)
		}
	}
	if isAbsent(p.Share) {
		faults.Add("share_perc", "required", "This field is required.")
	} else if json.Unmarshal(p.Share, &terms.Share) != nil {
		faults.Add("share_perc", "invalid", "A valid number is required.")
	}
	if !isAbsent(p.Cap) {
		terms.Cap = new(money.Amount)
		if json.Unmarshal(p.Cap, terms.Cap) != nil {
			faults.Add("cap_amount_usd", "invalid", "A valid number is required.")
		}
	}
	if err := faults.Err(); err != nil {
		return nil, terms, err
	}
	return linkID, terms, terms.Validate()
}

func isAbsent(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

func digest(linkID int64, terms Terms) verification.Digest {
	limit := ""
	if terms.Cap != nil {
		limit = terms.Cap.String()
	}
	return verification.DigestOf(verification.SetAgentCommission, subject(linkID), terms.Share.String(), limit)
}

// anyLink returns the digest that authorises one agreement on any link. If the
// terms have no limit, the agreement may have any limit.
func anyLink(terms Terms) verification.Digest {
	limit := "any"
	if terms.Cap != nil {
		limit = terms.Cap.String()
	}
	return verification.DigestOf(verification.SetAgentCommission, "any link", terms.Share.String(), limit)
}

// acceptedDigests returns the digests of all tokens that authorise the terms on
// a link. The most specific digest is first.
func acceptedDigests(linkID int64, terms Terms) []verification.Digest {
	return []verification.Digest{digest(linkID, terms), anyLink(terms), anyLink(Terms{Share: terms.Share})}
}

func subject(linkID int64) string { return strconv.FormatInt(linkID, 10) }

// agentName returns "the agent" and the alias, for the summary in a mail. It leaves
// out an alias with six digits in a row, because the reader could mistake these
// digits for the code.
func agentName(alias string) string {
	digits := 0
	for _, c := range alias {
		if digits++; c < '0' || c > '9' {
			digits = 0
		}
		if digits == 6 {
			return "the agent"
		}
	}
	return "the agent \u201c" + alias + "\u201d"
}

func atMost(limit *money.Amount) string {
	if limit == nil {
		return "without a limit"
	}
	return "at most " + dollars(*limit) + " USD"
}

// dollars formats an amount with two decimal places and commas between
// thousands, so that the text never has six digits in a row.
func dollars(a money.Amount) string {
	return money.Group(money.FormatFixed(int64(a/cent), 2))
}

// letter returns the mail that informs an agent about an agreement. It contains
// no text that the owner wrote, because the owner can enter the e-mail address
// of any person.
func letter(l *Link, terms Terms, from time.Time) mail.Message {
	return mail.Message{
		PartnerID: &l.OwnerID, Kind: "agent_agreement", To: l.Email, Subject: "Your share of rewards",
		Text: fmt.Sprintf(`A partner of the programme gives you a share of its rewards.

Link code: %s
Your share: %s %% of the reward for each order of clients who came through this link
Limit: %s
In force for orders that close from: %s UTC

Each share is paid into the wallet of the partner who signs in with this e-mail
address. If you are this partner, you need not do anything. If you are not a
partner yet, you start to earn on the day on which you become one.
`, l.Code, terms.Share, atMost(terms.Cap), from.UTC().Format("2006-01-02 15:04:05")),
	}
}
