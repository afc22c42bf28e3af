package db

import (
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// comeAgain is how long a caller should wait when the store cannot write or
// answer.
const comeAgain = 5 * time.Second

// Unavailable returns err as the error of a store that cannot write or answer
// now. Nothing of the failed work was kept.
func Unavailable(err error) error {
	if fault.CodeOf(err) == fault.ServiceUnavailable {
		return err
	}
	return &fault.Error{Code: fault.ServiceUnavailable, RetryAfter: comeAgain, Cause: err}
}

// ErrLocked is the reason when a store is unavailable because another process
// holds it.
var ErrLocked = errors.New("another process has locked the database")
