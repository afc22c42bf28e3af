package apitest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

func (d *Door) Exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	require.NoError(t, d.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, statement, args...)
		return err
	}))
}

// Endpoint adds a webhook or postback of a partner. made and changed say how long ago
// it was created and last changed.
func (d *Door) Endpoint(t *testing.T, kind, partnerID, url string, made, changed time.Duration) id.UUID {
	t.Helper()
	endpoint := id.New()
	now := d.Clock.Now()
	d.Exec(t, `INSERT INTO endpoints (partner_id, endpoint_id, kind, name, url, method, types, status, reason, given_seq, created_at, updated_at)
		VALUES ($1, $2, $3, '', $4, 'POST', '[]', 'active', '', 0, $5, $6)`,
		UID(partnerID), endpoint, kind, url, now.Add(-made).UnixMicro(), now.Add(-changed).UnixMicro())
	return endpoint
}
