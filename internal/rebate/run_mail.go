package rebate

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
)

func waitingMail(partnerID id.UUID, to string, rebates []Rebate, until clock.Day) mail.Message {
	var all Totals
	for _, b := range rebates {
		all = all.plus(b.Totals)
	}
	letter := mail.Letter{
		Title: "Rebates wait for your approval",
		Lines: []string{
			fmt.Sprintf("%s %s of rebates to %s client accounts can be paid now. Approve or reject them under Rebates.",
				money.Group(money.FormatFixed(int64(all.Pay.Amount)/int64(cent), 2)), rebates[0].Currency, money.GroupInt(all.Paying)),
			fmt.Sprintf("Rebates that are not approved by %s return to your wallet.", until),
		},
	}
	m := letter.Message("rebates_waiting", to)
	m.PartnerID = &partnerID
	return m
}
