package identity

import "context"

// HashPassword checks a new password and returns its hash. Pass the hash to
// ImportPassword once the partner exists or has proved its identity.
//
// ValidationError on "password". Throttled: too many passwords are waiting to
// be hashed.
func (s *Service) HashPassword(ctx context.Context, password string) (encoded string, err error) {
	if err := checkNewPassword(password); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

// CheckNewPassword checks a password that somebody chooses. ValidationError on
// "password".
func CheckNewPassword(password string) error { return checkNewPassword(password) }
