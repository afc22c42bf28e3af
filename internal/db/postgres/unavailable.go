package postgres

import (
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tributary-server/tributary/internal/db"
)

// unavailable marks an error of a server that cannot be reached, or does not
// write, now. ended says that the work was done and only its commit failed: then
// a lost connection leaves open whether it was kept, and the error stays as it
// is, so that nobody is told that nothing was done.
func unavailable(err error, ended bool) error {
	if err == nil {
		return nil
	}
	if e, is := errors.AsType[*pgconn.PgError](err); is {
		if refuses(e.Code) && (!ended || e.Code[:2] != "57") {
			return db.Unavailable(err)
		}
		return err
	}
	if !ended && lost(err) {
		return db.Unavailable(err)
	}
	return err
}

// refuses reports whether a code says that the server does not work now.
func refuses(code string) bool {
	switch code {
	case "25006", // read-only transaction
		"55P03": // a lock was not to be had in time
		return true
	case "57014", "57P04": // cancelled, the database was dropped
		return false
	}
	switch code[:min(2, len(code))] {
	case "08", "53", "57", "58": // the connection, resources such as a full disk, shutting down, the system
		return true
	default:
		return false
	}
}

// lost reports whether there was no connection, or no more.
func lost(err error) bool {
	var network net.Error
	return errors.As(err, new(*pgconn.ConnectError)) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &network) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}
