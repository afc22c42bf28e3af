package registration

import (
	"time"
)

// Pending is a registration that waits to be confirmed.
type Pending struct {
	Email     string // normalised
	Country   string
	Programme string
	CreatedAt time.Time
	ExpiresAt time.Time
}
