package postgres

import (
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tributary-server/tributary/internal/db"
)

// unavailable marks an error if the server cannot be reached or cannot write
// now. Callers rely on the mark to mean that nothing was stored. Therefore
// unavailable does not mark a lost connection during the commit, because the
// data may have been stored. fromCommit says whether the error comes from the
// commit.
func unavailable(err error, fromCommit bool) error {
	if err == nil {
		return nil
	}
	if e, is := errors.AsType[*pgconn.PgError](err); is {
		if cannotWork(e.Code) && (!fromCommit || e.Code[:2] != "57") {
			return db.Unavailable(err)
		}
		return err
	}
	if !fromCommit && isConnectionLost(err) {
		return db.Unavailable(err)
	}
	return err
}

// cannotWork reports whether an SQLSTATE code means that the server cannot work
// now.
func cannotWork(code string) bool {
	switch code {
	case "25006", // read-only transaction
		"55P03": // lock timeout
		return true
	case "57014", "57P04": // cancelled query, dropped database
		return false
	}
	switch code[:min(2, len(code))] {
	case "08", "53", "57", "58": // connection errors, full disks and other resources, shutdown, system errors
		return true
	default:
		return false
	}
}

func isConnectionLost(err error) bool {
	var network net.Error
	return errors.As(err, new(*pgconn.ConnectError)) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &network) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}
