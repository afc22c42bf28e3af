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

// These limits prevent partners from making the server send many requests.
const (
	checkPause = 2 * time.Second // average interval between one partner's requests
	checkBurst = 10
	maxChecks  = 16 // maximum number of concurrent requests of all partners together
	ownChecks  = 4  // maximum number of concurrent requests of one partner
)

// The server returns the same message for all causes, because different
// messages would reveal details of its network.
const (
	notPublic  = "Enter a public http or https address."
	unanswered = "The address did not answer."
)

// TagName is the name of the meta element that proves control of a page.
const TagName = "tributary-verification"

// Tag returns the content of a partner's meta tag. Each partner has a different
// content, which never changes. It is not secret, because it is on public
// pages.
func Tag(partnerID id.UUID) string {
	sum := sha256.Sum256([]byte("traffic source of " + partnerID.String()))
	return hex.EncodeToString(sum[:16])
}

// MetaTag returns the complete meta tag for the head of a page.
func MetaTag(partnerID id.UUID) string {
	return fmt.Sprintf(`<meta name=%q content=%q>`, TagName, Tag(partnerID))
}

// Verify fetches a source's page and looks for the partner's tag. If the tag is
// there, the source becomes verified. If the broker must approve sources or has
// rejected this source before, it becomes pending instead. If the tag is not
// there, the status does not change.
//
// It returns NotFound if there is no such source, and Throttled if the partner
// checks too often. It returns ValidationError for url if the page cannot be
// fetched or has no tag.
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
			return fault.Invalid("url", "changed", "The address has changed in the meantime. Verify the source again.")
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

// look fetches a source's page, and returns nil if it has the partner's tag.
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
		return fault.Invalid("url", "redirect", "The address redirects to another address. Enter that address instead.")
	case answer.Status != http.StatusOK:
		return fault.Invalid("url", "unreachable", "The server at this address did not return a page with status 200. Check the address.")
	case !isPage(answer.Header.Get("Content-Type")):
		return fault.Invalid("url", "not_a_page", "The address does not lead to an HTML page.")
	case !HasTag(answer.Body, Tag(source.PartnerID)):
		return fault.Invalid("url", "tag_not_found", "The meta tag was not found. Put "+MetaTag(source.PartnerID)+
			" into the head of the page, within its first 64 KiB, and verify again.")
	}
	return nil
}

func isPage(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "text/html" || kind == "application/xhtml+xml")
}

// HasTag reports whether a page has the tag in a meta element in the head, as a
// browser would parse the page. Tags elsewhere do not count, because visitors
// of the page may have written them.
func HasTag(text []byte, tag string) bool {
	document, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return false // the page is too deeply nested to be parsed
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

// enter waits for a slot and applies the partner's rate limit. The caller must
// call done to release the slot.
func (s *Service) enter(ctx context.Context, partnerID id.UUID) (done func(), err error) {
	if err := s.pace.Allow(ctx, string(partnerID[:])); err != nil {
		return nil, err
	}
	return s.places.Enter(ctx, string(partnerID[:]), false)
}
