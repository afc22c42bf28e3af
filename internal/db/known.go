package db

// Known caches rows by key during one transaction. It also remembers which keys
// have no row.
type Known[K comparable, V any] struct {
	Rows  map[K]V
	asked map[K]bool
}

// NewKnown returns an empty cache.
func NewKnown[K comparable, V any]() Known[K, V] {
	return Known[K, V]{Rows: map[K]V{}, asked: map[K]bool{}}
}

// Ask returns the keys that were not passed to Ask or Put before, each of them
// once. The caller then loads the rows of these keys and passes the rows to
// Put.
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

// Asked reports whether Ask or Put was called with the key.
func (k Known[K, V]) Asked(key K) bool { return k.asked[key] }

// Put adds a row that was loaded or created.
func (k Known[K, V]) Put(key K, row V) {
	k.asked[key] = true
	k.Rows[key] = row
}
