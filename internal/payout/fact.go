package payout

import (
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/feed"
)

// fact is an answer as the feed would send it. Its id follows from the payout
// and the answer.
func fact(key accrual.PayoutKey, answer Answer, at time.Time) feed.Fact {
	f := feed.Fact{
		ID: "payout-" + key.String() + "-" + string(answer.Status), Type: feed.PayoutPaid, At: at,
		Body: &feed.Payout{PayoutID: key.String()},
	}
	if answer.Status == accrual.PayoutFailed {
		f.Type, f.Body = feed.PayoutFailed, &feed.Payout{PayoutID: key.String(), Reason: answer.Reason}
	}
	return f
}
