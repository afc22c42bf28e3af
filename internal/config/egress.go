package config

import "net/netip"

// Egress holds the options for the addresses that the server calls for
// partners.
type Egress struct {
	EgressAllow     []netip.Prefix `placeholder:"CIDR" help:"Addresses that webhooks, postbacks and the check of traffic sources may go to though they are not on the public internet, such as 10.1.0.0/16; may be given several times. For tests and private installations: partners choose what is called there."` //nolint:lll // a tag is one line
	PostbackAmounts string         `placeholder:"HOW" enum:"usd,band" default:"usd" help:"What postbacks tell of deposits in {aff_value}: usd tells the amount in USD, band the range that reports show."`                                                                                                           //nolint:lll // a tag is one line
}

// PostbackBands is the Egress.PostbackAmounts that hides amounts.
const PostbackBands = "band"
