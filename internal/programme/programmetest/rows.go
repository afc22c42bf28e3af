package programmetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/verification"
)

// AddPartner stores an introducing broker from Thailand with an account in USD.
// The fields of p replace these values if they are set. AddPartner returns the
// partner's id.
func AddPartner(tb testing.TB, d db.DB, p partner.Partner) id.UUID {
	tb.Helper()
	usual := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	usual(&p.Country, "TH")
	usual(&p.Programme, partner.IB)
	usual(&p.Currency, "USD")
	usual(&p.Account, "1163683105934900000")
	usual(&p.Status, partner.Active)
	if p.ID == id.Nil {
		p.ID = id.New()
	}
	p.RegisteredAt, p.NextNumber = time.UnixMicro(0), 1
	require.NoError(tb, d.Write(tb.Context(), func(ctx context.Context, q db.Querier) error { return partner.Table.Insert(ctx, q, &p) }))
	return p.ID
}

// Authorised stores an operation for which the right code was entered, and returns
// the temporary token of the operation.
func Authorised(tb testing.TB, d db.DB, now time.Time, owner id.UUID, kind verification.Type, digest verification.Digest) string {
	tb.Helper()
	store, token := verification.NewStore(db.Joining(d)), id.New().String()
	op := verification.Operation{
		PartnerID: owner, ID: id.New(), Type: kind, Digest: digest, Channel: verification.Email, Tries: 1,
		CreatedAt: now, ExpiresAt: now.Add(verification.CodeLife),
	}
	require.NoError(tb, store.Add(tb.Context(), op))
	done, err := store.Complete(tb.Context(), owner, op.ID, verification.TokenHash(token), now, now.Add(verification.TokenLife))
	require.NoError(tb, err)
	require.True(tb, done)
	return token
}
