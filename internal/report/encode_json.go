package report

import (
	"context"
	"io"

	"github.com/tributary-server/tributary/internal/fault"
)

// writeJSON writes a page with its totals, or a single row. It builds the
// whole response in memory, so that an error never follows part of a response.
func (s *Service) writeJSON(ctx context.Context, r *run, w io.Writer) error {
	if r.definition.Single {
		return writeSingle(ctx, r, w)
	}
	if r.definition.Groups != nil {
		return writeGroups(ctx, r, w)
	}
	body := []byte(`{"data":[`)
	count := 0
	err := r.each(ctx, r.page(), func(row *Row) error {
		if count++; count > 1 {
			body = append(body, ',')
		}
		body = row.AppendObject(body)
		return nil
	})
	if err != nil {
		return err
	}
	body = append(body, ']')
	if !r.definition.Unpaged {
		totals, err := r.totals(ctx)
		if err != nil {
			return err
		}
		body = append(body, `,"totals":`...)
		body = appendTotals(body, r.definition, r.partner, totals, r.now)
	}
	_, err = w.Write(append(body, '}'))
	return err
}

func writeSingle(ctx context.Context, r *run, w io.Writer) error {
	var body []byte
	err := r.each(ctx, r.page(), func(row *Row) error {
		body = row.AppendObject(body)
		return nil
	})
	if err != nil {
		return err
	}
	if body == nil {
		return fault.New(fault.NotFound)
	}
	_, err = w.Write(body)
	return err
}
