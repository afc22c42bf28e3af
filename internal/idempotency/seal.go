package idempotency

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// seal encrypts the body of a response, so that only a caller with the key can
// read it. It uses AES-256-GCM with a random nonce. The AES key is derived from
// the caller's key by HKDF. The status is not encrypted, but open returns an
// error if it was changed.
func seal(key string, keyHash [sha256.Size]byte, answer Answer) ([]byte, error) {
	aead, err := aeadOf(key, keyHash)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, answer.Body, associatedData(answer.Status)), nil //nolint:gosec // an AEAD made by NewGCMWithRandomNonce creates its own nonces
}

func open(key string, keyHash [sha256.Size]byte, record Record) (Answer, error) {
	aead, err := aeadOf(key, keyHash)
	if err != nil {
		return Answer{}, err
	}
	body, err := aead.Open(nil, nil, record.Sealed, associatedData(record.Status))
	if err != nil {
		return Answer{}, fmt.Errorf("the stored response of %s cannot be decrypted, because it was changed outside the server: %w", record.Operation, err)
	}
	if len(body) == 0 {
		body = nil
	}
	return Answer{Status: record.Status, Body: body}, nil
}

func aeadOf(key string, keyHash [sha256.Size]byte) (cipher.AEAD, error) {
	secret, err := hkdf.Key(sha256.New, []byte(key), keyHash[:], "tributary: an answer", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func associatedData(status int) []byte { return fmt.Append(nil, status) }
