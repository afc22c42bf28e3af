package db

// Known caches what the store holds for some keys, for the time of one
// transaction. A key that was asked for and not found is known to be absent.
type Known[K comparable, V any] struct {
	Rows  map[K]V
	asked map[K]bool
}

// NewKnown returns an empty cache.
func NewKnown[K comparable, V any]() Known[K, V] {
	return Known[K, V]{Rows: map[K]V{}, asked: map[K]bool{}}
}

// Ask returns those keys that were not asked for before, once each. The caller
// then reads them.
func (k Known[K, V]) Ask(keys ...K) []K {
	var missing []K
	for _, key := range keys {
		if !k.asked[key] {
			k.asked[key] = true
			missing = append(missing, key)
		}
	}
	return missing
}

// Asked reports whether a key was asked for or put.
func (k Known[K, V]) Asked(key K) bool { return k.asked[key] }

// Put notes a row that exists now.
func (k Known[K, V]) Put(key K, row V) {
	k.asked[key] = true
	k.Rows[key] = row
}
