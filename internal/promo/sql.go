package promo

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// SQLStore implements Store on an SQL database.
type SQLStore struct{ db db.DB }

// NewSQLStore returns a SQLStore on db, which must be the result of db.Joining.
func NewSQLStore(db db.DB) SQLStore { return SQLStore{db} }

func unknownPromo(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return ErrUnknown
	}
	return err
}

type fileRow struct {
	File

	Size        int64  `db:"size"`
	PreviewType string `db:"preview_type"` // empty if there is no preview
}

var (
	materials = db.NewTable[Material]("promo_materials", "media_type", "file_name", "size", "has_preview")
	files     = db.NewTable[fileRow]("promo_files")

	materialSelect = `SELECT ` + materials.Of("m") + `, f.media_type, f.file_name, f.size, f.preview_type <> '' AS has_preview
		FROM promo_materials m JOIN promo_files f ON f.material_id = m.material_id AND f.version = m.version`
)

// promoOrders maps the names of sort orders to columns. Both engines sort text
// by its bytes. Materials without a size come first.
func promoOrders(engine db.Engine) map[string]string {
	text := func(column string) string {
		if engine == db.Postgres {
			return column + ` COLLATE "C"`
		}
		return column
	}
	return map[string]string{
		"id": "m.material_id", "kind": text("m.kind"), "title": text("m.title"), "language": text("m.language"), "theme": text("m.theme"),
		"product": text("m.product"), "width": "coalesce(m.width, 0)", "height": "coalesce(m.height, 0)", "created": "m.created_at",
	}
}

// Materials implements Store. It reads all materials, but not their contents.
// There are at most MaxMaterials of them.
func (s SQLStore) Materials(ctx context.Context, f Filter) (list []Material, count int64, err error) {
	var w db.Filter
	w.AnyText("m.kind", f.Kinds)
	w.AnyText("m.language", f.Languages)
	w.AnyText("m.theme", f.Themes)
	w.AnyText("m.product", f.Products)
	if len(f.Sizes) > 0 {
		sizes := make([]string, len(f.Sizes))
		for i, size := range f.Sizes {
			sizes[i] = "(m.width = " + w.Bind(size.Width) + " AND m.height = " + w.Bind(size.Height) + ")"
		}
		w.And("(" + strings.Join(sizes, " OR ") + ")")
	}
	if f.Retired != nil && *f.Retired {
		w.And("m.retired_at IS NOT NULL")
	} else if f.Retired != nil {
		w.And("m.retired_at IS NULL")
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if err := q.QueryRow(ctx, `SELECT count(*) FROM promo_materials m`+w.Where(), w.Values()...).Scan(&count); err != nil {
			return err
		}
		query := materialSelect + w.Where() + promoOrder(q.Engine(), f.Page) + w.Cut(f.Page)
		list, err = db.All[Material](ctx, q, query, w.Values()...)
		return err
	})
	return list, count, err
}

func promoOrder(engine db.Engine, p page.Page) string {
	columns, keys := promoOrders(engine), []string{}
	for _, o := range p.Order {
		key := columns[o.Field]
		if o.Descending {
			key += " DESC"
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		keys = append(keys, "m.created_at DESC")
	}
	return " ORDER BY " + strings.Join(keys, ", ") + ", m.material_id DESC"
}

// Values implements Store. It reads all materials, but not their contents.
func (s SQLStore) Values(ctx context.Context) (v Values, err error) {
	found, err := db.All[Material](ctx, s.db, `SELECT DISTINCT kind, language, theme, product, width, height FROM promo_materials WHERE retired_at IS NULL`)
	if err != nil {
		return v, err
	}
	add := func(list *[]string, value string) {
		if value != "" {
			*list = append(*list, value)
		}
	}
	for _, m := range found {
		add(&v.Kinds, string(m.Kind))
		add(&v.Languages, m.Language)
		add(&v.Themes, m.Theme)
		add(&v.Products, m.Product)
		if m.Width != nil && m.Height != nil {
			v.Sizes = append(v.Sizes, Size{Width: *m.Width, Height: *m.Height})
		}
	}
	for _, list := range []*[]string{&v.Kinds, &v.Languages, &v.Themes, &v.Products} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	slices.SortFunc(v.Sizes, func(a, b Size) int {
		if a.Width != b.Width {
			return int(a.Width - b.Width)
		}
		return int(a.Height - b.Height)
	})
	v.Sizes = slices.Compact(v.Sizes)
	return v, nil
}

func material(ctx context.Context, q db.Querier, materialID int64) (Material, error) {
	return db.OneOr[Material](ctx, q, ErrUnknown, materialSelect+` WHERE m.material_id = $1`, materialID)
}

// Material implements Store.
func (s SQLStore) Material(ctx context.Context, materialID int64) (Material, error) {
	return material(ctx, s.db, materialID)
}

// File implements Store.
func (s SQLStore) File(ctx context.Context, materialID, version int64, preview bool) (f File, err error) {
	column := "content"
	if preview {
		column = "preview"
	}
	return db.OneOr[File](ctx, s.db, ErrUnknown, `SELECT material_id, version, media_type, file_name, digest, created_at, `+column+`
		FROM promo_files WHERE material_id = $1 AND version = $2`, materialID, version)
}

func addPromoFile(ctx context.Context, q db.Querier, f *File) error {
	row := fileRow{File: *f, Size: int64(len(f.Content))}
	if f.Preview != nil {
		row.PreviewType = "image/png"
	}
	return files.Insert(ctx, q, row)
}

// Add implements Store.
func (s SQLStore) Add(ctx context.Context, m *Material, f *File, limit int) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		var count, last int64
		if err := q.QueryRow(ctx, `SELECT count(*), coalesce(max(material_id), 0) FROM promo_materials`).Scan(&count, &last); err != nil {
			return err
		}
		if count >= int64(limit) {
			return ErrTooMany
		}
		m.ID = last + 1
		f.MaterialID, f.Version = m.ID, m.Version
		if err := materials.Insert(ctx, q, *m); err != nil {
			return err
		}
		return addPromoFile(ctx, q, f)
	})
}

// Atomically implements Store.
func (s SQLStore) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

// Update implements Store.
func (s SQLStore) Update(ctx context.Context, materialID int64, change func(*Material) (*File, error)) (m Material, err error) {
	err = s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		if m, err = material(ctx, q, materialID); err != nil {
			return err
		}
		f, err := change(&m)
		if err != nil {
			return err
		}
		if f != nil {
			if err := addPromoFile(ctx, q, f); err != nil {
				return err
			}
		}
		var w db.Filter
		set := materials.Set(&w, m, "title", "language", "theme", "product", "width", "height", "version", "retired_at")
		w.Is("material_id", materialID)
		_, err = q.Exec(ctx, `UPDATE promo_materials SET `+set+w.Where(), w.Values()...)
		return err
	})
	return m, err
}

// Code implements Store.
func (s SQLStore) Code(ctx context.Context, partnerID id.UUID, code string) (c Code, err error) {
	err = s.db.QueryRow(ctx, `SELECT p.programme, k.is_blocked FROM partner_links k JOIN partners p ON p.partner_id = k.partner_id
		WHERE k.partner_id = $1 AND k.link_code = $2`, partnerID, code).Scan(&c.Programme, &c.Blocked)
	return c, unknownPromo(err)
}
