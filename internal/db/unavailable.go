package db

import (
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// comeAgain is the time after which the caller should try again.
const comeAgain = 5 * time.Second

// Unavailable marks err as the error of a store that cannot write or respond
// now. Nothing of the failed work may have been stored.
func Unavailable(err error) error {
	if fault.CodeOf(err) == fault.ServiceUnavailable {
		return err
	}
	return &fault.Error{Code: fault.ServiceUnavailable, RetryAfter: comeAgain, Cause: err}
}

// ErrLocked means that the store is unavailable because another process has
// locked it.
var ErrLocked = errors.New("another process has locked the database")
