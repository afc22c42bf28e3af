package db

// Known caches the store's rows by key, for one transaction. It also records
// which keys have no row in the store.
type Known[K comparable, V any] struct {
	Rows  map[K]V
	asked map[K]bool
}

// NewKnown returns an empty cache.
func NewKnown[K comparable, V any]() Known[K, V] {
	return Known[K, V]{Rows: map[K]V{}, asked: map[K]bool{}}
}

// Ask returns those of these keys that neither Ask nor Put has had before,
// without repeats. The caller then loads their rows.
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

// Put adds a row that was loaded or newly created.
func (k Known[K, V]) Put(key K, row V) {
	k.asked[key] = true
	k.Rows[key] = row
}
