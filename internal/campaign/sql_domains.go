package campaign

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
)

// Domains returns the domains for links, the default domain first.
func (s Store) Domains(ctx context.Context) ([]Domain, error) {
	return domains(ctx, s.db)
}

func domains(ctx context.Context, q db.Querier) ([]Domain, error) {
	return db.All[Domain](ctx, q, `SELECT `+domainTable.Of("")+` FROM link_domains ORDER BY is_default DESC, domain`)
}

var (
	domainTable = db.NewTable[Domain]("link_domains")
	pageTable   = db.NewTable[Page]("landing_pages")
)

// SetDomain adds or replaces a domain. A new default domain replaces the
// previous default.
func (s Store) SetDomain(ctx context.Context, d Domain) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		if d.IsDefault {
			if _, err := q.Exec(ctx, `UPDATE link_domains SET is_default = $1`, false); err != nil {
				return err
			}
		}
		return domainTable.InsertOn(ctx, q, domainTable.Replacing("domain", "created_at"), d)
	})
}

// RemoveDomain removes a domain. It returns ErrUnknown if there is no such
// domain, and ErrIsDefault if the domain is the default and there are other
// domains.
func (s Store) RemoveDomain(ctx context.Context, domain string) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
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

// Pages returns all landing pages.
func (s Store) Pages(ctx context.Context) ([]Page, error) {
	return db.All[Page](ctx, s.db, `SELECT `+pageTable.Of("")+` FROM landing_pages ORDER BY page`)
}

// SetPage adds a landing page, or replaces the page with the same name.
func (s Store) SetPage(ctx context.Context, p Page) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		return pageTable.InsertOn(ctx, q, pageTable.Replacing("page", "created_at"), p)
	})
}

// RemovePage removes a landing page. It returns ErrUnknown if there is no such
// page.
func (s Store) RemovePage(ctx context.Context, name string) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		removed, err := q.Exec(ctx, `DELETE FROM landing_pages WHERE page = $1`, name)
		if err == nil && removed == 0 {
			err = ErrUnknown
		}
		return err
	})
}
