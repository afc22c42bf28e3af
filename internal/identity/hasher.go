package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/limit"
)

// Work is the cost of all password checks since the process started.
type Work struct {
	Argon2           int64 // number of argon2id hashes computed
	LegacyIterations int64 // number of PBKDF2 iterations computed
}

const (
	maxHashing  = 200            // maximum length of the queue of passwords to be hashed; one address may use at most half of it
	trustedLife = 24 * time.Hour // how long an address has priority after a login
	maxTrusted  = 50_000
)

// hasher limits the number of password hashes that are computed concurrently,
// because each needs memory and a whole core. It divides its capacity evenly
// among addresses, and prefers addresses that logged in recently. A flood of
// guesses therefore delays only the address that sends them.
type hasher struct {
	params  Params
	places  *limit.Pool
	trusted *limit.Recent
	clock   clock.Clock

	argon2, legacy atomic.Int64
}

func newHasher(p Params, places int, patience time.Duration, clk clock.Clock) *hasher {
	return &hasher{
		params: p, clock: clk,
		places:  limit.NewPool(limit.PoolConfig{Size: places, Queue: maxHashing, Patience: patience}),
		trusted: limit.NewRecent(trustedLife, maxTrusted),
	}
}

// acquire waits until a hash may be computed. It returns Throttled if the wait
// is too long; the client can then try again later.
func (h *hasher) acquire(ctx context.Context) (release func(), err error) {
	address := limit.AddressOf(ctx)
	return h.places.Enter(ctx, address, h.trusted.Has(address, h.clock.Now()))
}

func (h *hasher) trust(ctx context.Context, now time.Time) {
	if address := limit.AddressOf(ctx); address != "" {
		h.trusted.Mark(address, now)
	}
}

// hash returns the stored form of a password. It first normalises the password
// to Unicode NFC, because operating systems encode the same typed password
// differently.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	password = norm.NFC.String(password)
	release, err := h.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	return storedHash{params: h.params, salt: salt, sum: h.argon2Sum(password, salt, h.params, hashBytes)}.String(), nil
}

type verdict struct {
	right    bool
	outdated bool // true if the password is right but its hash has outdated parameters or another format
}

// check compares a password with a stored hash. An empty hash matches nothing.
//
// check does the same amount of work for every stored hash, and for an empty
// one. The response time therefore does not reveal which e-mails are known. For
// each Unicode form of the password, check computes one argon2id hash and
// legacyCost PBKDF2 iterations. legacyCost is 0 when no partner has an imported
// hash.
func (h *hasher) check(ctx context.Context, encoded, password string, legacyCost int) (verdict, error) {
	stored := storedHash{params: h.params, salt: make([]byte, saltBytes), sum: make([]byte, hashBytes)}
	known := encoded != ""
	if known {
		var err error
		if stored, err = parseHash(encoded); err != nil {
			return verdict{}, fmt.Errorf("reading a stored password: %w", err)
		}
	}
	typed, sound := spellings(password)
	release, err := h.acquire(ctx)
	if err != nil {
		return verdict{}, err
	}
	defer release()
	for i, password := range typed {
		right, err := h.compare(&stored, password, legacyCost)
		if err != nil {
			return verdict{}, err
		}
		if right && known && sound {
			return verdict{right: true, outdated: i > 0 || stored.iterations > 0 || stored.params != h.params}, nil
		}
	}
	return verdict{}, nil
}

// spellings returns the Unicode forms in which a password may have been hashed:
// composed (the form that hasher.hash uses), as typed, and decomposed. These
// forms are the same for most passwords. valid is false if the password is longer
// than any stored password can be.
func spellings(password string) (forms []string, valid bool) {
	if len(password) > 4*MaxPasswordBytes {
		return []string{password[:MaxPasswordBytes]}, false
	}
	composed := norm.NFC.String(password)
	if len(composed) > MaxPasswordBytes {
		return []string{composed[:MaxPasswordBytes]}, false
	}
	forms = []string{composed}
	for _, form := range []string{password, norm.NFD.String(password)} {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return forms, true
}

// compare hashes one form of a password with the algorithm and parameters of
// the stored hash, and reports whether the results are equal.
func (h *hasher) compare(stored *storedHash, password string, legacyCost int) (right bool, err error) {
	if stored.iterations == 0 {
		sum := h.argon2Sum(password, stored.salt, stored.params, len(stored.sum))
		if legacyCost > 0 {
			_, err = h.legacySum(password, stored.salt, legacyCost)
		}
		return stored.matches(sum), err
	}
	h.argon2Sum(password, make([]byte, saltBytes), h.params, hashBytes)
	sum, err := h.legacySum(password, stored.salt, stored.iterations)
	if err == nil && legacyCost > stored.iterations {
		_, err = h.legacySum(password, stored.salt, legacyCost-stored.iterations)
	}
	return stored.matches(sum), err
}

func (h *hasher) argon2Sum(password string, salt []byte, p Params, length int) []byte {
	h.argon2.Add(1)
	return argon2Sum(password, salt, p, length)
}

func (h *hasher) legacySum(password string, salt []byte, iterations int) ([]byte, error) {
	h.legacy.Add(int64(iterations))
	sum, err := legacySum(password, salt, iterations)
	if err != nil {
		return nil, fmt.Errorf("checking an imported password: %w", err)
	}
	return sum, nil
}

func (h *hasher) work() Work { return Work{Argon2: h.argon2.Load(), LegacyIterations: h.legacy.Load()} }
