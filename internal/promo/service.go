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

// Config holds the settings and dependencies of a Service.
type Config struct {
	Campaigns Campaigns
	// Address returns a link without a campaign, like partner.Service.Address.
	Address  func(ctx context.Context, code, programme string) (partner.LinkAddress, error)
	Clicks   Clicks    // nil means that clicks are not counted
	Public   *url.URL  // public address of this server, from which embeds load files
	LinkBase *url.URL  // start of links as long as the programme has no domains
	Audit    audit.Log // nil means that changes are not recorded
}

// Service manages the library and returns the code of embeds. An error that the
// caller can correct is a *fault.Error.
type Service struct {
	store  Store
	clock  clock.Clock
	config Config

	drawing sync.Mutex // allows one image at a time, because each needs several times the memory of its pixels
}

// New returns a Service.
func New(store Store, c clock.Clock, config Config) *Service {
	return &Service{store: store, clock: c, config: config}
}

// extensions lists file extensions, by media type without parameters.
var extensions = map[string]string{
	"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "video/mp4": "mp4", "video/webm": "webm", "text/plain": "txt", "text/uri-list": "url.txt",
}

// fileName returns a file name that is made from the material's title. It does not
// use the name of the broker's file, which may be private.
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

// Retire withdraws a material. Partners no longer find it, and requests for its
// files return NotFound, also from pages that embed it. Retiring a material again
// changes nothing. Retire returns NotFound if there is no such material.
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

// List returns a page of the materials that partners may use. Each has the
// number of the requesting partner's clicks that came through it.
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

// Values returns the values by which partners can filter.
func (s *Service) Values(ctx context.Context) (Values, error) { return s.store.Values(ctx) }

// Get returns one material that partners may use. It returns NotFound if there is
// none.
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

// File returns the file of a material that partners may use, or only its preview.
// Version 0 means the current version. It returns NotFound if there is none.
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

// Public returns the image or video that an embed loads. name has the numbers of
// the material and its version. Public returns NotFound if partners may no longer
// use the material.
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

// PublicPath is the path of embedded files. The file's name follows it.
const PublicPath = "/promo/files/"

func (s *Service) publicAddress(m *Material) string {
	return strings.TrimSuffix(s.config.Public.String(), "/") + PublicPath + publicName(m.ID, m.Version) + "/"
}
