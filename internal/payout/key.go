package payout

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Key identifies a payout.
type Key struct {
	PartnerID id.UUID `db:"partner_id"`
	Number    int64   `db:"payout_id"`
}

// String returns the payout's id in the API: the partner's id as 32 hex digits,
// a hyphen and the number.
func (k Key) String() string { return k.PartnerID.Hex() + "-" + strconv.FormatInt(k.Number, 10) }

// Compare orders keys by partner, and then by number.
func (k Key) Compare(other Key) int {
	return cmp.Or(slices.Compare(k.PartnerID[:], other.PartnerID[:]), cmp.Compare(k.Number, other.Number))
}

const uidHex = 32

// ParseKey parses a payout's id, ignoring case. It returns false if the text
// cannot be the id of a payout.
func ParseKey(text string) (Key, bool) {
	owner, digits, found := strings.Cut(text, "-")
	if !found || len(owner) != uidHex || strings.Trim(digits, "0123456789") != "" {
		return Key{}, false
	}
	partnerID, err := id.Parse(owner)
	if err != nil {
		return Key{}, false
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || number < 1 || digits[0] == '0' {
		return Key{}, false
	}
	return Key{partnerID, number}, true
}

// These are the kinds of payouts.
const (
	OfRebate     = "rebate"
	OfWithdrawal = "withdrawal"
)

// Status is the state of a payout.
type Status string

// These are the statuses of a payout. Once a payout is paid or has failed, its
// status does not change any more.
const (
	Pending Status = "pending"
	Paid    Status = "paid"
	Failed  Status = "failed"
)

// Keys encodes the partner and the number of each payout for @rows.
func Keys(keys []Key) string {
	return db.JSONRows(keys, func(k Key) []any { return []any{k.PartnerID.Hex(), k.Number} })
}
