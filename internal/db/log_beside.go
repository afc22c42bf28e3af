package db

import (
	"errors"
	"fmt"
	"os"
)

// OnlyFile reports whether the SQLite file at path holds everything, so that
// the file can be read alone. reason is why SQLite could not open it. The error
// says what to do with a log that holds the last changes.
func OnlyFile(path string, reason error) error {
	log, err := os.Stat(path + "-wal")
	if errors.Is(err, os.ErrNotExist) || (err == nil && log.Size() == 0) {
		return nil
	}
	return fmt.Errorf("%w. The last changes are in %s-wal: copy both files to where you can write, and read them there", reason, path)
}
