package config

// Traffic holds the options for partners' traffic sources.
type Traffic struct {
	ApproveTrafficSources bool `help:"Even a traffic source whose meta tag was found waits for the broker's approval."`
}
