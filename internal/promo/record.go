package promo

import (
	"context"
	"strconv"

	"github.com/tributary-server/tributary/internal/audit"
)

// update calls Store.Update, and adds an audit entry if the material has
// changed.
func (s *Service) update(ctx context.Context, materialID int64, done string, change func(*Material) (*File, error)) (m Material, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		var was Material
		m, err = s.store.Update(ctx, materialID, func(m *Material) (*File, error) {
			was = *m
			return change(m)
		})
		if err != nil || m == was {
			return err
		}
		return s.record(ctx, done, &m)
	})
	return m, err
}

func (s *Service) record(ctx context.Context, done string, m *Material) error {
	if s.config.Audit == nil {
		return nil
	}
	return s.config.Audit.Record(ctx, audit.Entry{
		Action: "promo_material." + done, Subject: strconv.FormatInt(m.ID, 10),
		Details: map[string]any{"kind": m.Kind, "title": m.Title, "version": m.Version},
	})
}
