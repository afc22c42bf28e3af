package payout

import (
	"time"

	"github.com/tributary-server/tributary/internal/feed"
)

// fact returns the broker's response as a fact. The id of the fact is derived
// from the payout and the response, so that a repeated response has the same id
// and is ignored.
func fact(key Key, answer Answer, at time.Time) feed.Fact {
	f := feed.Fact{
		ID: "payout-" + key.String() + "-" + string(answer.Status), Type: feed.PayoutPaid, At: at,
		Body: &feed.Payout{PayoutID: key.String()},
	}
	if answer.Status == Failed {
		f.Type, f.Body = feed.PayoutFailed, &feed.Payout{PayoutID: key.String(), Reason: answer.Reason}
	}
	return f
}
