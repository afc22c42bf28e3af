package click

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// These constants limit the numbers of clicks in a Recorder.
const (
	DefaultQueue = 4096 // usual maximum number of clicks that wait to be stored
	batchSize    = 512
)

// Visitor identifies a person who clicks. The server stores only a keyed hash
// of both fields. It deletes the hash and the key after the day.
type Visitor struct {
	Address netip.Addr
	Agent   string
}

// Recorder stores clicks. Clicks that arrive together share a transaction.
type Recorder struct {
	store Store
	queue chan *pending
	stop  chan struct{}
	done  chan struct{}
	once  sync.Once
	salts map[clock.Day][]byte // keys of today, and of yesterday for clicks that still wait
}

type pending struct {
	click Click
	who   Visitor
	kept  chan error
}

// NewRecorder starts a Recorder in which at most queue clicks can wait. The end
// of ctx does not stop it, so the caller must call Close.
func NewRecorder(ctx context.Context, store Store, queue int) *Recorder {
	r := &Recorder{store: store, queue: make(chan *pending, queue), stop: make(chan struct{}), done: make(chan struct{}), salts: map[clock.Day][]byte{}}
	go r.run(context.WithoutCancel(ctx))
	return r
}

// Close stores the waiting clicks and stops the Recorder. Later calls of Add
// return ErrBusy.
func (r *Recorder) Close() {
	r.once.Do(func() { close(r.stop) })
	<-r.done
}

// Add returns nil when the click is durable. It returns ErrBusy if too many
// clicks are waiting. If ctx ends first, Add returns the error of ctx, and the
// click may still be stored.
func (r *Recorder) Add(ctx context.Context, c Click, who Visitor) error {
	p := &pending{click: c, who: who, kept: make(chan error, 1)}
	select {
	case <-r.stop:
		return ErrBusy
	default:
	}
	select {
	case r.queue <- p:
	default:
		return ErrBusy
	}
	select {
	case err := <-p.kept:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-r.done:
		select { // the last transaction may have stored the click
		case err := <-p.kept:
			return err
		default:
			return ErrBusy
		}
	}
}

func (r *Recorder) run(ctx context.Context) {
	defer close(r.done)
	batch := make([]*pending, 0, batchSize)
	for {
		batch = batch[:0]
		select {
		case p := <-r.queue:
			batch = append(batch, p)
		case <-r.stop:
			select {
			case p := <-r.queue:
				batch = append(batch, p)
			default:
				return
			}
		}
		batch = r.gather(batch)
		err := r.keep(ctx, batch)
		for _, p := range batch {
			p.kept <- err
		}
	}
}

// gather adds the clicks that arrived during the previous transaction to the
// batch. Therefore, the busier the server is, the more clicks share one disk
// write.
func (r *Recorder) gather(batch []*pending) []*pending {
	for len(batch) < batchSize {
		select {
		case p := <-r.queue:
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

func (r *Recorder) keep(ctx context.Context, batch []*pending) error {
	clicks := make([]Click, len(batch))
	for i, p := range batch {
		clicks[i] = p.click
		salt, err := r.salt(ctx, DayOf(p.click.Hour))
		if err != nil {
			return err
		}
		clicks[i].Visitor = p.who.hash(salt, p.click.PartnerID)
	}
	return r.store.Add(ctx, clicks)
}

const saltSize = 32

// salt returns the key with which the visitors of a day are hashed. The store
// keeps only the newest day's key. The Recorder also keeps earlier keys,
// because clicks of the previous day can still be in the queue.
func (r *Recorder) salt(ctx context.Context, day clock.Day) ([]byte, error) {
	if salt, known := r.salts[day]; known {
		return salt, nil
	}
	fresh := make([]byte, saltSize)
	_, _ = rand.Read(fresh) // rand.Read never returns an error
	salt, err := r.store.Salt(ctx, day, fresh)
	if err != nil {
		return nil, err
	}
	for known := range r.salts {
		if known < day-1 || known > day+1 {
			delete(r.salts, known)
		}
	}
	r.salts[day] = salt
	return salt, nil
}

// hash returns an id for a visitor of a partner on one day. On another day or
// for another partner, the same visitor has a different id.
func (v Visitor) hash(salt []byte, partnerID id.UUID) (visitor id.UUID) {
	mac := hmac.New(sha256.New, salt)
	address := v.Address.As16()
	_, _ = mac.Write(partnerID[:]) // writing to a hash never fails
	_, _ = mac.Write(address[:])
	_, _ = mac.Write([]byte(v.Agent))
	copy(visitor[:], mac.Sum(nil))
	return visitor
}
