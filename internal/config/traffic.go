package config

// Traffic is what is asked of where partners' traffic comes from.
type Traffic struct {
	ApproveTrafficSources bool `help:"Traffic sources whose meta tag was found wait for the broker's approval, too."`
}
