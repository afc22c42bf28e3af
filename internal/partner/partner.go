// Package partner holds the programme's partners with their profiles, levels,
// links and wallet accounts, and the tree of parents and sub-partners. It also
// decides which data about a client a partner may see.
package partner

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// These are the values of Partner.Programme.
const (
	IB        = "ib"
	Affiliate = "affiliate"
	House     = "house" // the programme itself, which owns the clients that no partner brought
)

// These are the values of Partner.Status.
const (
	Active    = "active"
	Suspended = "suspended"
)

// Partner is a partner of the programme.
type Partner struct {
	ID           id.UUID     `db:"partner_id"`
	Email        string      `db:"email"` // in lower case
	Country      string      `db:"country"`
	Programme    string      `db:"programme"`
	ParentID     *id.UUID    `db:"parent_id"`       // present parent; see ParentAt
	Currency     string      `db:"currency"`        // currency of the reward account
	Account      string      `db:"partner_account"` // number of the reward account; partner_account in the API
	Status       string      `db:"status"`
	Verified     bool        `db:"verified"`
	RegisteredAt time.Time   `db:"registered_at"`
	NextNumber   int64       `db:"next_number"` // id of the partner's next object in the API; see Number
	Levels       []LevelFrom `db:"-"`
	Changes      []Change    `db:"-"` // empty if the parent and the country never changed
}

// LevelFrom is a level and the first day on which it is in force. A change of
// level does not affect earlier days.
type LevelFrom struct {
	Day   clock.Day `db:"from_day"`
	Name  string    `db:"level"`
	Floor string    `db:"floor,null"` // reviews never put the partner below this level; empty means no floor
}

// LevelAt returns the level in force on a day. An empty level means the plan's
// first level.
func (p *Partner) LevelAt(day clock.Day) string { return p.LevelOn(day).Name }

// LevelOn returns the level in force on a day, with its floor.
func (p *Partner) LevelOn(day clock.Day) LevelFrom {
	best := LevelFrom{Day: -1 << 31}
	for _, l := range p.Levels {
		if l.Day <= day && l.Day >= best.Day {
			best = l
		}
	}
	return best
}

// LevelChangesAfter reports whether the partner's level changes after a day.
func (p *Partner) LevelChangesAfter(day clock.Day) bool {
	return slices.ContainsFunc(p.Levels, func(l LevelFrom) bool { return l.Day > day })
}

// Number returns a new id for an object of this partner. Each partner has its
// own sequence of ids.
func (p *Partner) Number() int64 {
	n := p.NextNumber
	p.NextNumber++
	return n
}

// Link is a code with which clients sign up under the partner.
type Link struct {
	PartnerID    id.UUID   `db:"partner_id"`
	Code         string    `db:"link_code"`
	RewardSchema string    `db:"reward_schema"`
	IsDefault    bool      `db:"is_default"`
	IsBlocked    bool      `db:"is_blocked"`
	IsCustom     bool      `db:"is_custom"`
	CreatedAt    time.Time `db:"created_at"`
}

// SchemaRevShare is the reward schema of links that earn a share of the spread.
const SchemaRevShare = "revenue_share"

// AccountNumber returns the number of a partner's first account. The number has
// 19 digits. It is derived from the partner's id, so that the same facts always
// give the same number.
func AccountNumber(partnerID id.UUID) string { return accountNumber(partnerID[:]) }

// AccountNumberIn returns the number of a partner's additional account in a
// currency. The number is derived from the partner's id and the currency.
func AccountNumberIn(partnerID id.UUID, currency string) string {
	return accountNumber(append(partnerID[:], currency...))
}

func accountNumber(seed []byte) string {
	sum := sha256.Sum256(seed)
	return fmt.Sprintf("1%018d", binary.BigEndian.Uint64(sum[:8])%1_000_000_000_000_000_000)
}

// AccountName returns the initial name of an account: the local part of the
// partner's e-mail. The partner can change the name.
func AccountName(email string) string {
	name, _, _ := strings.Cut(email, "@")
	return name
}
