package payout

import (
	"time"

	"github.com/tributary-server/tributary/internal/feed"
)

// fact returns the broker's response as a fact. The fact's id is derived from
// the payout and the response, so the same response always has the same id.
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
