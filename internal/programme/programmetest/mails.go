package programmetest

import (
	"context"
	"regexp"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/verification"
)

// Letters remembers the code in the last queued mail. It implements mail.Queue and
// audit.Log.
type Letters struct{ Code string }

var codeDigits = regexp.MustCompile(`\b\d{6}\b`)

// Enqueue implements mail.Queue.
func (l *Letters) Enqueue(_ context.Context, m mail.Message) error {
	if found := codeDigits.FindAllString(m.Text, -1); len(found) == 1 {
		l.Code = found[0]
	}
	return nil
}

// Record implements audit.Log.
func (*Letters) Record(context.Context, audit.Entry) error { return nil }

// Mailed implements verification.Security for partners who get their codes by mail.
type Mailed struct{}

// Channel implements verification.Security.
func (Mailed) Channel(context.Context, id.UUID) (verification.Channel, string, error) {
	return verification.Email, "partner@example.com", nil
}

// UseCode implements verification.Security.
func (Mailed) UseCode(context.Context, id.UUID, string, string) (bool, error) { return false, nil }
