package db

import (
	"errors"
	"fmt"
	"os"
)

// OnlyFile returns nil if the SQLite file at path can be read without its log,
// because the log is empty or missing. Otherwise the log contains the last
// changes, and OnlyFile returns an error that says what to do. reason says why
// SQLite could not open the file with its log.
func OnlyFile(path string, reason error) error {
	log, err := os.Stat(path + "-wal")
	if errors.Is(err, os.ErrNotExist) || (err == nil && log.Size() == 0) {
		return nil
	}
	return fmt.Errorf("%w. The last changes are in %s-wal: copy both files to a directory where you can write, and read them there", reason, path)
}
