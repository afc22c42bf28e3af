// Package identity authenticates callers. Partners sign in with an e-mail and a
// password and get a signed token; programs use keys. The package keeps
// passwords (argon2id), sessions, the keys that sign tokens, and the count of
// failed logins. It also registers new partners and resets forgotten passwords,
// each by a link in a mail. It knows nothing of HTTP.
//
// No credential (a password, a token, a key) is ever logged, put in an error,
// or stored in a form that could be used again. The signing keys are the
// exception: they are stored in clear, so the database must be kept secret.
package identity

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/text"
)

const (
	// TokenLife is how long a token is valid: exp - iat.
	TokenLife = 6 * time.Hour
	// RenewalLife is how long after a log-in its tokens can be renewed.
	RenewalLife = 30 * 24 * time.Hour
	// MaxSessions is how many sessions a partner can have at the same time.
	// Opening one more ends the oldest.
	MaxSessions = 1000
	// Audience is the aud claim of every token.
	Audience = "partnership"
	// StatusSuspended is the partners.status that keeps a partner out.
	StatusSuspended = "suspended"
)

// Account is what a login needs to know about a partner.
type Account struct {
	PartnerID       id.UUID
	Status          string
	PasswordHash    string // PHC string, or Django's pbkdf2_sha256$...; empty: no password set
	PasswordVersion int64  // goes up when the password changes or the partner becomes secure; a rehash does not change it
	Security        SecurityType
}

// Session is one issued token. Its id is the token's jti.
type Session struct {
	PartnerID id.UUID   `db:"partner_id"`
	ID        id.UUID   `db:"session_id"`
	IssuedAt  time.Time `db:"issued_at"` // whole seconds, as in the token
	ExpiresAt time.Time `db:"expires_at"`
	Address   string    `db:"address"` // where the login came from, so that the partner can recognise it
	UserAgent string    `db:"user_agent"`
}

// SessionState is what every request reads about its session.
type SessionState struct {
	Revoked       bool
	PartnerStatus string
}

// SigningKey is an RSA key that signs tokens, or has been retired.
type SigningKey struct {
	ID         string     `db:"key_id"`      // the token header's kid
	Generation int64      `db:"generation"`  // counts up by one; the highest one signs
	PrivatePEM string     `db:"private_pem"` // PKCS #8
	CreatedAt  time.Time  `db:"created_at"`
	RetiredAt  *time.Time `db:"retired_at"` // when a newer key replaced it
}

// NormalEmail is the form in which e-mails are stored and compared: trimmed,
// lower case. An e-mail that cannot be stored (too long, not UTF-8, or
// containing a NUL) becomes "", which belongs to no one.
func NormalEmail(email string) string {
	if len(email) > 1024 || !utf8.ValidString(email) || strings.ContainsRune(email, 0) {
		return ""
	}
	email = strings.ToLower(strings.TrimSpace(email))
	if len(email) > int(text.Email) { // bytes: no mail system carries more
		return ""
	}
	return email
}

// storable makes text from an unauthenticated request safe to store in a text
// column.
func storable(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	for len(s) > limit {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
