package promo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

// Config is what a Service needs besides its store.
type Config struct {
	Campaigns Campaigns
	// Address builds a link without a campaign: see partner.Service.Address.
	Address  func(ctx context.Context, code, programme string) (partner.LinkAddress, error)
	Clicks   Clicks    // nil: clicks are not counted
	Public   *url.URL  // this server's public address: embeds load files from there
	LinkBase *url.URL  // the beginning of links while the programme has no domains
	Audit    audit.Log // nil: changes of the library are not recorded
}

// Service keeps the library and makes embeds from it. It returns *fault.Error
// if the caller can do something about an error.
type Service struct {
	store  Store
	clock  clock.Clock
	config Config

	drawing sync.Mutex // one image at a time: each takes several times the memory of its pixels
}

// New returns a Service.
func New(store Store, c clock.Clock, config Config) *Service {
	return &Service{store: store, clock: c, config: config}
}

// extensions maps media types, without their parameters, to file extensions.
var extensions = map[string]string{
	"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "video/mp4": "mp4", "video/webm": "webm", "text/plain": "txt", "text/uri-list": "url.txt",
}

// fileName returns a name made from the material's title. The upload's own name
// stays private.
func fileName(m *Material, mediaType string) string {
	const most = 60
	var name strings.Builder
	count, dash := 0, false
	for _, r := range strings.ToLower(m.Title) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			dash = count > 0
			continue
		}
		if dash {
			name.WriteByte('-')
		}
		name.WriteRune(r)
		dash = false
		if count++; count == most {
			break
		}
	}
	if count == 0 {
		name.WriteString(string(m.Kind))
	}
	kind, _, _ := strings.Cut(mediaType, ";")
	return fmt.Sprintf("%s-%d.%s", name.String(), m.Version, extensions[kind])
}

// Retire takes a material out of the library. Partners' lists no longer have
// it, and its files return NotFound, even on pages that embed them. Retiring it
// again changes nothing. Retire returns NotFound if there is no such material.
func (s *Service) Retire(ctx context.Context, materialID int64) (Material, error) {
	m, err := s.update(ctx, materialID, "retired", func(m *Material) (*File, error) {
		if m.RetiredAt == nil {
			now := s.clock.Now()
			m.RetiredAt = &now
		}
		return nil, nil //nolint:nilnil // no file is no error
	})
	return m, err
}

// Library returns a page of all materials, for the broker.
func (s *Service) Library(ctx context.Context, f Filter) (list []Material, count int64, err error) {
	return s.store.Materials(ctx, f)
}

// List returns a page of the materials that partners may use, with the clicks
// that each brought the partner who asks.
func (s *Service) List(ctx context.Context, partnerID id.UUID, f Filter) (list []Material, count int64, err error) {
	retired := false
	f.Retired = &retired
	if list, count, err = s.store.Materials(ctx, f); err != nil {
		return nil, 0, err
	}
	return list, count, s.count(ctx, partnerID, list)
}

func (s *Service) count(ctx context.Context, partnerID id.UUID, list []Material) error {
	if s.config.Clicks == nil || len(list) == 0 {
		return nil
	}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	clicks, err := s.config.Clicks(ctx, partnerID, ids)
	if err != nil {
		return fmt.Errorf("counting the clicks of materials: %w", err)
	}
	for i := range list {
		n := clicks[list[i].ID]
		list[i].Clicks = &n
	}
	return nil
}

// Values returns the values to filter by.
func (s *Service) Values(ctx context.Context) (Values, error) { return s.store.Values(ctx) }

// Get returns one material that partners may use, or NotFound.
func (s *Service) Get(ctx context.Context, partnerID id.UUID, materialID int64) (Material, error) {
	m, err := s.usable(ctx, materialID)
	if err != nil {
		return Material{}, err
	}
	list := []Material{m}
	err = s.count(ctx, partnerID, list)
	return list[0], err
}

func (s *Service) usable(ctx context.Context, materialID int64) (Material, error) {
	m, err := s.store.Material(ctx, materialID)
	if err == nil && m.RetiredAt != nil {
		err = ErrUnknown
	}
	return m, err
}

// File returns the file of a material that partners may use, or its preview.
// version 0 is the current one. It returns NotFound if there is none.
func (s *Service) File(ctx context.Context, materialID, version int64, preview bool) (File, error) {
	m, err := s.usable(ctx, materialID)
	if err != nil {
		return File{}, err
	}
	if version == 0 {
		version = m.Version
	}
	f, err := s.store.File(ctx, materialID, version, preview)
	if err == nil && preview && f.Preview == nil {
		err = ErrUnknown
	}
	return f, err
}

// Public returns the file at the address of an embed: an image or a video of a
// material that partners may use, in the embedded version. It returns NotFound
// if there is none.
func (s *Service) Public(ctx context.Context, name string) (File, error) {
	number, version, found := strings.Cut(name, "-")
	materialID, err := strconv.ParseInt(number, 10, 64)
	v, err2 := strconv.ParseInt(version, 10, 64)
	if errors.Join(err, err2) != nil || !found || v < 1 || name != publicName(materialID, v) {
		return File{}, fault.New(fault.NotFound)
	}
	m, err := s.usable(ctx, materialID)
	if err != nil {
		return File{}, err
	}
	if m.Kind != Banner && m.Kind != Logo && m.Kind != Video {
		return File{}, fault.New(fault.NotFound)
	}
	f, err := s.store.File(ctx, materialID, v, false)
	return f, err
}

func publicName(materialID, version int64) string {
	return strconv.FormatInt(materialID, 10) + "-" + strconv.FormatInt(version, 10)
}

// PublicPath is the path of embedded files; the file's name comes after it.
const PublicPath = "/promo/files/"

func (s *Service) publicAddress(m *Material) string {
	return strings.TrimSuffix(s.config.Public.String(), "/") + PublicPath + publicName(m.ID, m.Version) + "/"
}
