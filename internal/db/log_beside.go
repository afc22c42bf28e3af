package db

import (
	"errors"
	"fmt"
	"os"
)

// OnlyFile returns nil if the SQLite file at path has no log or an empty log,
// because all data is then in the file. Otherwise, it returns an error that
// says what to do. The error wraps reason, which says why SQLite could not open
// the file with its log.
func OnlyFile(path string, reason error) error {
	log, err := os.Stat(path + "-wal")
	if errors.Is(err, os.ErrNotExist) || (err == nil && log.Size() == 0) {
		return nil
	}
	return fmt.Errorf("%w. The last changes are in %s-wal. "+
		"Copy this file and the database to a directory where you can write, and read them there", reason, path)
}
