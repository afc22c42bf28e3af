package db

import (
	"errors"
	"fmt"
	"os"
)

// OnlyFile returns nil if the SQLite file at path holds everything, so that the
// file can be read without its log. reason is why SQLite could not open it. If
// the log has the last changes, the error says what to do with it.
func OnlyFile(path string, reason error) error {
	log, err := os.Stat(path + "-wal")
	if errors.Is(err, os.ErrNotExist) || (err == nil && log.Size() == 0) {
		return nil
	}
	return fmt.Errorf("%w. The last changes are in %s-wal: copy both files to where you can write, and read them there", reason, path)
}
