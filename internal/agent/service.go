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

// MaxAgreements is how many agreements one link may have had.
const MaxAgreements = 1000

// Config holds the settings of a Service. Every field is required.
type Config struct {
	// Address returns the link for a code of a partner in programme, as it is
	// handed out.
	Address func(ctx context.Context, code, programme string) (partner.LinkAddress, error)
	// WakeFacts has facts that no longer wait applied after the commit.
	WakeFacts func(context.Context)
	Mails     mail.QuotaQueue // with a quota, because an owner can enter anybody's address
	Audit     audit.Log
}

// Service lets owners manage their agents and answers what agents ask. Its
// errors are *fault.Error if the caller can do something about them. A link
// that does not exist or belongs to another owner is NotFound.
type Service struct {
	store Store
	clock clock.Clock
	Config
}

// New returns a Service.
func New(store Store, c clock.Clock, config Config) *Service { return &Service{store, c, config} }

// Shown is a link as its owner sees it.
type Shown struct {
	Link

	Address string
}

// CreateLink makes a link for an agent, with a new code. Clients whose facts
// came with this code before it existed are the owner's when CreateLink
// returns.
//
// ValidationError on alias: already_in_use, or limit_reached if the partner has
// as many links as it may have.
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
			return fault.Invalid("alias", "limit_reached", fmt.Sprintf("A partner has at most %d links.", partner.MaxLinks))
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
		shown = Shown{link, address.URL}
		return s.Audit.Record(ctx, audit.Entry{
			PartnerID: ownerID, Action: "agent_link.created", Subject: link.Code, Details: map[string]any{"alias": alias, "email": link.Email},
		})
	})
	if err != nil {
		return Shown{}, err
	}
	return shown, nil
}

// codeLetters are letters that are hard to confuse and form no words. A code
// has no digits: see Bind.
const (
	codeLetters = "bcdfghjkmnpqrstvwxz"
	codeLength  = 12
)

func newCode() string {
	noise := make([]byte, codeLength)
	_, _ = rand.Read(noise) // it never fails
	for i := range noise {
		noise[i] = codeLetters[int(noise[i])%len(codeLetters)]
	}
	return string(noise)
}

// Links returns a page of the owner's links, newest first, and how many there are.
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

// Agreements returns a page of a link's agreements, newest first, and how many
// there are.
func (s *Service) Agreements(ctx context.Context, ownerID id.UUID, linkID int64, p page.Page) ([]Agreement, int64, error) {
	list, count, err := s.store.Agreements(ctx, ownerID, linkID, p)
	return list, count, err
}

// SetAgreement puts new terms in force for orders that close from now on.
// Nothing is earned under them yet. It uses up the token that a code gave for
// exactly these terms. The agent gets a mail, within the mailbox's quota.
//
// ValidationError, as Terms.Validate; on share_perc: limit_reached.
// PermissionDenied: the token is not for this.
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
		if err := spend(ctx, tx, ownerID, token, payable(linkID, terms), now); err != nil {
			return err
		}
		if agreements >= MaxAgreements {
			return fault.Invalid("share_perc", "limit_reached", fmt.Sprintf("A link has at most %d agreements, one after the other.", MaxAgreements))
		}
		from := now
		if agreements > 0 && !from.After(newest) { // for two at the same moment, or after the clock was set back, the later one counts
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

// spend uses up a token that is for one of the contents.
func spend(ctx context.Context, tx Tx, ownerID id.UUID, token string, contents []verification.Digest, now time.Time) (err error) {
	for _, content := range contents {
		if err = tx.SpendToken(ctx, ownerID, token, content, now); fault.CodeOf(err) != fault.PermissionDenied {
			return err
		}
	}
	return err
}

// SetReports sets which reports on the link's clients the agent may read.
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

// Affiliation looks up whether a client came by one of the agent's links. It
// returns at most accounts of the client's accounts. The e-mail is compared
// trimmed and without case. ok is false for another client and for an unknown
// e-mail. Both take the same time.
func (s *Service) Affiliation(ctx context.Context, agentID id.UUID, email string, accounts int) (a Affiliation, ok bool, err error) {
	return s.store.Affiliation(ctx, agentID, strings.ToLower(strings.TrimSpace(email)), min(max(accounts, 0), page.MaxLimit))
}
