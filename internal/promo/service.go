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

// Config holds the settings and the dependencies of a Service.
type Config struct {
	Campaigns Campaigns
	// Address returns a link without a campaign. partner.Service.Address
	// implements it.
	Address  func(ctx context.Context, code, programme string) (partner.LinkAddress, error)
	Clicks   Clicks    // nil if clicks are not counted
	Public   *url.URL  // public address of this server, from which pages load files
	LinkBase *url.URL  // base URL of links until the programme has a link domain
	Audit    audit.Log // nil if changes are not recorded
}

// Service manages the library, and returns the code with which partners show
// material. An error that the caller can correct is a *fault.Error.
type Service struct {
	store  Store
	clock  clock.Clock
	config Config

	drawing sync.Mutex // held while an image is redrawn, because this needs several times the memory of the image's pixels
}

// New returns a Service that stores the library in store.
func New(store Store, c clock.Clock, config Config) *Service {
	return &Service{store: store, clock: c, config: config}
}

// extensions maps media types without parameters to file extensions.
var extensions = map[string]string{
	"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "video/mp4": "mp4", "video/webm": "webm", "text/plain": "txt", "text/uri-list": "url.txt",
}

// fileName makes a file name from the material's title. The name of the
// broker's own file may be private, so it is not used.
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

// Retire withdraws a material. Partners no longer find the material, and its
// files return NotFound, even for pages that already show them. Retiring it
// again changes nothing. Retire returns NotFound if there is no such material.
func (s *Service) Retire(ctx context.Context, materialID int64) (Material, error) {
	m, err := s.update(ctx, materialID, "retired", func(m *Material) (*File, error) {
		if m.RetiredAt == nil {
			now := s.clock.Now()
			m.RetiredAt = &now
		}
		return nil, nil //nolint:nilnil // the file stays the same
	})
	return m, err
}

// Library returns a page of all materials, for the broker.
func (s *Service) Library(ctx context.Context, f Filter) (list []Material, count int64, err error) {
	return s.store.Materials(ctx, f)
}

// List returns a page of the materials that partners may use, with the clicks
// that each of them brought the requesting partner.
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

// Values returns the values by which partners can filter materials.
func (s *Service) Values(ctx context.Context) (Values, error) { return s.store.Values(ctx) }

// Get returns one material. It returns NotFound if partners may not use it.
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

// File returns the file of a material, or only the preview. Version 0 means the
// current version. File returns NotFound if partners may not use the material.
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

// Public returns an image or video that a page loads. name contains the numbers
// of the material and of its version. Public returns NotFound if partners may
// no longer use the material.
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

// PublicPath is the beginning of the path of files that pages load. The file's
// name follows.
const PublicPath = "/promo/files/"

func (s *Service) publicAddress(m *Material) string {
	return strings.TrimSuffix(s.config.Public.String(), "/") + PublicPath + publicName(m.ID, m.Version) + "/"
}
