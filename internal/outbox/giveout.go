package outbox

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// These are the actions of clients that postbacks can report.
const (
	Registration  = "registration"
	DepositMade   = "deposit"
	FirstDeposit  = "first_deposit"
	Qualification = "qualification"
	RewardEarned  = "reward"
)

// PostbackEvents lists all actions that postbacks can report.
var PostbackEvents = []string{Registration, DepositMade, FirstDeposit, Qualification, RewardEarned}

// postbackOf lists the event types that postbacks report, each with the name of
// the action in the postback.
var postbackOf = map[event.Type]string{
	event.ClientRegistered:   Registration,
	event.DepositReceived:    DepositMade,
	event.ClientFirstDeposit: FirstDeposit,
	event.ClientQualified:    Qualification,
	event.RewardBooked:       RewardEarned,
}

// occurrence is one action of a client that a postback may report.
type occurrence struct {
	event     *event.Event
	messageID string
	clientUID id.UUID
	values    map[string]string
	deposit   *event.Deposit // nil unless the client made a deposit
}

// occurrences returns the actions in an event that are of these kinds. Each
// account-day of a reward event is an action of its own.
func occurrences(e *event.Event, kinds []string) ([]occurrence, error) {
	kind := postbackOf[e.Type]
	if !slices.Contains(kinds, kind) {
		return nil, nil
	}
	var list []occurrence
	add := func(messageID string, clientUID id.UUID, values map[string]string) {
		at, stamp := eventTimes(e.At)
		values["event"], values["event_id"], values["event_time"], values["timestamp"] = kind, messageID, at, stamp
		values["client_uid"] = clientUID.String()
		values["aff_client"], values["aff_cid"] = values["client_uid"], messageID
		list = append(list, occurrence{event: e, messageID: messageID, clientUID: clientUID, values: values})
	}
	switch kind {
	case DepositMade:
		var d event.Deposit
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return nil, fmt.Errorf("reading event %s: %w", e.ID(), err)
		}
		add(e.ID(), d.ClientUID, map[string]string{"client_account": d.ClientAccount, "amount_band": strconv.Itoa(d.Amount)})
		list[0].deposit = &d
	case RewardEarned:
		var r event.Rewards
		if err := json.Unmarshal(e.Data, &r); err != nil {
			return nil, fmt.Errorf("reading event %s: %w", e.ID(), err)
		}
		for i := range r.Rewards {
			row := &r.Rewards[i]
			add(e.ID()+"-"+strconv.Itoa(i+1), row.ClientUID, map[string]string{
				"client_account": row.ClientAccount, "amount": row.Reward.String(), "currency": r.Currency, "amount_usd": row.RewardUSD.String(),
				"aff_value":   row.RewardUSD.String(),
				"reward_date": row.Day.String(), "orders_count": strconv.FormatInt(row.Orders, 10), "volume_lots": row.VolumeLots.String(),
			})
		}
	default:
		var c event.Client
		if err := json.Unmarshal(e.Data, &c); err != nil {
			return nil, fmt.Errorf("reading event %s: %w", e.ID(), err)
		}
		values := map[string]string{}
		switch kind {
		case Registration:
			values["aff_value"] = "1"
		case FirstDeposit:
			values["amount_band"] = strconv.Itoa(c.FirstDeposit)
		}
		add(e.ID(), c.ClientUID, values)
	}
	return list, nil
}

// eventTimes formats a time for the tokens event_time and timestamp.
func eventTimes(at time.Time) (text, seconds string) {
	return at.UTC().Format(time.RFC3339), strconv.FormatInt(at.Unix(), 10)
}

// addSource adds the values of the client's source. If a parameter of the client's
// link has the name of one of the programme's tokens, the parameter is ignored.
func (o *occurrence) addSource(s *Source) {
	o.values["click_id"], o.values["sub_id"], o.values["campaign"] = s.ClickID, s.SubID, s.CampaignCode
	o.values["subid"] = s.SubID
	o.values["link_code"], o.values["country"] = s.LinkCode, s.Country
	params, err := url.ParseQuery(s.Params)
	if err != nil {
		return // cannot happen, because this package has written the text
	}
	for name := range params {
		if !isToken(name) {
			o.values[name] = params.Get(name)
		}
	}
}

// setAmounts sets aff_value for deposits and qualifications, because their events
// have no exact amount. aff_value becomes the amount in USD or, if bands is true,
// the amount's band. If several deposits have the same account, time and band,
// setAmounts assigns their amounts in the order of deposits.
func setAmounts(told []occurrence, known map[id.UUID]Source, deposits []Paid, bands bool) {
	used := make([]bool, len(deposits))
	for i := range told {
		o := &told[i]
		first := known[o.clientUID].FirstDepositUSD
		switch o.values["event"] {
		case FirstDeposit, Qualification:
			o.values["aff_value"] = inUSD(first, bands)
		case DepositMade:
			for j := range deposits {
				p := &deposits[j]
				if !used[j] && p.ClientAccount == o.deposit.ClientAccount && p.At.Equal(o.deposit.At) && event.Band(p.AmountUSD) == o.deposit.Amount {
					used[j], o.values["aff_value"] = true, inUSD(p.AmountUSD, bands)
					break
				}
			}
		}
	}
}

func inUSD(amount money.Amount, bands bool) string {
	if bands {
		return strconv.Itoa(event.Band(amount))
	}
	return amount.String()
}

func newDelivery(key Key, e *event.Event, messageID, kind, content string, now time.Time) Delivery {
	seq := e.Seq
	return Delivery{
		Key: key, ID: id.New(), MessageID: messageID, Seq: &seq, Type: kind, Content: content, Status: Pending, NextAt: now, CreatedAt: now,
	}
}
