package db

import (
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// comeAgain is the wait that the server suggests to the caller.
const comeAgain = 5 * time.Second

// Unavailable marks err as the error of a database that cannot write or respond
// now. Use it only if it is certain that no part of the failed work was stored.
func Unavailable(err error) error {
	if fault.CodeOf(err) == fault.ServiceUnavailable {
		return err
	}
	return &fault.Error{Code: fault.ServiceUnavailable, RetryAfter: comeAgain, Cause: err}
}

// ErrLocked says that the database is unavailable because another process has
// locked it.
var ErrLocked = errors.New("another process has locked the database")
