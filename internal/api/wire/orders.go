package wire

import (
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outcome"
	"github.com/tributary-server/tributary/internal/reward"
)

// OrderOut is an order with its outcome.
type OrderOut struct {
	OrderID       string     `json:"order_id" doc:"Id of the order: its server, a colon and its ticket."`
	ClientAccount string     `json:"client_account" doc:"Number of the client's trading account."`
	Symbol        string     `json:"symbol" doc:"Symbol of the instrument, as in the order."`
	Lots          money.Lots `json:"lots" doc:"Lots of the order, as the trading server counts them."`
	CloseDate     time.Time  `json:"close_date" doc:"When the order was closed."`
	Outcome       string     `json:"outcome" doc:"What became of the order: paid, or why it earned nothing. waiting:account, waiting:instrument and waiting:rate name what is missing. docs/rewards.md explains each outcome."`
}

// OrderAnswer explains the outcome of an order.
type OrderAnswer struct {
	OrderOut

	State       string           `json:"state" enum:"booked,waiting,dismissed" doc:"booked: the order is in the reports and in the ledger. waiting: it is kept until what is missing arrives. dismissed: the broker dismissed it while it waited."`
	Figures     []outcome.Figure `json:"figures" doc:"The figures that decided the outcome, with all digits. For a booked order, these are all inputs of the formula, its exact result and the limits."`
	Change      string           `json:"change" doc:"What would change the outcome."`
	FormulaCode *string          `json:"formula_code" doc:"Formula of a booked order. Null if the order is not booked."`
	LimitedBy   *string          `json:"limited_by" doc:"Why the reward is less than the result of the formula: capped if a limit of the plan reduced it, or the reason why the reward is 0. Null if it is not less."`
	RewardUSD   *money.Amount    `json:"reward_usd" doc:"Reward in USD, before a reversal. Null if the order is not booked."`
	Reward      *money.Amount    `json:"reward" doc:"Reward before a reversal, in the currency that the field currency names. Null if the order is not booked."`
	Currency    *string          `json:"currency" doc:"Currency of the partner account. Null if the order is not booked."`
	Lines       []OrderLine      `json:"lines" doc:"The order's part of the partner's ledger lines. The lines of each kind sum to zero."`
}

// OrderLine is the part of a ledger line that belongs to one order.
type OrderLine struct {
	Kind       string       `json:"kind" enum:"reward,reversal,reinstatement,agent_share" doc:"Kind of the posting."`
	RewardDate clock.Day    `json:"reward_date" doc:"Day to which the line belongs."`
	Posting    *id.UUID     `json:"posting" doc:"Id of the posting, as in the wallet's ledger lines. Null if the order was booked before migration 38 and its fact had waited."`
	Account    string       `json:"account" enum:"wallet,expense" doc:"Account of the ledger: wallet is the partner's, expense is the programme's cost."`
	Currency   string       `json:"currency" doc:"Currency of the amount."`
	Amount     money.Amount `json:"amount" doc:"Amount in the currency that the field currency names."`
	AmountUSD  money.Amount `json:"amount_usd" doc:"The amount in USD."`
}

// OrderOf converts an order and its outcome to their JSON form.
func OrderOf(o *feed.Order, outcome reward.Outcome) OrderOut {
	return OrderOut{
		OrderID: o.Key().ID(), ClientAccount: o.ClientAccount, Symbol: o.Symbol, Lots: o.Lots, CloseDate: o.CloseTime, Outcome: string(outcome),
	}
}

// OrderAnswerOf converts the explanation of an order to its JSON form. It
// leaves out the rewards of another partner's order.
func OrderAnswerOf(o *outcome.Order) OrderAnswer {
	out := OrderAnswer{
		OrderOut: OrderOf(&o.Order, o.Outcome), State: string(o.State), Figures: o.Figures, Change: o.Change,
		Lines: make([]OrderLine, len(o.Lines)),
	}
	if out.Figures == nil {
		out.Figures = []outcome.Figure{}
	}
	for i, l := range o.Lines {
		out.Lines[i] = OrderLine{string(l.Kind), l.Day, l.Posting, string(l.Account), l.Currency, l.Amount, l.USD}
	}
	if r := o.Reward; r != nil && o.Outcome != reward.NotYours {
		formula, limit := string(r.Terms.Formula), r.Result.LimitedBy
		out.FormulaCode, out.RewardUSD, out.Reward, out.Currency = &formula, &r.Result.RewardUSD, &r.Result.Reward, &r.Terms.Currency
		if r.PartnerID == id.Nil {
			limit = string(reward.NoPartner)
		}
		if limit != "" {
			out.LimitedBy = &limit
		}
	}
	return out
}
