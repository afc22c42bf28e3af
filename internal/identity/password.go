package identity

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Params are the cost parameters of argon2id.
type Params struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultParams are OWASP's recommended parameters with the lowest memory use.
// They cost an attacker as much as the other recommended parameters, and let a
// small server check several logins at once. Each hash uses only one thread, so
// that the other cores can serve other logins.
var DefaultParams = Params{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1}

// These constants limit the cost of a stored hash, so that checking a faulty or
// malicious imported hash cannot exhaust the server.
const (
	maxMemoryKiB        = 128 * 1024
	maxPasses           = 16
	maxThreads          = 16
	maxLegacyIterations = 2_000_000
	hashBytes           = 32
	saltBytes           = 16
)

var errHashFormat = errors.New("not a password hash in a known format")

// storedHash is a parsed password hash. If iterations is 0, it is an argon2id
// hash, otherwise PBKDF2-HMAC-SHA256.
type storedHash struct {
	params     Params
	iterations int
	salt       []byte
	sum        []byte
}

// parseHash parses a PHC string ($argon2id$v=19$m=..,t=..,p=..$salt$sum) or a
// hash of Django (pbkdf2_sha256$iterations$salt$sum).
func parseHash(encoded string) (storedHash, error) {
	if len(encoded) > 512 {
		return storedHash{}, errHashFormat
	}
	if rest, ok := strings.CutPrefix(encoded, "pbkdf2_sha256$"); ok {
		return parseLegacy(rest)
	}
	rest, ok := strings.CutPrefix(encoded, fmt.Sprintf("$argon2id$v=%d$", argon2.Version))
	if !ok {
		return storedHash{}, errHashFormat
	}
	parts := strings.Split(rest, "$")
	if len(parts) != 3 {
		return storedHash{}, errHashFormat
	}
	params, err := parseParams(parts[0])
	if err != nil {
		return storedHash{}, err
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(parts[1])
	sum, sumErr := base64.RawStdEncoding.Strict().DecodeString(parts[2])
	if saltErr != nil || sumErr != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return storedHash{}, errHashFormat
	}
	return storedHash{params: params, salt: salt, sum: sum}, nil
}

func parseParams(text string) (Params, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return Params{}, errHashFormat
	}
	memory, err1 := parseCost(fields[0], "m=", maxMemoryKiB)
	passes, err2 := parseCost(fields[1], "t=", maxPasses)
	threads, err3 := parseCost(fields[2], "p=", maxThreads)
	if err := errors.Join(err1, err2, err3); err != nil {
		return Params{}, err
	}
	return Params{MemoryKiB: uint32(memory), Passes: uint32(passes), Threads: uint8(threads)}, nil
}

func parseCost(text, name string, limit uint64) (uint64, error) {
	digits, ok := strings.CutPrefix(text, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || n < 1 || n > limit {
		return 0, errHashFormat
	}
	return n, nil
}

func parseLegacy(text string) (storedHash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 3 {
		return storedHash{}, errHashFormat
	}
	iterations, err := parseCost(parts[0], "", maxLegacyIterations)
	if err != nil {
		return storedHash{}, err
	}
	sum, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(sum) != sha256.Size || parts[1] == "" || len(parts[1]) > 128 {
		return storedHash{}, errHashFormat
	}
	return storedHash{iterations: int(iterations), salt: []byte(parts[1]), sum: sum}, nil
}

func (h storedHash) String() string {
	if h.iterations > 0 {
		return fmt.Sprintf("pbkdf2_sha256$%d$%s$%s", h.iterations, h.salt, base64.StdEncoding.EncodeToString(h.sum))
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.params.MemoryKiB, h.params.Passes, h.params.Threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.sum))
}

func (h storedHash) matches(sum []byte) bool { return subtle.ConstantTimeCompare(h.sum, sum) == 1 }

func argon2Sum(password string, salt []byte, p Params, length int) []byte {
	return argon2.IDKey([]byte(password), salt, p.Passes, p.MemoryKiB, p.Threads, uint32(length))
}

func legacySum(password string, salt []byte, iterations int) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
}

// HashPassword checks a new password and returns its hash, for a later call of
// ImportPassword.
//
// It returns ValidationError on "password", or Throttled if too many passwords
// are waiting to be hashed.
func (s *Service) HashPassword(ctx context.Context, password string) (encoded string, err error) {
	if err := CheckNewPassword(password); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}
