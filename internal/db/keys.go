package db

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/tributary-server/tributary/internal/id"
)

// Keys says which Locks exclude each other. A Lock of some partners excludes
// every other Lock of any of these partners. A Lock of the whole store excludes
// every other Lock.
type Keys struct {
	whole    bool
	partners []id.UUID // sorted, without repeats
}

// WholeStore returns the keys of a transaction that changes configuration,
// attribution or agreements, because these can affect the rewards of any
// partner. All partners wait for such a transaction, so it must be short or
// rare.
func WholeStore() Keys { return Keys{whole: true} }

// Partners returns the keys of a transaction that changes only the data of
// these partners.
func Partners(ids ...id.UUID) Keys {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, compareIDs)
	return Keys{partners: slices.Compact(ids)}
}

func compareIDs(a, b id.UUID) int { return bytes.Compare(a[:], b[:]) }

// Whole reports whether k locks the whole store.
func (k Keys) Whole() bool { return k.whole }

// Partners returns the partners of k in ascending order of their ids.
func (k Keys) Partners() []id.UUID { return k.partners }

// Covers reports whether a Lock of k also locks everything in other.
func (k Keys) Covers(other Keys) bool {
	if k.whole || other.whole {
		return k.whole
	}
	return !slices.ContainsFunc(other.partners, func(partnerID id.UUID) bool { return !k.has(partnerID) })
}

// Lacking returns those partners of the other keys that k does not lock. The
// other keys must not lock the whole store.
func (k Keys) Lacking(other Keys) Keys {
	if k.whole {
		return Keys{}
	}
	return Keys{partners: slices.DeleteFunc(slices.Clone(other.partners), k.has)}
}

func (k Keys) has(partnerID id.UUID) bool {
	_, found := slices.BinarySearchFunc(k.partners, partnerID, compareIDs)
	return found
}

// And returns the union of k and other.
func (k Keys) And(other Keys) Keys {
	if k.whole || other.whole {
		return WholeStore()
	}
	return Partners(slices.Concat(k.partners, other.partners)...)
}

// MoreKeysError is returned by a transaction function that needs more keys than
// its Lock has. Lock then starts again with these keys added.
type MoreKeysError struct{ Keys Keys }

// Error implements error.
func (e *MoreKeysError) Error() string {
	return fmt.Sprintf("the transaction needs the keys of %d more partners", len(e.Keys.partners))
}

// moreKeys returns the additional keys that err asks for.
func moreKeys(err error) (Keys, bool) {
	if e, is := errors.AsType[*MoreKeysError](err); is {
		return e.Keys, true
	}
	return Keys{}, false
}
