package settings

import (
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
)

// TimeZone decides to which day an order, a click or a payment belongs.
var TimeZone = declare(Info{
	Name:    "time_zone",
	About:   "The programme's time zone, which decides the day of an order, a click or a payment.",
	Initial: "UTC",
	Fixed:   "the first fact or click",
}, clock.ParseZone, (*time.Location).String)

// AttributionWindow is the maximum time from a click to the registration that is
// attributed to it. The value at the time of the registration applies.
var AttributionWindow = declare(Info{
	Name: "attribution_window",
	About: "The longest time from a click to a registration that is attributed to the click, such as 30d or 12h. The value " +
		"in force at the registration applies.",
	Initial: "30d",
	Dated:   true,
}, clock.ParseSpan, clock.FormatSpan)

// These are the values of SelfReferral.
const (
	AllowSelfReferral  = "allow"
	FlagSelfReferral   = "flag"
	RefuseSelfReferral = "refuse"
)

// SelfReferral says what happens to a client who has the same e-mail as the partner
// who refers the client. The value at the time of the fact applies.
var SelfReferral = declare(Info{
	Name: "self_referral",
	About: "What happens to a client whose e-mail is that of its own partner: allow; flag, to list it for the broker; " +
		"or refuse, to give the client to no partner. The value in force at the registration applies.",
	Initial: FlagSelfReferral,
	Dated:   true,
}, func(text string) (string, error) {
	switch text {
	case AllowSelfReferral, FlagSelfReferral, RefuseSelfReferral:
		return text, nil
	default:
		return "", fmt.Errorf("%q: write allow, flag or refuse", text)
	}
}, func(text string) string { return text })

// AdjustmentLimit is the largest amount of a manual adjustment that needs no second
// person. The value at the time of the adjustment applies.
var AdjustmentLimit = declare(Info{
	Name:    "adjustment_limit",
	About:   "The largest manual adjustment, in USD, that is booked without the approval of a second person. With 0, every adjustment needs one.",
	Initial: "0",
	Dated:   true,
}, func(text string) (money.Amount, error) {
	limit, err := money.Parse[money.Amount](text)
	if err != nil || limit < 0 {
		return 0, fmt.Errorf("%q: write an amount in USD, such as 100", text)
	}
	return limit, nil
}, money.Amount.String)

// Zone returns the programme's time zone.
func Zone(v Values) *time.Location { return TimeZone.At(v, Beginning) }

// ZoneMismatch returns the error for a command whose time zone option differs from
// the stored time zone.
func ZoneMismatch(stored, given string) error {
	return fmt.Errorf("the programme's time zone is %s, and this command was given %s. The first fact or click made it permanent, because the days"+
		" in the books depend on it: omit --time-zone (and TRIBUTARY_TIME_ZONE), or give %s."+
		" A programme in another time zone needs a store of its own", stored, given, stored)
}
