package config

// Traffic holds the options for partners' traffic sources.
type Traffic struct {
	ApproveTrafficSources bool `help:"Require the broker's approval even for a traffic source whose meta tag was found."`
}
