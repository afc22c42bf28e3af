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

// MaxLinks is the maximum number of links of a partner.
const MaxLinks = 1000

// AffiliatePrefix precedes the code in the links of an affiliate.
const AffiliatePrefix = linkcode.AffiliatePrefix

// LinkAddress is the public URL of a tracked link.
type LinkAddress struct {
	URL    string // https://go.example.com/a/code; for an affiliate .../a/c_code
	Domain string
	Code   string
}

// Address returns the public URL of a link code. programme is the partner's
// programme.
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

// DefaultLink returns the partner's default link. It returns NotFound if the
// partner has no default link.
func (s *Service) DefaultLink(ctx context.Context, partnerID id.UUID) (LinkAddress, error) {
	link, programme, err := s.store.DefaultLink(ctx, partnerID)
	if err != nil {
		return LinkAddress{}, err
	}
	return s.Address(ctx, link.Code, programme)
}

// Links returns the partner's links, newest first. rewardAccount is the number of
// the account that receives their rewards.
func (s *Service) Links(ctx context.Context, partnerID id.UUID) (links []Link, rewardAccount string, err error) {
	return s.store.Links(ctx, partnerID)
}

// CreateLink creates a link with a code that the partner chooses. A code has 1 to
// 20 characters, which are lower-case letters, '-' and '_'. It must differ from
// all codes in the programme, even in the other spellings that linkcode.Fold
// treats as equal. Facts that arrived earlier with this code are applied now, and
// their clients become the partner's. rewardAccount is the number of the account
// that receives the rewards.
//
// It returns ValidationError on link_code with the code invalid, already_in_use
// or limit_reached.
func (s *Service) CreateLink(ctx context.Context, partnerID id.UUID, code string) (link Link, rewardAccount string, err error) {
	if err := validCode(code); err != nil {
		return Link{}, "", err
	}
	link = Link{PartnerID: partnerID, Code: code, RewardSchema: SchemaRevShare, IsCustom: true, CreatedAt: s.clock.Now()}
	rewardAccount, released, err := s.store.AddLink(ctx, &link, MaxLinks)
	if err != nil {
		return Link{}, "", err
	}
	if released {
		s.wake(ctx)
	}
	return link, rewardAccount, nil
}

func validCode(code string) error {
	switch {
	case code == "" || text.LinkCode.Exceeded(code) || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz-_") != "":
		return fault.Invalid("link_code", "invalid", fmt.Sprintf("A code has 1 to %d lower-case letters, hyphens and underscores.", text.LinkCode))
	case strings.HasPrefix(code, AffiliatePrefix):
		return fault.Invalid("link_code", "invalid", "A code cannot begin with c_, because links put c_ before affiliates' codes.")
	}
	return nil
}

// SetDefaultLink makes a link the partner's default link. It returns NotFound
// if the partner has no such link, and PermissionDenied if the link is blocked.
func (s *Service) SetDefaultLink(ctx context.Context, partnerID id.UUID, code string) (link Link, account string, err error) {
	link, account, err = s.store.SetDefaultLink(ctx, partnerID, code)
	return link, account, err
}
