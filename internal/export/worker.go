package export

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// errLost ends an attempt because another process has taken over the export, or
// because the partner has deleted it.
var errLost = errors.New("another process has taken over the export, or the partner has deleted it")

// gaveUp is the message to the partner if the export failed although the
// request was valid.
const gaveUp = "The file could not be created. Request the report again later, or use format=csv."

// Run creates the due exports one after the other. Each export needs a snapshot
// of the database for a long time, so creating several at once would leave too
// few snapshots for other readers. Run returns the errors of all exports.
func (s *Service) Run(ctx context.Context) error {
	var failed []error
	for ctx.Err() == nil {
		now := s.clock.Now()
		e, found, err := s.store.Due(ctx, now, now.Add(lease+time.Minute))
		if err != nil || !found {
			return errors.Join(append(failed, err)...)
		}
		until := now.Add(lease)
		claimed, err := s.store.Claim(ctx, e, until)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		if !claimed {
			continue
		}
		e.Status, e.Until, e.Written, e.Attempts = Running, until, 0, e.Attempts+1
		if err := s.attempt(ctx, &e, now); err != nil {
			failed = append(failed, fmt.Errorf("export %s: %w", e.ID, err))
		}
	}
	return errors.Join(failed...)
}

// Due reports whether an export is waiting for a process.
func (s *Service) Due(ctx context.Context) (bool, error) {
	now := s.clock.Now()
	_, found, err := s.store.Due(ctx, now, now.Add(lease+time.Minute))
	return found, err
}

// attempt tries once to create an export, which was claimed at claimedAt.
func (s *Service) attempt(ctx context.Context, e *Export, claimedAt time.Time) error {
	if e.Attempts > attempts { // earlier attempts may have crashed their process
		return s.giveUp(ctx, e, gaveUp)
	}
	place, err := s.files.begin(e, claimedAt)
	if err != nil {
		return s.recordFailure(ctx, e, err)
	}
	defer place.end()
	var name string
	var size int64
	err = s.withLease(ctx, e, func(ctx context.Context, progress func(written, total int64)) error {
		if err := s.write(ctx, e, place.directory(), place.file, progress); err != nil {
			return err
		}
		name, size, err = place.finish()
		return err
	})
	switch {
	case errors.Is(err, errLost):
		return nil
	case err != nil:
		return s.recordFailure(ctx, e, err)
	}
	now, held := s.clock.Now(), e.Until
	e.Status, e.File, e.Size, e.Finished, e.Expires, e.Until = Ready, name, size, &now, now.Add(Life), now
	kept, err := s.store.Save(ctx, *e, held, now)
	if err == nil && !kept {
		err = place.discard(name)
	}
	return err
}

// withLease runs fn while this process has the lease, and stores the progress every
// second. A timer triggers this, because no rows are written while the database
// sorts or while the file is compressed.
func (s *Service) withLease(ctx context.Context, e *Export, fn func(ctx context.Context, progress func(written, total int64)) error) error {
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	var written, total atomic.Int64
	total.Store(e.Total)
	save := func() error { // ignores an error, so that the attempt continues if the database is busy for a short time
		now := s.clock.Now()
		saved := *e
		saved.Written, saved.Total, saved.Until = written.Load(), total.Load(), now.Add(lease)
		kept, err := s.store.Save(ctx, saved, e.Until, now)
		switch {
		case err == nil && !kept:
			return errLost
		case err == nil:
			e.Until = saved.Until
		case now.Before(e.Until):
			return nil
		}
		return err
	}
	ended := make(chan struct{})
	var beats sync.WaitGroup
	beats.Go(func() {
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
			}
			if err := save(); err != nil {
				lose(err)
				return
			}
		}
	})
	err := fn(ctx, func(w, t int64) {
		written.Store(w)
		total.Store(t)
	})
	close(ended)
	beats.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause // return the cause, because err is only its consequence
	}
	e.Written, e.Total = written.Load(), total.Load()
	return err
}

// recordFailure records a failed attempt. Another attempt follows, unless there were
// already too many. If the server is stopping, the attempt does not count, and
// another process may continue at once.
func (s *Service) recordFailure(ctx context.Context, e *Export, err error) error {
	now, held := s.clock.Now(), e.Until
	told := &fault.Error{}
	switch {
	case ctx.Err() != nil:
		ctx = context.WithoutCancel(ctx)
		e.Attempts, e.Until, err = e.Attempts-1, now, nil
	case errors.As(err, &told) && told.Code != fault.ServiceUnavailable:
		return s.giveUp(ctx, e, problemOf(told))
	case e.Attempts >= attempts:
		return errors.Join(err, s.giveUp(ctx, e, gaveUp))
	default:
		e.Until = now.Add(again << (e.Attempts - 1))
	}
	e.Status, e.Written = Waiting, 0
	_, saveErr := s.store.Save(ctx, *e, held, now)
	return errors.Join(err, saveErr)
}

func (s *Service) giveUp(ctx context.Context, e *Export, problem string) error {
	now, held := s.clock.Now(), e.Until
	e.Status, e.Problem, e.Finished, e.Until = Failed, problem, &now, now
	_, err := s.store.Save(ctx, *e, held, now)
	return err
}

// problemOf returns the message to the partner if the request has become
// invalid. This happens if the object that the report is about no longer
// exists, or if a newer version of the server no longer accepts the request.
func problemOf(err *fault.Error) string {
	if err.Code == fault.NotFound {
		return "The object of this report no longer exists."
	}
	text := "This server no longer accepts the request for the report. Request it again."
	for _, f := range err.Fields {
		text += " " + f.Name + ": " + f.Message
	}
	return text
}

// Purge deletes the files of expired exports, and then their rows.
func (s *Service) Purge(ctx context.Context) error {
	const some = 100
	for ctx.Err() == nil {
		expired, err := s.store.Expired(ctx, s.clock.Now(), some)
		if err != nil {
			return err
		}
		for i := range expired {
			e := &expired[i]
			if err := s.files.remove(e); err != nil {
				return err
			}
			if err := s.store.Remove(ctx, e.PartnerID, e.ID); err != nil {
				return err
			}
		}
		if len(expired) < some {
			return nil
		}
	}
	return ctx.Err()
}
