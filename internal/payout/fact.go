package payout

import (
	"time"

	"github.com/tributary-server/tributary/internal/feed"
)

// fact returns an answer in the form of a fact on the feed. Its id follows
// from the payout and the answer, so a repeated answer has the same id.
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
