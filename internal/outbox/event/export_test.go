package event

func Pack(r *Rewards) []byte { return r.pack() }

func UnpackRewards(packed []byte) (*Rewards, error) { return unpack(packed) }
