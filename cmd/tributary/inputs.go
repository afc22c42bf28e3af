package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/feed"
)

// stdinName is the file name that means standard input.
const stdinName = "-"

// inputReader reads several files as one stream. The line numbers of a file
// continue those of the previous file.
type inputReader struct {
	files []*input
	total int64        // size of all files in bytes; 0 if unknown
	bytes atomic.Int64 // number of bytes read so far
}

type input struct {
	name string
	r    io.Reader
	file *os.File     // nil for standard input
	base atomic.Int64 // number of lines in the previous files; -1 until this file is read
}

// openInputs opens all files before it reads the first, so that a misspelled
// name is found before any fact is stored.
func openInputs(names []string, stdin io.Reader) (*inputReader, error) {
	in := &inputReader{}
	known := true
	for _, name := range names {
		next := &input{name: name, r: stdin}
		next.base.Store(-1)
		if name == stdinName {
			known = false
		} else {
			f, err := os.Open(name) //nolint:gosec // the operator chose the path
			if err != nil {
				in.Close()
				return nil, err
			}
			next.r, next.file = f, f
			info, err := f.Stat()
			if err == nil && info.IsDir() {
				err = fmt.Errorf("%s is a directory", name)
			}
			if err != nil {
				return nil, errors.Join(err, f.Close(), in.Close())
			}
			known = known && info.Mode().IsRegular()
			in.total += info.Size()
		}
		in.files = append(in.files, next)
	}
	if !known {
		in.total = 0
	}
	return in, nil
}

func (in *inputReader) Close() error {
	var faults []error
	for _, f := range in.files {
		if f.file != nil {
			faults = append(faults, f.file.Close())
		}
	}
	return errors.Join(faults...)
}

func (in *inputReader) read() int64 { return in.bytes.Load() }

// source returns all files as one source of facts. sourceOf returns the source of
// a single file.
func (in *inputReader) source(sourceOf func(io.Reader) accrual.Source) accrual.Source {
	return func(yield func(line int, fact feed.Fact, err error) error) error {
		last := 0
		for _, f := range in.files {
			base := last
			f.base.Store(int64(base))
			err := f.each(&in.bytes, sourceOf, func(line int, fact feed.Fact, err error) error {
				last = base + line
				return yield(last, fact, err)
			})
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
		return nil
	}
}

func (f *input) each(count *atomic.Int64, one func(io.Reader) accrual.Source, yield func(int, feed.Fact, error) error) error {
	in := bufio.NewReaderSize(countingReader{f.r, count}, 1<<16)
	if start, err := in.Peek(2); err != nil || start[0] != 0x1f || start[1] != 0x8b {
		return one(in)(yield)
	}
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	return one(unpacked)(yield)
}

// locate converts a line number of the stream to a file and a line in that
// file.
func (in *inputReader) locate(line int) (name string, at int) {
	for _, f := range slices.Backward(in.files) {
		if base := int(f.base.Load()); base >= 0 && base < line {
			return f.name, line - base
		}
	}
	return in.files[0].name, line
}

// countingReader adds the number of bytes that it reads to count.
type countingReader struct {
	r     io.Reader
	count *atomic.Int64
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.count.Add(int64(n))
	return n, err
}
