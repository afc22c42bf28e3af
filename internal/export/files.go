package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// files stores the files of exports in one directory. Each attempt first writes
// into a subdirectory of its own, which is named after the export and the time
// of the attempt. The finished file is moved up from there. Every file in the
// directory itself is therefore complete, and two attempts at one export do not
// disturb each other. If a process is killed, the name of the subdirectory
// shows which attempt has left it behind.
type files struct{ directory string }

type attempt struct {
	files files
	name  string // file name without the extension
	file  *os.File
}

// begin creates the directory of an attempt, and removes the directories of
// earlier attempts.
func (f files) begin(e *Export, at time.Time) (*attempt, error) {
	if err := f.remove(e); err != nil {
		return nil, err
	}
	a := &attempt{files: f, name: e.ID.Hex() + "-" + strconv.FormatInt(at.UnixMicro(), 10)}
	if err := os.MkdirAll(a.directory(), 0o700); err != nil {
		return nil, fmt.Errorf("creating a directory for an export: %w", err)
	}
	var err error
	a.file, err = os.OpenFile(filepath.Join(a.directory(), "whole.xlsx"), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("creating the file of an export: %w", err)
	}
	return a, nil
}

func (a *attempt) directory() string { return filepath.Join(a.files.directory, a.name) }

// finish syncs the finished file to disk and moves it into the directory of
// exports.
func (a *attempt) finish() (name string, size int64, err error) {
	info, err := a.file.Stat()
	if err == nil {
		err = a.file.Sync()
	}
	if err = errors.Join(err, a.file.Close()); err != nil {
		return "", 0, fmt.Errorf("storing the file of an export: %w", err)
	}
	name = a.name + ".xlsx"
	if err := os.Rename(a.file.Name(), filepath.Join(a.files.directory, name)); err != nil {
		return "", 0, fmt.Errorf("storing the file of an export: %w", err)
	}
	return name, info.Size(), syncDirectory(a.files.directory)
}

func (a *attempt) end() {
	_ = a.file.Close()              // fails if finish has already closed the file
	_ = os.RemoveAll(a.directory()) // if this fails, a later attempt or Purge deletes the directory
}

// discard deletes a finished file whose export could not be saved.
func (a *attempt) discard(name string) error {
	if err := os.Remove(filepath.Join(a.files.directory, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting the file of an export: %w", err)
	}
	return nil
}

// syncDirectory syncs a directory to disk, so that the names of its files
// survive a crash.
func syncDirectory(path string) error {
	directory, err := os.Open(path) //nolint:gosec // the operator chooses the path
	if err != nil {
		return fmt.Errorf("storing the file of an export: %w", err)
	}
	if err := errors.Join(directory.Sync(), directory.Close()); err != nil {
		return fmt.Errorf("storing the file of an export: %w", err)
	}
	return nil
}

func (f files) remove(e *Export) error {
	found, err := os.ReadDir(f.directory)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking for the files of an export: %w", err)
	}
	for _, entry := range found {
		if !strings.HasPrefix(entry.Name(), e.ID.Hex()+"-") {
			continue
		}
		if err := os.RemoveAll(filepath.Join(f.directory, entry.Name())); err != nil {
			return fmt.Errorf("deleting the files of an export: %w", err)
		}
	}
	return nil
}

// open opens the file of an export. The result is false if this machine does
// not have the file.
func (f files) open(e *Export) (*os.File, bool, error) {
	file, err := os.Open(filepath.Join(f.directory, filepath.Base(e.File)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("opening the file of an export: %w", err)
	}
	return file, true, nil
}
