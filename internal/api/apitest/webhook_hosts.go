package apitest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
)

// Notices returns the mails to an e-mail address about new webhooks and postbacks,
// oldest first.
func (w *World) Notices(t *testing.T, to string) []string {
	t.Helper()
	list, err := db.Collect(t.Context(), w.DB, func(rows db.Rows) (text string, err error) {
		var subject, body string
		err = rows.Scan(&subject, &body)
		return subject + "\n" + body, err
	}, `SELECT subject, text_body FROM mails WHERE recipient = $1 AND kind = 'endpoint_changed' ORDER BY mail_id`, to)
	require.NoError(t, err)
	return list
}
