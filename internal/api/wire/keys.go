package wire

import (
	"time"

	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
)

// KeyOut is an API key without its secret.
type KeyOut struct {
	ID         string     `json:"id" doc:"Id of the key. It is the part of the key between its first and its second underscore." example:"k3v9d0q2x7ab"`
	Name       string     `json:"name" doc:"Name of the key, chosen by its creator." example:"cashback bot"`
	Scopes     []string   `json:"scopes" doc:"Scopes that limit what the key may be used for."`
	CreatedAt  time.Time  `json:"created_at" doc:"When the key was created."`
	ExpiresAt  *time.Time `json:"expires_at" doc:"When the key stops working. Null if it does not expire."`
	LastUsedAt *time.Time `json:"last_used_at" doc:"When the key was last used, to the minute. Null if it has not been used."`
}

// PageIn is the input of a list without filters.
type PageIn struct {
	Page page.Page
}

// KeyOf converts an API key to its JSON form.
func KeyOf(k *identity.APIKey) KeyOut {
	return KeyOut{ID: k.ID, Name: k.Name, Scopes: k.Limits(), CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, LastUsedAt: k.LastUsedAt}
}
