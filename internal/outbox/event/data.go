package event

import (
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Client is the data of client events. It has only those details that the
// partner may see.
type Client struct {
	ClientUID      id.UUID            `json:"client_uid"`
	Country        string             `json:"client_country" example:"TH"`
	LinkCode       string             `json:"link_code" example:"alpha"`
	CampaignCode   string             `json:"campaign_code"`
	SubID          string             `json:"sub_id"`
	ClickID        string             `json:"click_id"`
	RegisteredAt   time.Time          `json:"registered_at"`
	Status         attribution.Status `json:"client_status" enum:"ACTIVE,INACTIVE,CHANGING,LEFT"`
	PreviousStatus attribution.Status `json:"previous_status,omitempty" doc:"The former client_status. Only in client.status_changed."`
	KYCPassed      bool               `json:"kyc_passed"`
	VerifiedAt     *time.Time         `json:"verified_at"`
	FTDReceived    bool               `json:"ftd_received"`
	FirstDepositAt *time.Time         `json:"ftd_at"`
	FirstDeposit   int                `json:"ftd_amount" doc:"Range of the first deposit in USD: 0 none, 1 to 10, 2 to 50, 3 to 250, 4 to 1000, 5 to 5000, 6 above 5000."`
	FTTMade        bool               `json:"ftt_made"`
	FirstTrade     *clock.Day         `json:"first_trade"`
	ContactStatus  string             `json:"client_contact_sharing_status" example:"EMPTY"`
}

// ClientOf returns a client's data.
func ClientOf(c *attribution.Client) Client {
	out := Client{
		ClientUID: c.ClientUID, Country: c.Country, LinkCode: c.LinkCode, CampaignCode: c.CampaignCode, SubID: c.SubID, ClickID: c.ClickID,
		RegisteredAt: c.RegisteredAt, Status: c.Status(), KYCPassed: c.VerifiedAt != nil, VerifiedAt: c.VerifiedAt,
		FTDReceived: c.FirstDepositAt != nil, FirstDepositAt: c.FirstDepositAt, FTTMade: c.FirstTradeDay != nil, FirstTrade: c.FirstTradeDay,
		ContactStatus: string(c.Contact),
	}
	if c.FirstDepositAt != nil {
		out.FirstDeposit = Band(c.FirstDepositUSD)
	}
	return out
}

// Account is the data of account events.
type Account struct {
	ClientAccount string    `json:"client_account" example:"1001"`
	ClientUID     id.UUID   `json:"client_uid"`
	AccountType   string    `json:"client_account_type" example:"Standard"`
	Platform      string    `json:"platform" example:"mt5"`
	Currency      string    `json:"currency" doc:"Currency of the client account." example:"USD"`
	Country       string    `json:"client_country" example:"TH"`
	LinkCode      string    `json:"link_code" example:"alpha"`
	OpenedAt      time.Time `json:"client_account_created"`
}

// AccountOf returns an account's data.
func AccountOf(a *attribution.Account) Account {
	return Account{
		ClientAccount: a.ClientAccount, ClientUID: a.ClientUID, AccountType: a.AccountType, Platform: a.Platform, Currency: a.Currency,
		Country: a.Country, LinkCode: a.LinkCode, OpenedAt: a.OpenedAt,
	}
}

// Deposit is the data of deposit events.
type Deposit struct {
	ClientAccount string    `json:"client_account" example:"1001"`
	ClientUID     id.UUID   `json:"client_uid"`
	At            time.Time `json:"at" doc:"When the deposit was made, as the broker reports it."`
	Amount        int       `json:"deposit_amount" doc:"Range of the amount in USD: 1 to 10, 2 to 50, 3 to 250, 4 to 1000, 5 to 5000, 6 above 5000."`
}

// DepositOf returns a deposit's data.
func DepositOf(d *attribution.Deposit) Deposit {
	return Deposit{ClientAccount: d.ClientAccount, ClientUID: d.ClientUID, At: d.At, Amount: Band(d.AmountUSD)}
}

// bounds are the upper bounds of the bands 0 to 5, in whole USD.
var bounds = [...]money.Amount{0, 10, 50, 250, 1000, 5000}

// Band returns the number of the band that contains an amount in USD. Partners
// see this number instead of the amount.
func Band(usd money.Amount) int {
	for band, bound := range bounds {
		if usd <= bound*1_000_000 {
			return band
		}
	}
	return len(bounds)
}

// MaxRewards is the maximum number of account-days in one event.
const MaxRewards = 100

// Reward is the change of one account-day in the rewards report.
type Reward struct {
	ClientAccount string       `json:"client_account" example:"1001"`
	ClientUID     id.UUID      `json:"client_uid"`
	Day           clock.Day    `json:"reward_date"`
	Orders        int64        `json:"orders_count"`
	VolumeLots    money.Lots   `json:"volume_lots"`
	VolumeUSD     money.Volume `json:"volume_usd"`
	Reward        money.Amount `json:"reward" doc:"Reward in the currency of the partner account."`
	RewardUSD     money.Amount `json:"reward_usd"`
}

// Add adds the totals of further orders of the same account-day.
func (r *Reward) Add(t *attribution.Totals) {
	r.Orders += t.Orders
	r.VolumeLots += t.VolumeLots
	r.VolumeUSD += t.VolumeUSD
	r.Reward += t.Reward
	r.RewardUSD += t.RewardUSD
}

// Rewards is the data of reward events.
type Rewards struct {
	Currency string   `json:"currency" doc:"Currency of the partner account." example:"USD"`
	Rewards  []Reward `json:"rewards"`
}

// AppendJSON appends the same JSON as encoding/json, but much faster. The speed
// matters because a batch of facts has thousands of account-days.
func (r *Rewards) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"currency":`...)
	dst = strconv.AppendQuote(dst, r.Currency) // a currency consists of letters only, so it needs no escapes
	dst = append(dst, `,"rewards":[`...)
	for i := range r.Rewards {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.Rewards[i].appendJSON(dst)
	}
	return append(dst, `]}`...)
}

func (r *Reward) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"client_account":"`...)
	dst = append(dst, r.ClientAccount...) // an account's number consists of digits only, so it needs no escapes
	dst = append(dst, `","client_uid":"`...)
	dst = append(dst, r.ClientUID.String()...)
	dst = append(dst, `","reward_date":"`...)
	dst = append(dst, r.Day.String()...)
	dst = append(dst, `","orders_count":`...)
	dst = strconv.AppendInt(dst, r.Orders, 10)
	dst = append(dst, `,"volume_lots":`...)
	dst = appendNumber(dst, int64(r.VolumeLots), money.LotsPlaces)
	dst = append(dst, `,"volume_usd":`...)
	dst = appendNumber(dst, int64(r.VolumeUSD), money.VolumePlaces)
	dst = append(dst, `,"reward":`...)
	dst = appendNumber(dst, int64(r.Reward), money.AmountPlaces)
	dst = append(dst, `,"reward_usd":`...)
	dst = appendNumber(dst, int64(r.RewardUSD), money.AmountPlaces)
	return append(dst, '}')
}

func appendNumber(dst []byte, n int64, places int) []byte {
	for ; places > 0 && n%10 == 0; places-- {
		n /= 10
	}
	return money.AppendFixed(dst, n, places)
}

// Rebate is the data of rebate events.
type Rebate struct {
	RebateID       int64        `json:"rebate_id" db:"rebate_id"`
	GroupID        int64        `json:"group_id" db:"group_id"`
	GroupTitle     string       `json:"group_title" db:"group_title"`
	GroupType      string       `json:"group_type" enum:"AUTO,MANUAL" db:"group_type"`
	Status         string       `json:"status" enum:"pending,approving,approved,paid,rejected,failed,expired" db:"status"`
	PreviousStatus string       `json:"previous_status" doc:"The former status. Empty when the period has just been closed." db:"-"`
	First          clock.Day    `json:"period_start_date" db:"period_start_day"`
	Last           clock.Day    `json:"period_end_date" db:"period_end_day"`
	Clients        int64        `json:"clients_count" doc:"Number of rows that pay at least 0.01." db:"rows_count"`
	RewardUSD      money.Amount `json:"reward_usd" db:"reward_usd_e6"`
	ToPay          money.Amount `json:"topay_rebate" doc:"Amount that is paid, in the currency of the partner account." db:"topay_e6"`
	ToPayUSD       money.Amount `json:"topay_rebate_usd" db:"topay_usd_e6"`
	Currency       string       `json:"currency" example:"USD" db:"currency"`
	ExpiresAt      *time.Time   `json:"expires" doc:"Until when the partner can approve or reject the rebate." db:"expires_at"`
}

// Payout is the data of payout events.
type Payout struct {
	PayoutID      string       `json:"payout_id"`
	Kind          string       `json:"kind" enum:"rebate,withdrawal"`
	ClientAccount string       `json:"client_account" doc:"The client account whose rebate this is. Empty for a withdrawal."`
	Currency      string       `json:"currency" example:"USD"`
	Amount        money.Amount `json:"amount"`
	AmountUSD     money.Amount `json:"amount_usd"`
	Status        string       `json:"status" enum:"paid,failed"`
	Reason        string       `json:"reason" doc:"The broker's reason for a failure."`
	AnsweredAt    time.Time    `json:"answered_at"`
}

// Wallet is the data of wallet.changed.
type Wallet struct {
	PostingID id.UUID        `json:"posting_id"`
	Kind      string         `json:"kind" example:"reward"`
	BookedAt  time.Time      `json:"booked_at"`
	Changes   []WalletChange `json:"changes" doc:"One change for each currency."`
}

// WalletChange is the change of a wallet's balance in one currency.
type WalletChange struct {
	Currency  string       `json:"currency" example:"USD"`
	Amount    money.Amount `json:"amount"`
	AmountUSD money.Amount `json:"amount_usd"`
}

// Add adds an amount to the change in this currency.
func (w *Wallet) Add(currency string, amount, amountUSD money.Amount) {
	for i := range w.Changes {
		if c := &w.Changes[i]; c.Currency == currency {
			c.Amount += amount
			c.AmountUSD += amountUSD
			return
		}
	}
	w.Changes = append(w.Changes, WalletChange{currency, amount, amountUSD})
}

// Moves reports whether any balance of the wallet changed.
func (w *Wallet) Moves() bool {
	return slices.ContainsFunc(w.Changes, func(c WalletChange) bool { return c.Amount != 0 || c.AmountUSD != 0 })
}

// Level is the data of level.changed.
type Level struct {
	Level         string       `json:"level" doc:"Level before the change." example:"Advanced"`
	NewLevel      string       `json:"new_level" doc:"Level after the change. The same as level if a fall is only announced." example:"Bronze"`
	From          clock.Day    `json:"from" doc:"First day of the level in new_level."`
	FallsTo       string       `json:"falls_to" doc:"Level to which the partner falls on the day in falls_on, unless a higher level has been earned by then. Empty when no fall is announced."`
	FallsOn       *clock.Day   `json:"falls_on" doc:"Day of the next review. Null when no fall is announced."`
	VolumeMlnUSD  money.Volume `json:"volume_mln_usd" doc:"Average monthly volume in the 90 days before the review, in millions of USD. 0 if the broker set the level."`
	ActiveClients int64        `json:"active_clients" doc:"Number of clients who traded in these days. 0 if the broker set the level."`
}

// CPA is the data of cpa.changed.
type CPA struct {
	ClientUID      id.UUID      `json:"client_uid"`
	Bundle         string       `json:"bundle" doc:"Name of the plan's bundle that covers the client." example:"Europe"`
	Status         string       `json:"status" enum:"pending,approved,rejected"`
	PreviousStatus string       `json:"previous_status" enum:"pending,approved,rejected" doc:"The former status. It can be the same as status."`
	Reason         string       `json:"reason" doc:"Why the client was rejected: the broker's reason, expired or deposit_reversed. Empty if it was not rejected."`
	EarnsUSD       money.Amount `json:"cpa_usd" doc:"What the partner earns for the client, in USD. 0 until the client meets the conditions."`
	QualifiedAt    *time.Time   `json:"qualified_at" doc:"When the client met the last of the conditions. Null if it has not met all of them."`
	PaidOn         *clock.Day   `json:"paid_on" doc:"Day of the payment. Null before it."`
}
