package promo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Config is what the library stands on.
type Config struct {
	Campaigns Campaigns
	Addresses Addresses
	Clicks    Clicks    // nil: clicks are not counted
	Public    *url.URL  // where people reach this server: files in embeds are there
	LinkBase  *url.URL  // what links begin with while the programme has no domains
	Audit     audit.Log // nil: who filled the library is not kept
}

// Service keeps the library and makes embeds of it. Its errors are
// *fault.Error where the caller can do something about them.
type Service struct {
	store  Store
	clock  clock.Clock
	config Config

	drawing sync.Mutex // one image at a time: each takes its pixels' room several times over
}

// New returns a Service.
func New(store Store, c clock.Clock, config Config) *Service {
	return &Service{store: store, clock: c, config: config}
}

// Upload adds a material. ValidationError on kind and the fields of Draft.
func (s *Service) Upload(ctx context.Context, kind Kind, d Draft) (Material, error) {
	m := Material{Kind: kind, Version: 1, CreatedAt: s.clock.Now()}
	var faults fault.Fields
	if !slices.Contains(Kinds(), kind) {
		faults.Add("kind", "invalid_choice", "banner, landing, logo, text, video or widget.")
		return Material{}, faults.Err()
	}
	if d.Title == nil {
		faults.Add("title", "required", "This field is required.")
	}
	file, err := s.read(ctx, &d, &m, true, &faults)
	if err != nil {
		return Material{}, err
	}
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if err := s.store.Add(ctx, &m, file, MaxMaterials); err != nil {
			return err
		}
		return s.record(ctx, "added", &m)
	})
	if err != nil {
		return Material{}, told(err)
	}
	return m, nil
}

// Replace changes a material: what the draft gives. A file, a text or an
// address is its next version; what was embedded before goes on showing the
// version that it was made with. NotFound; PermissionDenied: it is retired;
// ValidationError.
func (s *Service) Replace(ctx context.Context, materialID int64, d Draft) (Material, error) {
	known, err := s.store.Material(ctx, materialID)
	if err != nil {
		return Material{}, told(err)
	}
	// Everything slow happens here, outside the lock: only the kind counts, and it stays.
	var faults fault.Fields
	next := known
	file, err := s.read(ctx, &d, &next, false, &faults)
	if err != nil {
		return Material{}, err
	}
	m, err := s.update(ctx, materialID, "changed", func(m *Material) (*File, error) {
		if m.RetiredAt != nil {
			return nil, &fault.Error{Code: fault.PermissionDenied, Message: "A retired material cannot be changed"}
		}
		d.describe(m, &fault.Fields{})
		if file == nil {
			return nil, nil //nolint:nilnil // no file is no error
		}
		if m.Kind == Banner || m.Kind == Logo {
			m.Width, m.Height = next.Width, next.Height
		}
		m.Version++
		file.MaterialID, file.Version = m.ID, m.Version
		file.Name = fileName(m, file.MediaType)
		describeFile(m, file)
		return file, nil
	})
	return m, told(err)
}

// read is a draft's file, checked and drawn anew; m is described by the draft.
func (s *Service) read(ctx context.Context, d *Draft, m *Material, isNew bool, faults *fault.Fields) (*File, error) {
	d.describe(m, faults)
	if d.File != nil {
		s.drawing.Lock()
		defer s.drawing.Unlock()
	}
	file := d.content(m, isNew, faults)
	if file != nil && m.Kind == Landing {
		pages, err := s.config.Campaigns.Pages(ctx)
		if err != nil {
			return nil, err
		}
		if pageOf(pages, string(file.Content)) < 0 {
			faults.Add("address", "does_not_exist", "Not the address of one of the programme's pages: see /broker/v1/landing-pages/.")
		}
	}
	if err := faults.Err(); err != nil || file == nil {
		return nil, err
	}
	digest := sha256.Sum256(file.Content)
	file.Version, file.Digest, file.CreatedAt = m.Version, digest[:], s.clock.Now()
	file.Name = fileName(m, file.MediaType)
	describeFile(m, file)
	return file, nil
}

func describeFile(m *Material, f *File) {
	m.MediaType, m.FileName, m.Size, m.HasPreview = f.MediaType, f.Name, int64(len(f.Content)), f.Preview != nil
}

// pageOf finds the page with an address; -1: there is none.
func pageOf(pages []campaign.Page, address string) int {
	return slices.IndexFunc(pages, func(p campaign.Page) bool {
		u, err := url.Parse(p.URL)
		return err == nil && u.String() == address
	})
}

// extensions by media type, up to its parameters.
var extensions = map[string]string{
	"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "video/mp4": "mp4", "video/webm": "webm", "text/plain": "txt", "text/uri-list": "url.txt",
}

// fileName is a name made of the material's title: what the upload was called
// is nobody's business.
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

// Retire takes a material out of the library: it is in no partner's list any
// more, and its files answer NotFound, also in what was embedded before. To
// retire it again changes nothing. NotFound.
func (s *Service) Retire(ctx context.Context, materialID int64) (Material, error) {
	m, err := s.update(ctx, materialID, "retired", func(m *Material) (*File, error) {
		if m.RetiredAt == nil {
			now := s.clock.Now()
			m.RetiredAt = &now
		}
		return nil, nil //nolint:nilnil // no file is no error
	})
	return m, told(err)
}

// Library returns a page of all materials, for the broker.
func (s *Service) Library(ctx context.Context, f Filter) (list []Material, count int64, err error) {
	return s.store.Materials(ctx, f)
}

// List returns a page of what partners may use, with what came through each
// to the one who asks.
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
	clicks, err := s.config.Clicks.ByMaterial(ctx, partnerID, ids)
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

// Get returns one material that partners may use. NotFound.
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
	return m, told(err)
}

// File returns the file of a material that partners may use, or its preview:
// of a version, or as it is now when that is 0. NotFound.
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
	return f, told(err)
}

// Public returns what the address of an embedded file names: an image or a
// video of a material that partners may use, in the version it was embedded
// with. NotFound.
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
	return f, told(err)
}

func publicName(materialID, version int64) string {
	return strconv.FormatInt(materialID, 10) + "-" + strconv.FormatInt(version, 10)
}

// PublicPath is where files of embeds are; the file's name comes after it.
const PublicPath = "/promo/files/"

func (s *Service) publicAddress(m *Material) string {
	return strings.TrimSuffix(s.config.Public.String(), "/") + PublicPath + publicName(m.ID, m.Version) + "/"
}
