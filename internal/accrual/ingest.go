package accrual

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
)

// Source calls yield for each fact or faulty line, in the order of the lines.
// It stops when yield returns an error, and returns this error. For example,
// metatrader.Read can be a Source.
type Source func(yield func(line int, fact feed.Fact, err error) error) error

// Rejection is a line that was refused and not stored. Code and Message
// describe its first fault.
type Rejection struct {
	Line    int    `json:"line"`
	ID      string `json:"id"`
	Code    string `json:"code"`
	Message string `json:"message"`
	// Details lists every fault of the line, starting with the first.
	Details []feed.FieldError `json:"details"`
}

func rejection(line int, err *feed.LineError) Rejection {
	return Rejection{Line: line, ID: err.ID, Code: err.Code, Message: err.Message, Details: err.Faults()}
}

// MaxRejections is the maximum number of rejections in a summary. RejectedCount
// counts all rejections, even above this limit.
const MaxRejections = 1000

// Summary is the result of a stream of facts.
type Summary struct {
	Accepted      int64       `json:"accepted"`     // number of new facts that were stored, including those in Unattributed
	Duplicates    int64       `json:"duplicates"`   // number of facts that were already stored; they have no effect
	Unattributed  int64       `json:"unattributed"` // number of accepted facts that wait for another fact
	Rejected      []Rejection `json:"rejected"`     // the first MaxRejections rejections
	RejectedCount int64       `json:"rejected_count"`
}

func (s *Summary) reject(line int, err *feed.LineError) {
	s.RejectedCount++
	if len(s.Rejected) < MaxRejections {
		s.Rejected = append(s.Rejected, rejection(line, err))
	}
}

// maxIngests is the maximum number of streams at the same time. One caller can
// use all but one of them, so that another caller always finds a free one.
const maxIngests = 8

// retryAfter is the time after which a sender should try again if there are too
// many streams.
const retryAfter = 2 * time.Second

type numbered struct {
	facts []feed.Fact
	lines []int
	bad   []Rejection
	err   error
}

// Ingest applies a stream of facts. When it returns, all facts that the summary
// counts are durable. If it returns an error, the facts before the error are
// durable, and the sender can send the whole stream again. If progress is not
// nil, Ingest calls it after each batch.
//
// It returns fault.Throttled if too many streams are being ingested.
func (s *Service) Ingest(ctx context.Context, source Source, progress func(Summary)) (Summary, error) {
	return s.IngestAs(ctx, id.New().String(), source, progress)
}

// IngestAs is like Ingest, but the caller chooses the request id. The caller
// can then pass the id to the method Missing, to learn what the stream's facts
// wait for.
func (s *Service) IngestAs(ctx context.Context, requestID string, source Source, progress func(Summary)) (Summary, error) {
	leave, err := s.ingests.Enter(ctx, limit.OwnerOf(ctx), false)
	if err != nil {
		return Summary{}, &fault.Error{Code: fault.Throttled, RetryAfter: retryAfter}
	}
	defer leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan numbered, 1)
	go read(ctx, source, batches)
	summary := Summary{Rejected: []Rejection{}}
	var ended error
	for batch := range batches {
		ended = batch.err
		outcomes, err := s.Apply(ctx, batch.facts, requestID)
		if err != nil {
			return summary, err
		}
		summary.count(batch, outcomes)
		if progress != nil {
			progress(summary)
		}
	}
	if err := ctx.Err(); err != nil {
		return summary, cmp.Or(ended, err)
	}
	waiting, err := s.store.Unattributed(ctx, requestID)
	summary.Unattributed = waiting
	return summary, cmp.Or(ended, err)
}

func (s *Summary) count(batch numbered, outcomes []feed.Outcome) {
	for i := range batch.bad {
		s.RejectedCount++
		if len(s.Rejected) < MaxRejections {
			s.Rejected = append(s.Rejected, batch.bad[i])
		}
	}
	for i, o := range outcomes {
		switch o.Status {
		case feed.Applied, feed.Held:
			s.Accepted++
		case feed.Duplicate:
			s.Duplicates++
		case feed.Refused:
			s.reject(batch.lines[i], o.Err)
		}
	}
}

// read splits the source into batches. It reads at most one batch ahead of the
// goroutine that applies them.
func read(ctx context.Context, source Source, batches chan<- numbered) {
	defer close(batches)
	var b numbered
	send := func() error {
		select {
		case batches <- b:
			b = numbered{facts: make([]feed.Fact, 0, feed.BatchSize), lines: make([]int, 0, feed.BatchSize)}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := source(func(line int, fact feed.Fact, err error) error {
		if err != nil {
			var bad *feed.LineError
			if !errors.As(err, &bad) {
				return err
			}
			b.bad = append(b.bad, rejection(line, bad))
		} else {
			fact.Digest()
			b.facts = append(b.facts, fact)
			b.lines = append(b.lines, line)
		}
		if len(b.facts)+len(b.bad) >= feed.BatchSize {
			return send()
		}
		return nil
	})
	b.err = err
	_ = send() // if the stream was cancelled, no goroutine receives the batch
}

// Lines returns a Source that reads the feed's own format, one JSON object per
// line.
func Lines(r io.Reader) Source {
	return func(yield func(line int, fact feed.Fact, err error) error) error {
		in := bufio.NewReaderSize(r, feed.MaxLine+1)
		for n := 1; ; n++ {
			line, err := in.ReadSlice('\n')
			switch {
			case errors.Is(err, bufio.ErrBufferFull):
				if err := skipLine(in); err != nil && !errors.Is(err, io.EOF) {
					return fmt.Errorf("reading line %d: %w", n, err)
				}
				_, tooLong := feed.ParseLine(make([]byte, feed.MaxLine+1))
				if err := yield(n, feed.Fact{}, tooLong); err != nil {
					return err
				}
				continue
			case err != nil && !errors.Is(err, io.EOF):
				return fmt.Errorf("reading line %d: %w", n, err)
			}
			if text := trimLine(line, n); len(text) > 0 {
				fact, bad := feed.ParseLine(text)
				if err := yield(n, fact, bad); err != nil {
					return err
				}
			}
			if err != nil {
				return nil //nolint:nilerr // io.EOF is the end of the stream
			}
		}
	}
}

// trimLine returns a line without surrounding white space. From the first line,
// it also removes a byte order mark, because Windows programs write one at the
// start of a file.
func trimLine(line []byte, n int) []byte {
	if n == 1 {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	return bytes.TrimSpace(line)
}

func skipLine(in *bufio.Reader) error {
	for {
		_, err := in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
