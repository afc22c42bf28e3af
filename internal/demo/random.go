package demo

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// dice is a stream of random numbers. Each part of the simulation has its own
// stream, so that a change to one part does not change the results of the
// others. dice uses only whole numbers, because floating-point results may
// differ between processors.
type dice struct{ *rand.Rand }

func newDice(seed uint64, concern string) dice {
	h := fnv.New64a()
	h.Write([]byte(concern))
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()))} //nolint:gosec // generated data must be reproducible
}

func (d dice) between(low, high int64) int64 { return low + d.Int64N(high-low+1) }

// chance returns true with a probability of permille / 1000.
func (d dice) chance(permille int64) bool { return d.Int64N(1000) < permille }

func (d dice) pause(low, high time.Duration) time.Duration {
	return time.Duration(d.between(int64(low/time.Second), int64(high/time.Second))) * time.Second
}

// pareto returns a number from low to high. Small numbers are far more likely,
// so that a few large numbers make up most of a sum.
func (d dice) pareto(low, high int64) int64 {
	const unit = 1_000_000
	return low * high * unit / (high*unit - d.Int64N(unit)*(high-low))
}

// bell returns a random number with mean 0 and standard deviation 1000. Its
// distribution is roughly normal.
func (d dice) bell() int64 {
	sum := int64(-6000)
	for range 12 {
		sum += d.Int64N(1001)
	}
	return sum
}

// pickWeighted returns a random index of weights. The probability of an index is
// proportional to its weight.
func (d dice) pickWeighted(weights []int64) int {
	var total int64
	for _, w := range weights {
		total += w
	}
	at := d.Int64N(total)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func (d dice) uid() id.UUID {
	var u id.UUID
	for i := range u {
		u[i] = byte(d.Uint32())
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u
}

// hash scrambles a number with the finaliser of SplitMix64.
func hash(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// share returns n * part / whole, rounded down. The product n * part may exceed
// 64 bits. part must not be greater than whole.
func share(n, part, whole int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(part))
	quotient, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(quotient)
}
