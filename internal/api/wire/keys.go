package wire

import (
	"time"

	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
)

// KeyOut is an API key without its secret.
type KeyOut struct {
	ID         string     `json:"id" doc:"The part of the key between the first underscore and the second." example:"k3v9d0q2x7ab"`
	Name       string     `json:"name" example:"cashback bot"`
	Scopes     []string   `json:"scopes" doc:"What it may be used for."`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at" doc:"When it stops working; null: never."`
	LastUsedAt *time.Time `json:"last_used_at" doc:"To the minute; null: not yet."`
}

// PageIn is the input of a list without filters.
type PageIn struct {
	Page page.Page
}

// KeyOf describes a key.
func KeyOf(k *identity.APIKey) KeyOut {
	return KeyOut{ID: k.ID, Name: k.Name, Scopes: k.Limits(), CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, LastUsedAt: k.LastUsedAt}
}
