package httpapi

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// These are the limits on streamed responses. maxStreams and ownStreams limit
// how many run at the same time, in total and for each owner. spoolMemory and
// spoolDisk limit how many bytes of a response wait for a slow client.
// spoolStall limits how long a writer waits for the client while the spool is
// full.
const (
	maxStreams  = 256
	ownStreams  = 4
	spoolMemory = 1 << 20
	spoolDisk   = 512 << 20
	spoolStall  = 10 * time.Second
)

var errSlowReader = errors.New("the client reads too slowly, and the buffer for its response is full")

// runSpooled runs produce and copies its output to w. Output that w has not
// accepted yet is stored in memory or in a file, so that produce need not wait
// for a slow client. A waiting report would keep its snapshot of the database
// open.
func runSpooled(w io.Writer, produce func(io.Writer) error) error {
	s := &spool{}
	s.more.L, s.room.L = &s.mu, &s.mu
	made := make(chan error, 1)
	go func() { made <- s.runProducer(produce) }()
	sent := s.send(w)
	s.close(sent)
	return errors.Join(sent, <-made)
}

// spool stores output that is not sent yet. It keeps the first bytes in memory
// and the rest in a temporary file that has already been removed from its
// directory.
type spool struct {
	mu         sync.Mutex
	more, room sync.Cond
	memory     []byte
	file       *os.File
	from, to   int64 // the part of the file that waits to be sent
	ended      bool  // no more data will be written
	gone       error // error that stopped the reader; nil before that
}

// runProducer runs produce and converts a panic to an error, because a panic in a
// goroutine would end the server.
func (s *spool) runProducer(produce func(io.Writer) error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
		s.mu.Lock()
		s.ended = true
		s.mu.Unlock()
		s.more.Signal()
	}()
	return produce(s)
}

// Write implements io.Writer. It waits for the reader only while the spool is full.
func (s *spool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.makeRoom(); err != nil {
		return 0, err
	}
	defer s.more.Signal()
	if s.file == nil && len(s.memory)+len(p) <= spoolMemory {
		s.memory = append(s.memory, p...)
		return len(p), nil
	}
	if err := s.spill(); err != nil {
		return 0, err
	}
	n, err := s.file.WriteAt(p, s.to)
	s.to += int64(n)
	return n, err
}

func (s *spool) makeRoom() error {
	if s.to-s.from >= spoolDisk {
		late := false
		timer := time.AfterFunc(spoolStall, func() {
			s.mu.Lock()
			late = true
			s.mu.Unlock()
			s.room.Signal()
		})
		defer timer.Stop()
		for s.to-s.from >= spoolDisk && s.gone == nil {
			if late {
				return errSlowReader
			}
			s.room.Wait()
		}
	}
	return s.gone
}

func (s *spool) spill() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "tributary-answer-")
		if err != nil {
			return err
		}
		if err := os.Remove(file.Name()); err != nil { // the open file stays usable until it is closed
			return errors.Join(err, file.Close())
		}
		s.file = file
	}
	n, err := s.file.WriteAt(s.memory, s.to)
	s.to += int64(n)
	s.memory = nil
	return err
}

// send copies all output to w. It returns when the output ends or w fails.
func (s *spool) send(w io.Writer) error {
	piece := make([]byte, streamBuffer)
	for {
		chunk, err := s.next(piece)
		if err != nil || len(chunk) == 0 {
			return err
		}
		for len(chunk) > 0 { // each piece has its own deadline, so the pieces must be small
			n := min(len(chunk), streamBuffer)
			if _, err := w.Write(chunk[:n]); err != nil {
				return err
			}
			chunk = chunk[n:]
		}
	}
}

// next waits for the next piece of output. It returns an empty piece at the end.
func (s *spool) next(piece []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.memory) == 0 && s.from == s.to && !s.ended {
		s.more.Wait()
	}
	if s.from < s.to {
		n, err := s.file.ReadAt(piece[:min(int64(len(piece)), s.to-s.from)], s.from)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading a spooled response: %w", err)
		}
		if s.from += int64(n); s.from == s.to {
			s.from, s.to = 0, 0 // everything in the file was read, so the file can be used again from its beginning
		}
		s.room.Signal()
		return piece[:n], nil
	}
	chunk := s.memory
	s.memory = nil
	return chunk, nil
}

// close stops the reader. Later calls of Write return the reason.
func (s *spool) close(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone = reason; s.gone == nil {
		s.gone = io.ErrClosedPipe
	}
	s.room.Signal()
	if s.file != nil {
		s.file.Close()
	}
}
