package verification

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// SpendToken uses up a temporary token, inside the transaction of the operation
// that the token authorises. If the transaction fails, the token stays valid.
//
// It returns PermissionDenied if the partner has no such token, or if the token
// has expired, was used, or is for another operation or content.
func SpendToken(ctx context.Context, q db.Querier, partnerID id.UUID, t Type, token string, digest Digest, now time.Time) error {
	hash := TokenHash(token)
	spent, err := q.Exec(ctx, `UPDATE verifications SET used_at = $6
		WHERE partner_id = $1 AND token_hash = $2 AND operation_type = $3 AND digest = $4 AND used_at IS NULL AND token_expires_at > $5`,
		partnerID, hash[:], string(t), digest[:], db.Micros(now), db.Micros(now))
	if err != nil {
		return err
	}
	if spent != 1 {
		return Required(t)
	}
	return nil
}
