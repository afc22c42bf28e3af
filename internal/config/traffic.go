package config

// Traffic holds the options for partners' traffic sources.
type Traffic struct {
	ApproveTrafficSources bool `help:"Traffic sources whose meta tag was found wait for the broker's approval, too."`
}
