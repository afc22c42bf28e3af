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

// The bounds on gathering clicks into transactions.
const (
	DefaultQueue = 4096 // clicks that may wait to be kept
	batchSize    = 512
)

// Visitor is who clicks. Neither part is kept; only a keyed hash of both is,
// for a day.
type Visitor struct {
	Address netip.Addr
	Agent   string
}

// Recorder keeps clicks, many in one transaction.
type Recorder struct {
	store Store
	queue chan *pending
	stop  chan struct{}
	done  chan struct{}
	once  sync.Once
	salts map[clock.Day][]byte // for today, and for clicks from yesterday that still wait
}

type pending struct {
	click Click
	who   Visitor
	kept  chan error
}

// NewRecorder starts a Recorder that lets at most queue clicks wait. The caller
// must Close it; the end of ctx does not.
func NewRecorder(ctx context.Context, store Store, queue int) *Recorder {
	r := &Recorder{store: store, queue: make(chan *pending, queue), stop: make(chan struct{}), done: make(chan struct{}), salts: map[clock.Day][]byte{}}
	go r.run(context.WithoutCancel(ctx))
	return r
}

// Close keeps the waiting clicks and ends the Recorder. A later click gets
// ErrBusy.
func (r *Recorder) Close() {
	r.once.Do(func() { close(r.stop) })
	<-r.done
}

// Add returns nil when the click is durable, and otherwise an error: ErrBusy if
// too many clicks wait. If ctx ends first, the click may still be kept.
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
		select { // the last transaction may have included it
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

// gather adds all clicks that arrived during the previous transaction. The more
// clicks arrive, the more of them share one write to the disk.
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

// salt returns the key for a day's visitors. In the store a new day's key
// replaces earlier ones. In memory the earlier ones stay, since the last clicks
// of a day may still wait.
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

// hash returns an id that distinguishes a partner's visitors of a day. For
// another partner, or on another day, the same visitor has another id.
func (v Visitor) hash(salt []byte, partnerID id.UUID) (visitor id.UUID) {
	mac := hmac.New(sha256.New, salt)
	address := v.Address.As16()
	_, _ = mac.Write(partnerID[:]) // a hash never fails
	_, _ = mac.Write(address[:])
	_, _ = mac.Write([]byte(v.Agent))
	copy(visitor[:], mac.Sum(nil))
	return visitor
}
