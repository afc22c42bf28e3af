package partner

import (
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/wallet"
)

type summaryOut struct {
	PartnerUID    id.UUID              `json:"partner_uid" doc:"Id of the partner."`
	Email         string               `json:"email" doc:"E-mail address that the partner logs in with."`
	Country       string               `json:"country" doc:"Country of the partner, ISO 3166 alpha-2."`
	Status        string               `json:"status" enum:"active,suspended" doc:"Status of the partner."`
	Programme     string               `json:"programme" enum:"ib,affiliate" doc:"ib for an introducing broker, affiliate for an affiliate."`
	Level         string               `json:"level" doc:"Level of the partner today."`
	LevelProgress progressOut          `json:"level_progress" doc:"Progress of the partner to the next level."`
	SecurityType  string               `json:"security_type" enum:"standard,secure" doc:"standard: the partner logs in with a password and gets codes by e-mail. secure: the partner also uses an authenticator app."`
	Accounts      []balanceOut         `json:"accounts" doc:"The partner's accounts with their balances."`
	Clients       countsOut            `json:"clients" doc:"Number of clients by status."`
	RewardUSD     periodsOut           `json:"reward_usd" doc:"Rewards in USD, with 2 decimal places."`
	OverrideUSD   periodsOut           `json:"override_usd" doc:"Amounts that the partner earned from orders of its sub-partners' clients, in USD with 2 decimal places. reward_usd does not include them."`
	VolumeMlnUSD  periodsOut           `json:"volume_mln_usd" doc:"Traded volume in millions of USD, with 4 decimal places."`
	VolumeLots    periodsOut           `json:"volume_lots" doc:"Traded volume in lots."`
	DefaultLink   *wire.LinkAddressOut `json:"default_link" doc:"The partner's default link. Null if there is none."`
}

type progressOut struct {
	From          clock.Day   `json:"from" doc:"First of the 90 days that end today."`
	VolumeMlnUSD  json.Number `json:"volume_mln_usd" doc:"Average monthly volume over these 90 days, in millions of USD."`
	ActiveClients int64       `json:"active_clients" doc:"Number of clients who traded in these 90 days."`
	Review        clock.Day   `json:"next_review" doc:"Day of the next monthly review. The review counts the 90 days before this day."`
	Next          *levelOut   `json:"next_level" doc:"Next level, its requirements and what is missing. Null at the highest level."`
	Change        *levelOnOut `json:"changes_to" doc:"Level that takes effect after today, such as on the day after a review that raised the level. Null when no change is decided."`
	Fall          *levelOnOut `json:"falls_to" doc:"Level to which the partner falls at the next review, unless it has earned a higher one by then. Null when no fall is announced."`
}

type levelOnOut struct {
	Level string    `json:"level" doc:"Name of the level."`
	From  clock.Day `json:"from" doc:"First day of the level."`
}

func levelOn(l *partner.LevelFrom) *levelOnOut {
	if l == nil {
		return nil
	}
	return &levelOnOut{l.Name, l.Day}
}

type levelOut struct {
	Name             string       `json:"name" doc:"Name of the level."`
	MinVolumeMlnUSD  money.Volume `json:"min_volume_mln_usd" doc:"Required average monthly volume over 90 days, in millions of USD."`
	MinActiveClients int          `json:"min_active_clients" doc:"Required number of clients who traded in the 90 days."`
	MissingMlnUSD    money.Volume `json:"missing_volume_mln_usd" doc:"Average monthly volume that is missing, in millions of USD, rounded up to 4 decimal places. 0 if nothing is missing."`
	MissingClients   int64        `json:"missing_active_clients" doc:"Number of active clients that are missing. 0 if none are missing."`
	RisePays         json.Number  `json:"rise_pays_usd" doc:"Estimate of what a rise to this level at the next review would pay for this month's orders so far, in USD. The review computes the exact amount for each order."`
}

type balanceOut struct {
	ID       string      `json:"id" doc:"Number of the account, called partner_account in reports."`
	Name     string      `json:"name" doc:"Name of the account."`
	Currency string      `json:"currency" doc:"Currency of the account."`
	Balance  json.Number `json:"balance" doc:"Amount that the partner can use, in the account's currency, cut to whole cents."`
}

type countsOut struct {
	Active   int64 `json:"ACTIVE" doc:"Clients who are verified (KYC) and have made their first deposit and their first trade."`
	Inactive int64 `json:"INACTIVE" doc:"Clients who are not verified yet, have not deposited yet or have not traded yet."`
	Changing int64 `json:"CHANGING" doc:"Clients who have requested another partner."`
	Left     int64 `json:"LEFT" doc:"Clients who have left."`
	Total    int64 `json:"total" doc:"All clients together."`
}

type periodsOut struct {
	Today     json.Number `json:"today" doc:"Value for today, in the programme's time zone."`
	ThisMonth json.Number `json:"this_month" doc:"Value since the first day of this month."`
	AllTime   json.Number `json:"all_time" doc:"Value since the beginning."`
}

func summaryOf(s *partner.Summary) *summaryOut {
	out := &summaryOut{
		PartnerUID: s.Partner.ID, Email: s.Partner.Email, Country: s.Partner.Country,
		Status: s.Partner.Status, Programme: s.Partner.Programme,
		Level: s.Level, SecurityType: s.SecurityType, Accounts: make([]balanceOut, len(s.Accounts)),
		LevelProgress: progressOut{
			From: s.Progress.From, VolumeMlnUSD: json.Number(s.Progress.VolumeMlnUSD.String()), ActiveClients: s.Progress.ActiveClients,
			Review: s.Progress.Review, Change: levelOn(s.Progress.Change), Fall: levelOn(s.Progress.Fall),
		},
		Clients: countsOut{
			Active: s.Clients.Active, Inactive: s.Clients.Inactive, Changing: s.Clients.Changing, Left: s.Clients.Left, Total: s.Clients.Total(),
		},
		RewardUSD:    periods(s, func(t *partner.Totals) json.Number { return formatCents(t.RewardUSD) }),
		OverrideUSD:  periods(s, func(t *partner.Totals) json.Number { return formatCents(t.OverrideUSD) }),
		VolumeMlnUSD: periods(s, func(t *partner.Totals) json.Number { return formatMillions(t.VolumeUSD) }),
		VolumeLots:   periods(s, func(t *partner.Totals) json.Number { return json.Number(t.VolumeLots.String()) }),
		DefaultLink:  wire.LinkAddressOf(s.DefaultLink),
	}
	for i, a := range s.Accounts {
		out.Accounts[i] = balanceOut{ID: a.Number, Name: a.Name, Currency: a.Currency, Balance: formatCents(wallet.Shown(a.Balance))}
	}
	if next := s.Progress.Next; next != nil {
		out.LevelProgress.Next = &levelOut{
			Name: next.Name, MinVolumeMlnUSD: next.MinVolumeMlnUSD, MinActiveClients: next.MinActiveClients,
			MissingMlnUSD: next.MissingMlnUSD, MissingClients: next.MissingClients, RisePays: formatCents(next.RisePaysUSD),
		}
	}
	return out
}

func periods(s *partner.Summary, column func(*partner.Totals) json.Number) periodsOut {
	return periodsOut{Today: column(&s.Today), ThisMonth: column(&s.Month), AllTime: column(&s.AllTime)}
}

// formatCents formats an amount as a JSON number with at most 2 decimal places,
// rounded half to even.
func formatCents(a money.Amount) json.Number {
	return json.Number(money.Format(money.RoundScaled(int64(a), money.AmountPlaces, 2), 2))
}

// formatMillions formats a volume in USD as a JSON number of millions with at
// most 4 decimal places.
func formatMillions(v money.Volume) json.Number {
	const million = 6
	return json.Number(money.Format(money.RoundScaled(int64(v), money.VolumePlaces+million, 4), 4))
}

var summaryExample = json.RawMessage(`{
	"partner_uid":"0197c0de-0000-7000-8000-000000000001","email":"partner@example.com","country":"CY","status":"active","programme":"ib",
	"level":"Advanced","level_progress":{"from":"2026-04-02","volume_mln_usd":16.2034,"active_clients":17,"next_review":"2026-07-01",
		"next_level":{"name":"Bronze","min_volume_mln_usd":20,"min_active_clients":15,"missing_volume_mln_usd":3.7966,
			"missing_active_clients":0,"rise_pays_usd":30.76},"changes_to":null,"falls_to":null},
	"security_type":"standard","accounts":[{"id":"1163683105934900000","name":"partner","currency":"USD","balance":812.07}],
	"clients":{"ACTIVE":17,"INACTIVE":99,"CHANGING":1,"LEFT":3,"total":120},
	"reward_usd":{"today":3.5,"this_month":96.12,"all_time":812.07},"override_usd":{"today":0,"this_month":0,"all_time":0},
	"volume_mln_usd":{"today":0.31,"this_month":9.2034,"all_time":61.2034},"volume_lots":{"today":2.1,"this_month":51.5,"all_time":310.5},
	"default_link":{"full_default_link":"https://go.example.com/a/abc123","domain":"go.example.com","code":"abc123"}}`)
