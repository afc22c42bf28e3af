// Package identity authenticates callers. Partners sign in with an e-mail and a
// password and get a signed token. Programs use keys. The package stores
// passwords (argon2id), sessions, the keys that sign tokens, and the number of
// failed logins. It also registers new partners and resets forgotten passwords,
// both through a link in a mail. It does not depend on HTTP.
//
// No credential (password, token or key) is ever logged or included in an error.
// Credentials are stored only in a form that cannot be used to sign in. Only the
// signing keys are stored in clear, so the database must be kept secret.
package identity

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/text"
)

const (
	// TokenLife is how long a token is valid: its exp minus its iat.
	TokenLife = 6 * time.Hour
	// RenewalLife is how long after a login its tokens can be renewed.
	RenewalLife = 30 * 24 * time.Hour
	// MaxSessions is how many sessions a partner can have at the same time.
	// Opening another session revokes the oldest one.
	MaxSessions = 1000
	// Audience is the aud claim of every token.
	Audience = "partnership"
	// StatusSuspended is the value of partners.status for a partner who is not
	// allowed to sign in.
	StatusSuspended = "suspended"
)

// Account contains the data about a partner that a login needs.
type Account struct {
	PartnerID       id.UUID
	Status          string
	PasswordHash    string // PHC string, or Django's pbkdf2_sha256$...; empty if no password is set
	PasswordVersion int64  // increases when the password changes or the partner becomes secure, but not after a rehash
	Security        SecurityType
}

// Session is the stored record of an issued token. Its ID is the token's jti.
type Session struct {
	PartnerID id.UUID   `db:"partner_id"`
	ID        id.UUID   `db:"session_id"`
	IssuedAt  time.Time `db:"issued_at"` // whole seconds, as in the token
	ExpiresAt time.Time `db:"expires_at"`
	Address   string    `db:"address"` // IP address from which the partner logged in; helps the partner recognise the session
	UserAgent string    `db:"user_agent"`
}

// ListedSession is a session in a partner's list.
type ListedSession struct {
	Session

	LoggedInAt time.Time `db:"logged_in_at"` // time of the login; a renewal does not change it
}

// SessionState is the part of a session that every request reads.
type SessionState struct {
	Revoked       bool
	PartnerStatus string
}

// SigningKey is an RSA key that signs tokens, or that did so until a newer key
// replaced it.
type SigningKey struct {
	ID         string     `db:"key_id"`      // kid in the token's header
	Generation int64      `db:"generation"`  // increases by one; the key with the highest generation signs
	PrivatePEM string     `db:"private_pem"` // PKCS #8
	CreatedAt  time.Time  `db:"created_at"`
	RetiredAt  *time.Time `db:"retired_at"` // time at which a newer key replaced this key; nil for the current key
}

// NormalEmail returns the form in which e-mails are stored and compared, which
// is trimmed and in lower case. It returns "" for an e-mail that cannot be stored
// (too long, not UTF-8, or containing a NUL). No partner has the e-mail "".
func NormalEmail(email string) string {
	if len(email) > 1024 || !utf8.ValidString(email) || strings.ContainsRune(email, 0) {
		return ""
	}
	email = strings.ToLower(strings.TrimSpace(email))
	if len(email) > int(text.Email) { // the limit is in bytes, as in mail systems
		return ""
	}
	return email
}

// storable makes text from an unauthenticated request safe to store. It replaces
// invalid UTF-8, removes NULs and cuts the text off after the given number of
// bytes.
func storable(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	for len(s) > limit {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
