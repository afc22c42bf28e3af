package agent

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/verification"
)

// MaxAgreements is the maximum number of agreements of a link, including past
// ones.
const MaxAgreements = 1000

// Config holds the settings of a Service. Every field is required.
type Config struct {
	// Address returns the URL of the link with this code. ownerProgramme is the
	// programme of the link's owner.
	Address func(ctx context.Context, code, ownerProgramme string) (partner.LinkAddress, error)
	// WakeFacts applies facts that no longer wait. The Service calls it after a
	// commit.
	WakeFacts func(context.Context)
	Mails     mail.QuotaQueue // queue for mails to agents; it has a quota, because an owner can enter the e-mail address of any person
	Audit     audit.Log
}

// Service lets owners manage their agents' links, and lets agents look up
// clients. If the caller can correct a request, the methods of Service return a
// *fault.Error. They return NotFound for a link that does not exist or belongs
// to another owner.
type Service struct {
	store Store
	clock clock.Clock
	Config
}

// New returns a Service.
func New(store Store, c clock.Clock, config Config) *Service { return &Service{store, c, config} }

// Shown is a link as its owner sees it.
type Shown struct {
	Agreed

	Address string
}

// CreateLink creates a link with a new code for an agent. Facts that arrived
// earlier with this code are applied now, and their clients become the owner's.
//
// It returns a ValidationError on alias with the code already_in_use, or with
// limit_reached if the partner has the maximum number of links.
func (s *Service) CreateLink(ctx context.Context, ownerID id.UUID, alias, email string) (Shown, error) {
	var shown Shown
	err := s.store.Lock(ctx, func(ctx context.Context, tx Tx) error {
		owner, err := tx.Owner(ctx, ownerID, alias)
		switch {
		case err != nil:
			return err
		case owner.AliasTaken:
			return fault.Invalid("alias", "already_in_use", "This alias is already in use.")
		case owner.Links >= partner.MaxLinks:
			return fault.Invalid("alias", "limit_reached", fmt.Sprintf("A partner can have at most %d links.", partner.MaxLinks))
		}
		link := Link{OwnerID: ownerID, Alias: alias, Email: strings.ToLower(strings.TrimSpace(email)), CreatedAt: s.clock.Now()}
		for taken := true; taken; {
			link.Code = newCode()
			if taken, err = tx.CodeTaken(ctx, link.Code); err != nil {
				return err
			}
		}
		released, err := tx.AddLink(ctx, &link)
		if err != nil {
			return err
		}
		if released {
			s.WakeFacts(ctx)
		}
		address, err := s.Address(ctx, link.Code, owner.Programme)
		if err != nil {
			return err
		}
		shown = Shown{Agreed{Link: link}, address.URL}
		return s.Audit.Record(ctx, audit.Entry{
			PartnerID: ownerID, Action: "agent_link.created", Subject: link.Code, Details: map[string]any{"alias": alias, "email": link.Email},
		})
	})
	if err != nil {
		return Shown{}, err
	}
	return shown, nil
}

// codeLetters has no vowels, so that codes form no words, and no letters that
// look alike. A code has no digits either, because Bind writes it into a mail
// in which only the verification code may have six digits.
const (
	codeLetters = "bcdfghjkmnpqrstvwxz"
	codeLength  = 12
)

func newCode() string {
	noise := make([]byte, codeLength)
	_, _ = rand.Read(noise) // rand.Read never fails
	for i := range noise {
		noise[i] = codeLetters[int(noise[i])%len(codeLetters)]
	}
	return string(noise)
}

// Links returns a page of the owner's links, newest first. Each link comes with
// its newest agreement. It also returns the number of all links of the owner.
func (s *Service) Links(ctx context.Context, ownerID id.UUID, p page.Page) (shown []Shown, count int64, err error) {
	links, count, programme, err := s.store.Links(ctx, ownerID, p)
	if err != nil {
		return nil, 0, err
	}
	shown = make([]Shown, len(links))
	for i := range links {
		address, err := s.Address(ctx, links[i].Code, programme)
		if err != nil {
			return nil, 0, err
		}
		shown[i] = Shown{links[i], address.URL}
	}
	return shown, count, nil
}

// Link returns one of the owner's links.
func (s *Service) Link(ctx context.Context, ownerID id.UUID, linkID int64) (Link, error) {
	link, err := s.store.Link(ctx, ownerID, linkID)
	return link, err
}

// Agreements returns a page of a link's agreements, newest first, and the number
// of all agreements.
func (s *Service) Agreements(ctx context.Context, ownerID id.UUID, linkID int64, p page.Page) ([]Agreement, int64, error) {
	list, count, err := s.store.Agreements(ctx, ownerID, linkID, p)
	return list, count, err
}

// SetAgreement adds an agreement with new terms. The agreement applies to
// orders that close from now onwards. SetAgreement uses up a token that
// authorises these terms. The agent gets a mail, unless the mailbox has already
// received its quota of mails.
//
// It returns the errors of Terms.Validate, and a ValidationError on share_perc
// with the code limit_reached if the link has MaxAgreements agreements. It
// returns PermissionDenied if the token does not authorise the terms.
func (s *Service) SetAgreement(ctx context.Context, ownerID id.UUID, linkID int64, terms Terms, token string) error {
	if err := terms.Validate(); err != nil {
		return err
	}
	return s.store.Lock(ctx, func(ctx context.Context, tx Tx) error {
		now := s.clock.Now()
		link, agreements, newest, err := tx.Link(ctx, ownerID, linkID)
		if err != nil {
			return err
		}
		if err := spend(ctx, tx, ownerID, token, acceptedDigests(linkID, terms), now); err != nil {
			return err
		}
		if agreements >= MaxAgreements {
			return fault.Invalid("share_perc", "limit_reached", fmt.Sprintf("A link can have at most %d agreements, including earlier ones.", MaxAgreements))
		}
		from := now
		if agreements > 0 && !from.After(newest) { // the time is the same as the newest agreement's, or the clock was set back
			from = newest.Add(time.Microsecond)
		}
		if err := tx.AddAgreement(ctx, &link, from, terms); err != nil {
			return err
		}
		details := map[string]any{"link_code": link.Code, "share_perc": terms.Share, "cap_amount_usd": terms.Cap}
		err = s.Audit.Record(ctx, audit.Entry{PartnerID: ownerID, Action: "agent_agreement.set", Subject: subject(linkID), Details: details})
		if err != nil {
			return err
		}
		if allowed, err := s.Mails.Allow(ctx, link.Email, "agreement "+ownerID.Hex()); err != nil || !allowed {
			return err
		}
		return s.Mails.Enqueue(ctx, letter(&link, terms, from))
	})
}

// spend uses up the token. The token must authorise one of the contents.
func spend(ctx context.Context, tx Tx, ownerID id.UUID, token string, contents []verification.Digest, now time.Time) (err error) {
	for _, content := range contents {
		if err = tx.SpendToken(ctx, ownerID, token, content, now); fault.CodeOf(err) != fault.PermissionDenied {
			return err
		}
	}
	return err
}

// SetReports sets which reports about a link's clients the agent may read.
func (s *Service) SetReports(ctx context.Context, ownerID id.UUID, linkID int64, reports Reports) error {
	return s.store.Lock(ctx, func(ctx context.Context, tx Tx) error {
		link, _, _, err := tx.Link(ctx, ownerID, linkID)
		if err != nil || link.Reports == reports {
			return err
		}
		link.Reports = reports
		if err := tx.SetReports(ctx, &link); err != nil {
			return err
		}
		details := map[string]any{"link_code": link.Code, "reward_history": reports.Rewards, "client_report": reports.Clients}
		return s.Audit.Record(ctx, audit.Entry{PartnerID: ownerID, Action: "agent_reports.shared", Subject: subject(linkID), Details: details})
	})
}

// Affiliation looks up a client by e-mail, ignoring case and surrounding
// spaces, and reports whether the client came through one of the agent's links.
// It returns at most maxAccounts client accounts. The response for an unknown
// e-mail takes as long as for another partner's client, so that an agent cannot
// find out who is a client.
func (s *Service) Affiliation(ctx context.Context, agentID id.UUID, email string, maxAccounts int) (a Affiliation, ok bool, err error) {
	return s.store.Affiliation(ctx, agentID, strings.ToLower(strings.TrimSpace(email)), min(max(maxAccounts, 0), page.MaxLimit))
}
