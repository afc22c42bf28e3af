package db

import (
	"errors"
	"fmt"
	"os"
)

// OnlyFile returns nil if the SQLite file at path contains everything and can
// be read without its log. If the log contains the last changes, it returns an
// error that says what to do. reason is why SQLite could not open the file.
func OnlyFile(path string, reason error) error {
	log, err := os.Stat(path + "-wal")
	if errors.Is(err, os.ErrNotExist) || (err == nil && log.Size() == 0) {
		return nil
	}
	return fmt.Errorf("%w. The last changes are in %s-wal: copy both files to where you can write, and read them there", reason, path)
}
