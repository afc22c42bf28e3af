package partner

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/text"
)

// MaxLinks is how many links a partner may have.
const MaxLinks = 1000

// AffiliatePrefix comes before an affiliate's code in its links.
const AffiliatePrefix = linkcode.AffiliatePrefix

// LinkAddress is a link as it is handed out.
type LinkAddress struct {
	URL    string // https://go.example.com/a/code; an affiliate's: .../a/c_code
	Domain string
	Code   string
}

// Address returns the link for a code of a partner in programme, as it is
// handed out.
func (s *Service) Address(ctx context.Context, code, programme string) (LinkAddress, error) {
	base, err := s.base(ctx)
	if err != nil {
		return LinkAddress{}, err
	}
	segment := code
	if programme == Affiliate {
		segment = AffiliatePrefix + code
	}
	return LinkAddress{URL: base.String() + "/a/" + url.PathEscape(segment), Domain: base.Host, Code: code}, nil
}

// DefaultLink returns the link that a partner hands out unless it chooses
// another one. NotFound: it has no default link.
func (s *Service) DefaultLink(ctx context.Context, partnerID id.UUID) (LinkAddress, error) {
	link, programme, err := s.store.DefaultLink(ctx, partnerID)
	if err != nil {
		return LinkAddress{}, err
	}
	return s.Address(ctx, link.Code, programme)
}

// Links returns the partner's links, newest first, and the number of the
// account that they pay to.
func (s *Service) Links(ctx context.Context, partnerID id.UUID) (links []Link, account string, err error) {
	return s.store.Links(ctx, partnerID)
}

// CreateLink makes a link with a code that the partner chooses: 1 to 20
// lower-case letters, '-' and '_'. No one in the programme may have the code in
// any spelling (see linkcode.Fold). Clients whose facts came with this code
// before it existed are the partner's when CreateLink returns. It returns the
// account that the link pays to.
//
// ValidationError on link_code: invalid, already_in_use, limit_reached.
func (s *Service) CreateLink(ctx context.Context, partnerID id.UUID, code string) (link Link, account string, err error) {
	if err := validCode(code); err != nil {
		return Link{}, "", err
	}
	link = Link{PartnerID: partnerID, Code: code, RewardSchema: SchemaRevShare, IsCustom: true, CreatedAt: s.clock.Now()}
	account, released, err := s.store.AddLink(ctx, &link, MaxLinks)
	if err != nil {
		return Link{}, "", err
	}
	if released {
		s.wake(ctx)
	}
	return link, account, nil
}

func validCode(code string) error {
	switch {
	case code == "" || text.LinkCode.Exceeded(code) || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz-_") != "":
		return fault.Invalid("link_code", "invalid", fmt.Sprintf("A code has 1 to %d lower-case letters, hyphens and underscores.", text.LinkCode))
	case strings.HasPrefix(code, AffiliatePrefix):
		return fault.Invalid("link_code", "invalid", "A code may not begin with c_, because links put c_ before affiliates' codes.")
	}
	return nil
}

// SetDefaultLink makes a link the partner's default. NotFound: the partner
// has no such link; PermissionDenied: it is blocked.
func (s *Service) SetDefaultLink(ctx context.Context, partnerID id.UUID, code string) (link Link, account string, err error) {
	link, account, err = s.store.SetDefaultLink(ctx, partnerID, code)
	return link, account, err
}
