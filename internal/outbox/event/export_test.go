package event

// Pack returns the packed form of rewards.
func Pack(r *Rewards) []byte { return r.pack() }

// UnpackRewards is the inverse of Pack.
func UnpackRewards(packed []byte) (*Rewards, error) { return unpack(packed) }
