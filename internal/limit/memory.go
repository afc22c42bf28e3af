package limit

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// These bound the memory that strangers can use: a bucket takes about 200
// bytes.
const (
	shards     = 32
	maxBuckets = 100_000
)

// Memory is a Counter for one process. It keeps about the last 100,000 keys.
// With more keys it allows some calls too many instead of growing.
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
	allowed := bucket.AllowN(now, 1)
	left := max(0, int(bucket.TokensAt(now)*thousandths))
	q := Quota{Remaining: left / thousandths, Reset: r.wait(r.Burst*thousandths - left)}
	if !allowed {
		q.Retry = max(r.wait(thousandths-left), time.Millisecond)
	}
	return q, nil
}

// thousandths of a call are the unit in which waits are computed.
const thousandths = 1000

// wait returns how long it takes until missing thousandths of a call are
// available.
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

// evict makes space. It drops a full bucket first, since that changes nothing.
// If none is full, it drops any: it is better to allow a stranger some calls
// too many than to let memory grow.
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
