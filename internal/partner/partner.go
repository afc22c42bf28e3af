// Package partner holds the programme's partners: who they are and what they
// say about themselves, their place in the tree, their level over time, their
// links, their wallet accounts and what they may know of their clients.
package partner

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
)

// These are the programmes that a partner can be in.
const (
	IB        = "ib"
	Affiliate = "affiliate"
	House     = "house" // the programme itself: owns the clients that no partner brought
)

// These are the statuses of a partner.
const (
	Active    = "active"
	Suspended = "suspended"
)

// Partner is one partner of the programme.
type Partner struct {
	ID           id.UUID     `db:"partner_id"`
	Email        string      `db:"email"` // lower case
	Country      string      `db:"country"`
	Programme    string      `db:"programme"`
	ParentID     *id.UUID    `db:"parent_id"`
	Currency     string      `db:"currency"`        // the currency of its reward account
	Account      string      `db:"partner_account"` // its reward account's number: partner_account in the API
	Status       string      `db:"status"`
	Verified     bool        `db:"verified"`
	RegisteredAt time.Time   `db:"registered_at"`
	NextNumber   int64       `db:"next_number"` // the next int id that the API shows for an object of this partner
	Levels       []LevelFrom `db:"-"`
}

// LevelFrom is a level and the day it starts. A later change does not affect
// earlier days.
type LevelFrom struct {
	Day  clock.Day `db:"from_day"`
	Name string    `db:"level"`
}

// ParentIs reports whether parent is the partner's parent. The nil id asks
// whether it has none.
func (p *Partner) ParentIs(parent id.UUID) bool {
	if p.ParentID == nil {
		return parent == id.Nil
	}
	return *p.ParentID == parent
}

// LevelAt returns the level in force on a day. An empty level means the plan's
// first.
func (p *Partner) LevelAt(day clock.Day) string {
	name, best := "", clock.Day(-1<<31)
	for _, l := range p.Levels {
		if l.Day <= day && l.Day >= best {
			name, best = l.Name, l.Day
		}
	}
	return name
}

// Number returns the partner's next int id and counts it as used.
func (p *Partner) Number() int64 {
	n := p.NextNumber
	p.NextNumber++
	return n
}

// Link is a code that brings clients to the partner.
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

// AccountNumber returns the number of a partner's first account. It has 19
// digits and is derived from the partner's id, so that the same facts always
// give the same number.
func AccountNumber(partnerID id.UUID) string { return accountNumber(partnerID[:]) }

// AccountNumberIn returns the number of a partner's further account in a
// currency. It is derived from the partner's id and the currency.
func AccountNumberIn(partnerID id.UUID, currency string) string {
	return accountNumber(append(partnerID[:], currency...))
}

func accountNumber(seed []byte) string {
	sum := sha256.Sum256(seed)
	return fmt.Sprintf("1%018d", binary.BigEndian.Uint64(sum[:8])%1_000_000_000_000_000_000)
}

// AccountName returns the name of a new account, which its owner can change.
func AccountName(email string) string {
	name, _, _ := strings.Cut(email, "@")
	return name
}
