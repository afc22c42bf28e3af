package config

import "net/netip"

// Egress holds the options for requests that the server sends to partners' servers.
type Egress struct {
	EgressAllow     []netip.Prefix `placeholder:"CIDR" help:"Addresses outside the public internet that webhooks, postbacks and the check of traffic sources may call, such as 10.1.0.0/16; may be repeated. Use it for tests and private installations only: partners choose which of these addresses are called."`
	PostbackAmounts string         `placeholder:"HOW" enum:"usd,band" default:"usd" help:"The value that postbacks send as {aff_value} for a deposit: usd (the amount in USD) or band (the range that reports show)."`
}

// PostbackBands is the value of Egress.PostbackAmounts that makes postbacks send a
// range instead of an amount.
const PostbackBands = "band"
