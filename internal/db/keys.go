package db

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/tributary-server/tributary/internal/id"
)

// Keys says which Locks exclude each other. A Lock of partners excludes every
// other Lock of one of them. A Lock of the whole store excludes every other
// Lock.
type Keys struct {
	whole    bool
	partners []id.UUID // sorted, each once
}

// WholeStore returns the keys of a transaction that changes what the orders of
// any partner are booked by: configuration, attribution and agreements. Every
// partner waits for such a transaction, so it must be short or rare.
func WholeStore() Keys { return Keys{whole: true} }

// Partners returns the keys of a transaction that changes what belongs to these
// partners, and nothing else.
func Partners(ids ...id.UUID) Keys {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, compareIDs)
	return Keys{partners: slices.Compact(ids)}
}

func compareIDs(a, b id.UUID) int { return bytes.Compare(a[:], b[:]) }

// Whole reports whether k is the whole store.
func (k Keys) Whole() bool { return k.whole }

// Partners returns the partners of k in ascending order.
func (k Keys) Partners() []id.UUID { return k.partners }

// Covers reports whether a transaction that holds k may do what needs other.
func (k Keys) Covers(other Keys) bool {
	if k.whole || other.whole {
		return k.whole
	}
	for _, partnerID := range other.partners {
		if _, held := slices.BinarySearchFunc(k.partners, partnerID, compareIDs); !held {
			return false
		}
	}
	return true
}

// And returns the keys of both k and other.
func (k Keys) And(other Keys) Keys {
	if k.whole || other.whole {
		return WholeStore()
	}
	return Partners(slices.Concat(k.partners, other.partners)...)
}

// MoreKeysError ends a transaction that turned out to need more keys than it
// holds. The Lock then starts again with these keys as well.
type MoreKeysError struct{ Keys Keys }

// Error implements error.
func (e *MoreKeysError) Error() string {
	return fmt.Sprintf("the transaction needs the keys of %d more partners", len(e.Keys.partners))
}

// moreKeys returns the keys that a failed transaction asked for.
func moreKeys(err error) (Keys, bool) {
	if e, is := errors.AsType[*MoreKeysError](err); is {
		return e.Keys, true
	}
	return Keys{}, false
}
