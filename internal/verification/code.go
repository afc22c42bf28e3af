package verification

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// newCode returns a code of six digits. The first digit is not zero, because a
// program that reads the code as a number would lose it.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(900_000))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return strconv.FormatInt(n.Int64()+100_000, 10)
}

func newToken() string {
	secret := make([]byte, 32)
	rand.Read(secret)
	return base64.RawURLEncoding.EncodeToString(secret)
}

const (
	defaultMemoryKiB = 19 * 1024
	passes           = 2
	saltBytes        = 16
	sumBytes         = 32
)

// hasher hashes codes with argon2id. With a faster hash, a person who has
// stolen the database could try all codes, because a code has only six digits.
// hasher limits the number of concurrent hashes, because each needs a lot of
// memory.
type hasher struct {
	memoryKiB uint32
	slots     chan struct{}
}

func newHasher(memoryKiB uint32) *hasher {
	if memoryKiB == 0 {
		memoryKiB = defaultMemoryKiB
	}
	return &hasher{memoryKiB: memoryKiB, slots: make(chan struct{}, min(runtime.GOMAXPROCS(0), 4))}
}

var encoding = base64.RawStdEncoding.Strict()

// hash returns the stored form of a code: its salt followed by its hash.
func (h *hasher) hash(ctx context.Context, code string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	sum, err := h.sum(ctx, code, salt)
	if err != nil {
		return "", err
	}
	return encoding.EncodeToString(salt) + "$" + encoding.EncodeToString(sum), nil
}

var errStored = errors.New("the stored value is not the hash of a code")

func (h *hasher) matches(ctx context.Context, stored, code string) (bool, error) {
	left, right, _ := strings.Cut(stored, "$")
	salt, err1 := encoding.DecodeString(left)
	want, err2 := encoding.DecodeString(right)
	if errors.Join(err1, err2) != nil || len(salt) != saltBytes || len(want) != sumBytes {
		return false, errStored
	}
	sum, err := h.sum(ctx, code, salt)
	return subtle.ConstantTimeCompare(sum, want) == 1, err
}

func (h *hasher) sum(ctx context.Context, code string, salt []byte) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		return argon2.IDKey([]byte(code), salt, passes, h.memoryKiB, 1, sumBytes), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to hash a code: %w", ctx.Err())
	}
}
