package limit

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// These constants limit the memory for buckets, because anonymous callers can
// use any number of addresses. A bucket needs about 200 bytes.
const (
	shards     = 32
	maxBuckets = 100_000
)

// Memory is a Counter for one process. It stores at most about 100,000 keys. If there
// are more, it may allow a caller more requests than the rate, but it does not grow.
type Memory struct {
	seed  maphash.Seed
	shard [shards]bucketShard
}

type bucketShard struct {
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	swept   time.Time
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	m := &Memory{seed: maphash.MakeSeed()}
	for i := range m.shard {
		m.shard[i].buckets = map[string]*rate.Limiter{}
	}
	return m
}

// Take implements Counter.
func (m *Memory) Take(_ context.Context, key string, r Rate, now time.Time) (Quota, error) {
	bucket := m.bucket(key, r, now)
	if pace := rate.Every(r.Pause); bucket.Burst() != r.Burst || bucket.Limit() != pace {
		bucket.SetLimitAt(now, pace)
		bucket.SetBurstAt(now, r.Burst)
	}
	allowed := bucket.AllowN(now, 1)
	left := max(0, int(bucket.TokensAt(now)*thousandths))
	q := Quota{Burst: r.Burst, Remaining: left / thousandths, Reset: r.wait(r.Burst*thousandths - left)}
	if !allowed {
		q.Retry = max(r.wait(thousandths-left), time.Millisecond)
	}
	return q, nil
}

// thousandths is the number of units in one request. Buckets count units, so that
// they can refill in small steps without fractions.
const thousandths = 1000

// wait returns the time until a bucket has gained the missing thousandths.
func (r Rate) wait(missing int) time.Duration {
	return time.Duration(max(0, missing)) * r.Pause / thousandths
}

func (m *Memory) bucket(key string, r Rate, now time.Time) *rate.Limiter {
	shard := &m.shard[maphash.String(m.seed, key)%shards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if bucket := shard.buckets[key]; bucket != nil {
		return bucket
	}
	if len(shard.buckets) >= maxBuckets/shards {
		shard.evict(now)
	}
	bucket := rate.NewLimiter(rate.Every(r.Pause), r.Burst)
	shard.buckets[key] = bucket
	return bucket
}

// evict makes space for a bucket. It removes full buckets if there are any, because
// that does not affect their callers. Otherwise it removes any bucket. The caller of
// that bucket may then send a few more requests than the rate allows.
func (s *bucketShard) evict(now time.Time) {
	if now.Sub(s.swept) >= time.Second {
		s.swept = now
		for key, bucket := range s.buckets {
			if int(bucket.TokensAt(now)) >= bucket.Burst() {
				delete(s.buckets, key)
			}
		}
	}
	for key := range s.buckets {
		if len(s.buckets) < maxBuckets/shards {
			return
		}
		delete(s.buckets, key)
	}
}
