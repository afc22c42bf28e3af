package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/db"
)

// Domains implements campaign.Store.
func (s Campaigns) Domains(ctx context.Context) ([]campaign.Domain, error) {
	return domains(ctx, s.db)
}

func domains(ctx context.Context, q db.Querier) ([]campaign.Domain, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (d campaign.Domain, err error) {
		var created int64
		err = rows.Scan(&d.Domain, &d.Scheme, &d.Region, &d.IsDefault, &created)
		d.CreatedAt = db.Instant(created)
		return d, err
	}, `SELECT domain, scheme, region, is_default, created_at FROM link_domains ORDER BY is_default DESC, domain`)
}

// SetDomain implements campaign.Store.
func (s Campaigns) SetDomain(ctx context.Context, d campaign.Domain) error {
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

// RemoveDomain implements campaign.Store.
func (s Campaigns) RemoveDomain(ctx context.Context, domain string) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		all, err := domains(ctx, q)
		if err != nil {
			return err
		}
		if len(all) > 1 && all[0].Domain == domain && all[0].IsDefault {
			return campaign.ErrIsDefault
		}
		removed, err := q.Exec(ctx, `DELETE FROM link_domains WHERE domain = $1`, domain)
		if err == nil && removed == 0 {
			err = campaign.ErrUnknown
		}
		return err
	})
}

// Pages implements campaign.Store.
func (s Campaigns) Pages(ctx context.Context) ([]campaign.Page, error) {
	return db.Collect(ctx, s.db, func(rows db.Rows) (p campaign.Page, err error) {
		var created int64
		err = rows.Scan(&p.Name, &p.URL, &p.Title, &created)
		p.CreatedAt = db.Instant(created)
		return p, err
	}, `SELECT page, url, title, created_at FROM landing_pages ORDER BY page`)
}

// SetPage implements campaign.Store.
func (s Campaigns) SetPage(ctx context.Context, p campaign.Page) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO landing_pages (page, url, title, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (page) DO UPDATE SET url = excluded.url, title = excluded.title`, p.Name, p.URL, p.Title, db.Micros(p.CreatedAt))
		return err
	})
}

// RemovePage implements campaign.Store.
func (s Campaigns) RemovePage(ctx context.Context, name string) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		removed, err := q.Exec(ctx, `DELETE FROM landing_pages WHERE page = $1`, name)
		if err == nil && removed == 0 {
			err = campaign.ErrUnknown
		}
		return err
	})
}
