package campaign

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
)

// Domains lists the domains for links.
func (s Store) Domains(ctx context.Context) ([]Domain, error) {
	return domains(ctx, s.db)
}

func domains(ctx context.Context, q db.Querier) ([]Domain, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (d Domain, err error) {
		var created int64
		err = rows.Scan(&d.Domain, &d.Scheme, &d.Region, &d.IsDefault, &created)
		d.CreatedAt = db.Instant(created)
		return d, err
	}, `SELECT domain, scheme, region, is_default, created_at FROM link_domains ORDER BY is_default DESC, domain`)
}

// SetDomain adds or replaces a domain. A new default domain replaces the
// previous default.
func (s Store) SetDomain(ctx context.Context, d Domain) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		if d.IsDefault {
			if _, err := q.Exec(ctx, `UPDATE link_domains SET is_default = $1`, false); err != nil {
				return err
			}
		}
		_, err := q.Exec(ctx, `INSERT INTO link_domains (domain, scheme, region, is_default, created_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (domain) DO UPDATE SET scheme = excluded.scheme, region = excluded.region, is_default = excluded.is_default`,
			d.Domain, d.Scheme, d.Region, d.IsDefault, db.Micros(d.CreatedAt))
		return err
	})
}

// RemoveDomain removes a domain. Error: ErrUnknown.
func (s Store) RemoveDomain(ctx context.Context, domain string) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		all, err := domains(ctx, q)
		if err != nil {
			return err
		}
		if len(all) > 1 && all[0].Domain == domain && all[0].IsDefault {
			return ErrIsDefault
		}
		removed, err := q.Exec(ctx, `DELETE FROM link_domains WHERE domain = $1`, domain)
		if err == nil && removed == 0 {
			err = ErrUnknown
		}
		return err
	})
}

// Pages lists the landing pages.
func (s Store) Pages(ctx context.Context) ([]Page, error) {
	return db.Collect(ctx, s.db, func(rows db.Rows) (p Page, err error) {
		var created int64
		err = rows.Scan(&p.Name, &p.URL, &p.Title, &created)
		p.CreatedAt = db.Instant(created)
		return p, err
	}, `SELECT page, url, title, created_at FROM landing_pages ORDER BY page`)
}

// SetPage keeps a landing page, or replaces the one of that name.
func (s Store) SetPage(ctx context.Context, p Page) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO landing_pages (page, url, title, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (page) DO UPDATE SET url = excluded.url, title = excluded.title`, p.Name, p.URL, p.Title, db.Micros(p.CreatedAt))
		return err
	})
}

// RemovePage removes a landing page. Error: ErrUnknown.
func (s Store) RemovePage(ctx context.Context, name string) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		removed, err := q.Exec(ctx, `DELETE FROM landing_pages WHERE page = $1`, name)
		if err == nil && removed == 0 {
			err = ErrUnknown
		}
		return err
	})
}
