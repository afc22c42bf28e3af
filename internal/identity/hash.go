package identity

import "context"

// HashPassword checks a new password and returns the form in which it is
// kept: for ImportPassword, once the partner is there or has proved who it is.
//
// ValidationError on "password". Throttled: too many wait for theirs.
func (s *Service) HashPassword(ctx context.Context, password string) (encoded string, err error) {
	if err := checkNewPassword(password); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

// CheckNewPassword says what is wrong with a password that somebody chooses.
// ValidationError on "password".
func CheckNewPassword(password string) error { return checkNewPassword(password) }
