package traffic

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// These are the limits on checking pages. They are needed, because each of
// these requests makes the server send a request too.
const (
	checkPause = 2 * time.Second // average interval between the requests of one partner
	checkBurst = 10
	maxChecks  = 16 // maximum number of concurrent requests of all partners
	ownChecks  = 4  // maximum number of concurrent requests of one partner
)

// These messages are the same for all causes, because different messages would
// reveal details of the server's network.
const (
	notPublic  = "Enter a public http or https address."
	unanswered = "The address did not answer."
)

// TagName is the name of the meta tag.
const TagName = "tributary-verification"

// Tag returns the content of a partner's meta tag. It never changes, and is
// different for each partner. It is not secret, because it is on public pages.
func Tag(partnerID id.UUID) string {
	sum := sha256.Sum256([]byte("traffic source of " + partnerID.String()))
	return hex.EncodeToString(sum[:16])
}

// MetaTag returns the complete meta tag, to be put into the head of a page.
func MetaTag(partnerID id.UUID) string {
	return fmt.Sprintf(`<meta name=%q content=%q>`, TagName, Tag(partnerID))
}

// Verify fetches a source's page and looks for the partner's tag. If the tag is
// there, the source becomes verified. It becomes pending instead if the broker
// has to approve sources, or has rejected this one before. If the tag is not
// there, the state does not change.
//
// It returns NotFound if there is no such source, and Throttled if the partner
// checks too often. It returns ValidationError for url if the page cannot be
// fetched or has no tag. The error says what to do.
func (s *Service) Verify(ctx context.Context, partnerID, sourceID id.UUID) (Source, error) {
	source, err := s.Source(ctx, partnerID, sourceID)
	if err != nil || source.Status == Verified || source.Status == Pending {
		return source, err
	}
	if err := s.look(ctx, &source); err != nil {
		return Source{}, err
	}
	looked := source.URL
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if source, err = s.store.Source(ctx, partnerID, sourceID); err != nil {
			return err
		}
		if source.URL != looked {
			return fault.Invalid("url", "changed", "The address was changed meanwhile: verify it again.")
		}
		if source.Status == Verified || source.Status == Pending {
			return nil
		}
		now := s.Clock.Now()
		status := Verified
		if s.Approve || source.Reason != "" {
			status = Pending
		}
		source.Status, source.CheckedAt = status, &now
		return s.save(ctx, &source, "checked")
	})
	return source, err
}

// look fetches a source's page. It returns nil if the partner's tag is on the
// page.
func (s *Service) look(ctx context.Context, source *Source) error {
	done, err := s.enter(ctx, source.PartnerID)
	if err != nil {
		return err
	}
	defer done()
	answer, err := s.Caller.Do(ctx, &guard.Request{Method: http.MethodGet, URL: source.URL, Header: http.Header{
		"User-Agent": {"Tributary"}, "Accept": {"text/html, application/xhtml+xml"},
	}})
	switch {
	case errors.Is(err, guard.ErrRefused):
		return fault.Invalid("url", "invalid", notPublic)
	case errors.Is(err, guard.ErrUnreachable):
		return fault.Invalid("url", "unreachable", unanswered)
	case err != nil:
		return err
	case answer.Status >= http.StatusMultipleChoices && answer.Status < http.StatusBadRequest:
		return fault.Invalid("url", "redirect", "The address redirects to another one: enter that one instead.")
	case answer.Status != http.StatusOK:
		return fault.Invalid("url", "unreachable", "The address did not answer with a page (status 200).")
	case !isPage(answer.Header.Get("Content-Type")):
		return fault.Invalid("url", "not_a_page", "The address does not lead to an HTML page.")
	case !HasTag(answer.Body, Tag(source.PartnerID)):
		return fault.Invalid("url", "tag_not_found", "The meta tag was not found: put "+MetaTag(source.PartnerID)+
			" into the head of the page, within its first 64 KiB, and verify again.")
	}
	return nil
}

func isPage(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "text/html" || kind == "application/xhtml+xml")
}

// HasTag reports whether a page has the tag, in a meta element that is a child
// of the document's head according to the rules of browsers. It ignores tags in
// comments, scripts, attributes and the body, because visitors may have written
// them.
func HasTag(text []byte, tag string) bool {
	document, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return false // the page is too deeply nested
	}
	for root := range document.ChildNodes() {
		if root.Type != html.ElementNode || root.DataAtom != atom.Html {
			continue
		}
		for head := range root.ChildNodes() {
			if head.Type == html.ElementNode && head.DataAtom == atom.Head && tagIn(head, tag) {
				return true
			}
		}
	}
	return false
}

func tagIn(head *html.Node, tag string) bool {
	for n := range head.ChildNodes() {
		if n.Type != html.ElementNode || n.DataAtom != atom.Meta || n.Namespace != "" {
			continue
		}
		var name, content string
		for _, a := range n.Attr {
			switch {
			case a.Namespace != "":
			case a.Key == "name":
				name = a.Val
			case a.Key == "content":
				content = a.Val
			}
		}
		if strings.EqualFold(strings.TrimSpace(name), TagName) && strings.TrimSpace(content) == tag {
			return true
		}
	}
	return false
}

// enter takes a slot and applies the partner's rate limit.
func (s *Service) enter(ctx context.Context, partnerID id.UUID) (done func(), err error) {
	if err := s.pace.Allow(ctx, string(partnerID[:])); err != nil {
		return nil, err
	}
	return s.places.Enter(ctx, string(partnerID[:]), false)
}
