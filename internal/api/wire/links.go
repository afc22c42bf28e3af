package wire

import (
	"github.com/tributary-server/tributary/internal/partner"
)

// LinkAddressOut is the address of a partner's link.
type LinkAddressOut struct {
	FullDefaultLink string `json:"full_default_link" doc:"Whole link, ready to be published." example:"https://go.example.com/a/abc123"`
	Domain          string `json:"domain" doc:"Domain of the link." example:"go.example.com"`
	Code            string `json:"code" doc:"Link code." example:"abc123"`
}

// LinkAddressOf converts the address of a link to its JSON form. It returns nil
// for nil.
func LinkAddressOf(l *partner.LinkAddress) *LinkAddressOut {
	if l == nil {
		return nil
	}
	return &LinkAddressOut{FullDefaultLink: l.URL, Domain: l.Domain, Code: l.Code}
}
