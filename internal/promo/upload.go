package promo

import (
	"context"
	"crypto/sha256"
	"net/url"
	"slices"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/fault"
)

// Ready is a new material that Prepare has checked, ready to be stored.
type Ready struct {
	material Material
	file     *File
}

// Prepare checks a new material and redraws its image. It stores nothing, so
// this slow work holds no lock. It returns ValidationError for kind or a field
// of Draft.
func (s *Service) Prepare(ctx context.Context, kind Kind, d Draft) (*Ready, error) {
	m := Material{Kind: kind, Version: 1, CreatedAt: s.clock.Now()}
	var faults fault.Fields
	if !slices.Contains(Kinds(), kind) {
		faults.Add("kind", "invalid_choice", "Must be banner, landing, logo, text, video or widget.")
		return nil, faults.Err()
	}
	if d.Title == nil {
		faults.Add("title", "required", "This field is required.")
	}
	file, err := s.read(ctx, &d, &m, true, &faults)
	if err != nil {
		return nil, err
	}
	return &Ready{m, file}, nil
}

// Add stores a new material. A transaction that is repeated may call Add again
// with the same Ready. Each call stores a new copy.
func (s *Service) Add(ctx context.Context, r *Ready) (m Material, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		m = r.material
		file := *r.file
		if err := s.store.Add(ctx, &m, &file, MaxMaterials); err != nil {
			return err
		}
		return s.record(ctx, "added", &m)
	})
	if err != nil {
		return Material{}, err
	}
	return m, nil
}

// Replace changes the fields of a material that the draft sets. A new file,
// text or address becomes the next version, but pages that already show the
// material keep their version. Replace returns NotFound if there is no such
// material, PermissionDenied if the material is retired, or ValidationError.
func (s *Service) Replace(ctx context.Context, materialID int64, d Draft) (Material, error) {
	known, err := s.store.Material(ctx, materialID)
	if err != nil {
		return Material{}, err
	}
	// This slow work needs no lock, because it depends only on the kind, which
	// never changes.
	var faults fault.Fields
	next := known
	file, err := s.read(ctx, &d, &next, false, &faults)
	if err != nil {
		return Material{}, err
	}
	m, err := s.update(ctx, materialID, "changed", func(m *Material) (*File, error) {
		if m.RetiredAt != nil {
			return nil, &fault.Error{Code: fault.PermissionDenied, Message: "A retired material cannot be changed. Add a new one."}
		}
		d.describe(m, &fault.Fields{})
		if file == nil {
			return nil, nil //nolint:nilnil // the file stays the same
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
	return m, err
}

// read checks a draft and copies its fields to m. It returns the new file, or
// nil if the draft has none.
func (s *Service) read(ctx context.Context, d *Draft, m *Material, isNew bool, faults *fault.Fields) (*File, error) {
	d.describe(m, faults)
	if d.File != nil {
		s.drawing.Lock()
		defer s.drawing.Unlock()
	}
	file := d.readContent(m, isNew, faults)
	if file != nil && m.Kind == Landing {
		pages, err := s.config.Campaigns.Pages(ctx)
		if err != nil {
			return nil, err
		}
		if pageOf(pages, string(file.Content)) < 0 {
			faults.Add("address", "does_not_exist", "Send the address of one of the pages in /broker/v1/landing-pages/.")
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

func pageOf(pages []campaign.Page, address string) int {
	return slices.IndexFunc(pages, func(p campaign.Page) bool {
		u, err := url.Parse(p.URL)
		return err == nil && u.String() == address
	})
}
