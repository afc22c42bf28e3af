package report_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func sheets(b *programmetest.ReportBooks) map[string]*sheet {
	return map[string]*sheet{
		"clients": clientsV1(b), "clients_v2": clientsV2(b), "client_accounts": clientAccounts(b),
		"rewards": rewardsV1(b), "rewards_byday": byDay(b), "orders": orders(b),
	}
}

func constants(b *programmetest.ReportBooks) map[string]cell {
	return map[string]cell{
		"partner_account": text(b.Partner.Account), "partner_account_name": text(b.Partner.AccountName),
		"currency": text(b.Partner.Currency), "partner_account_currency": text(b.Partner.Currency),
	}
}

func commentOf(b *programmetest.ReportBooks, account programmetest.ReportRow) cell {
	for _, c := range b.Clients {
		if c["client_uid"] == account["client_uid"] {
			return optionalText(c, "comment")
		}
	}
	return null()
}

func clientsV1(b *programmetest.ReportBooks) *sheet {
	s := &sheet{
		visible: keys("id partner_account partner_account_name client_uid country currency reg_date volume_lots volume_mln_usd trade_fn reward reward_usd comment client_account client_account_type"),
		order:   "-reg_date", limit: 1000,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"reward":%s,"reward_usd":%s,"currency":%s,"client_uid_count":%s`,
				total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "reward_e6", money2),
				total(rows, "reward_usd_e6", money2), onlyOf(rows, b.Partner.Currency), different(rows, "client_uid"))
		},
	}
	for _, a := range b.Accounts {
		cells := constants(b)
		cells["id"], cells["client_uid"], cells["country"], cells["reg_date"] = integer(a.Int("number")), short(a.UID("client_uid")), text(a.Text("country")), day(a, "opened_day")
		cells["volume_lots"], cells["volume_mln_usd"], cells["trade_fn"] = numberCell(a, "volume_lots_e8", lots), numberCell(a, "volume_usd_e4", mlnUSD), day(a, "last_trade_day")
		cells["reward"], cells["reward_usd"], cells["comment"] = numberCell(a, "reward_e6", money2), numberCell(a, "reward_usd_e6", money2), commentOf(b, a)
		cells["client_account"], cells["client_account_type"] = account(a.Text("client_account")), text(a.Text("account_type"))
		s.rows = append(s.rows, row{cells, []cell{text(a.Text("client_account"))}, a})
	}
	return s
}

func bandOf(micros int64) cell {
	usd := big.NewRat(micros, programmetest.Micro)
	for i, bound := range []int64{0, 10, 50, 250, 1000, 5000} {
		if usd.Cmp(big.NewRat(bound, 1)) <= 0 {
			return integer(int64(i))
		}
	}
	return integer(6)
}

func statusOf(c programmetest.ReportRow) string {
	switch {
	case c.Text("relation") != "CURRENT":
		return c.Text("relation")
	case c["verified_at"] != nil && c["first_deposit_at"] != nil && c["first_trade_day"] != nil:
		return "ACTIVE"
	default:
		return "INACTIVE"
	}
}

// awaitsAnswer reports whether the partner asked for the client's contact
// details in the last 30 days, and the client has not answered since.
func awaitsAnswer(c programmetest.ReportRow) bool {
	requested, some := c["contact_requested_at"].(int64)
	answered, _ := c["contact_answered_at"].(int64)
	return some && c.Text("contact_status") != "GRANTED" && requested > programmetest.ReportNow.AddDate(0, 0, -30).UnixMicro() && requested > answered
}

func clientsV2(b *programmetest.ReportBooks) *sheet {
	s := &sheet{
		visible: keys(`partner_account client_uid reg_date client_country volume_lots volume_mln_usd reward_usd trade_fn client_contact_sharing_status
			last_partner_contact_sharing_dt last_client_contact_sharing_dt client_status comment rebate_amount_usd kyc_passed ftd_received ftt_made
			client_balance client_equity deposit_amount ftd_amount last_week_failed_deposit_count client_email`),
		order: "-reg_date", limit: 100,
		totals: func(rows []row) string {
			available := 0
			for _, r := range rows {
				if r.from.Text("relation") != "LEFT" && r.from.Text("contact_status") != "GRANTED" && !awaitsAnswer(r.from) {
					available++
				}
			}
			return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"reward_usd":%s,"server_dt":"2026-06-30T12:00:00Z","available_for_request":%d`,
				total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "reward_usd_e6", money2), available)
		},
	}
	for _, c := range b.Clients {
		cells := constants(b)
		cells["client_uid"], cells["reg_date"], cells["client_country"] = uid(c.UID("client_uid")), day(c, "reg_day"), text(c.Text("country"))
		cells["volume_lots"], cells["volume_mln_usd"], cells["reward_usd"] = numberCell(c, "volume_lots_e8", lots), numberCell(c, "volume_usd_e4", mlnUSD), numberCell(c, "reward_usd_e6", money2)
		cells["trade_fn"], cells["client_contact_sharing_status"] = day(c, "last_trade_day"), text(c.Text("contact_status"))
		if awaitsAnswer(c) {
			cells["client_contact_sharing_status"] = text("PENDING")
		}
		cells["last_partner_contact_sharing_dt"], cells["last_client_contact_sharing_dt"] = moment(c, "contact_requested_at"), moment(c, "contact_answered_at")
		cells["client_status"], cells["comment"], cells["rebate_amount_usd"] = text(statusOf(c)), optionalText(c, "comment"), numberCell(c, "rebate_usd_e6", moneyNumber)
		cells["kyc_passed"], cells["ftd_received"], cells["ftt_made"] = boolean(c["verified_at"] != nil), boolean(c["first_deposit_at"] != nil), boolean(c["first_trade_day"] != nil)
		cells["client_balance"], cells["client_equity"] = bandOf(c.Int("balance_usd_e6")), bandOf(c.Int("equity_usd_e6"))
		cells["deposit_amount"], cells["ftd_amount"] = bandOf(c.Int("deposits_usd_e6")), bandOf(c.Int("first_deposit_usd_e6"))
		cells["last_week_failed_deposit_count"] = integer(failedLastWeek(b, c))
		if c.Text("contact_status") == "GRANTED" {
			cells["client_email"] = text(c.Text("email"))
		}
		s.rows = append(s.rows, row{cells, []cell{cells["client_uid"]}, c})
	}
	return s
}

func failedLastWeek(b *programmetest.ReportBooks, c programmetest.ReportRow) (n int64) {
	for _, d := range b.Deposits {
		if d["client_uid"] == c["client_uid"] && d.Text("kind") == "failed" && programmetest.ReportNow.Sub(time.UnixMicro(d.Int("at"))) < 7*24*time.Hour {
			n++
		}
	}
	return n
}

func clientAccounts(b *programmetest.ReportBooks) *sheet {
	s := &sheet{
		visible: keys(`id partner_account partner_account_name partner_account_currency partner_code client_uid client_account client_account_type client_country platform
			client_account_created client_account_last_trade volume_lots volume_mln_usd reward reward_usd comment`),
		order: "-client_account_created", limit: 100,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"clients_count":%s,"volume_mln_usd":%s,"volume_lots":%s,"reward":%s,"reward_usd":%s,"partner_account_currency":%s`,
				different(rows, "client_uid"), total(rows, "volume_usd_e4", mlnUSDText), total(rows, "volume_lots_e8", lotsText), total(rows, "reward_e6", money2),
				total(rows, "reward_usd_e6", money2), onlyOf(rows, b.Partner.Currency))
		},
	}
	for _, a := range b.Accounts {
		cells := constants(b)
		cells["id"], cells["partner_code"], cells["client_uid"] = integer(a.Int("number")), text(a.Text("link_code")), short(a.UID("client_uid"))
		cells["client_account"], cells["client_account_type"], cells["client_country"] = account(a.Text("client_account")), text(a.Text("account_type")), text(a.Text("country"))
		if cells["platform"] = null(); a.Text("platform") != "" {
			cells["platform"] = text(a.Text("platform"))
		}
		cells["client_account_created"], cells["client_account_last_trade"] = day(a, "opened_day"), day(a, "last_trade_day")
		cells["volume_lots"], cells["volume_mln_usd"] = numberCell(a, "volume_lots_e8", lotsText), numberCell(a, "volume_usd_e4", mlnUSDText)
		cells["reward"], cells["reward_usd"], cells["comment"] = numberCell(a, "reward_e6", money2), numberCell(a, "reward_usd_e6", money2), commentOf(b, a)
		s.rows = append(s.rows, row{cells, []cell{text(a.Text("client_account"))}, a})
	}
	return s
}

func rewardsV1(b *programmetest.ReportBooks) *sheet {
	s := &sheet{
		visible: keys(`id reward_date partner_account partner_account_name client_account client_account_type country client_uid currency volume_lots volume_mln_usd
			reward reward_usd orders_count reward_order link_code`),
		order: "-reward_date", limit: 100,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"volume_mln_usd":%s,"volume_lots":%s,"reward":%s,"reward_usd":%s,"orders_count":%s,"currency":%s`,
				total(rows, "volume_usd_e4", mlnUSD), total(rows, "volume_lots_e8", lots), total(rows, "reward_e6", money2),
				total(rows, "reward_usd_e6", money2), total(rows, "orders_count", count), onlyOf(rows, b.Partner.Currency))
		},
	}
	for _, d := range b.AccountDays {
		cells := constants(b)
		cells["id"], cells["reward_date"], cells["client_account"] = integer(d.Int("number")), day(d, "reward_day"), account(d.Text("client_account"))
		cells["client_account_type"], cells["country"], cells["client_uid"] = text(d.Text("account_type")), text(d.Text("country")), short(d.UID("client_uid"))
		cells["volume_lots"], cells["volume_mln_usd"] = numberCell(d, "volume_lots_e8", lots), numberCell(d, "volume_usd_e4", mlnUSD)
		cells["reward"], cells["reward_usd"], cells["orders_count"] = numberCell(d, "reward_e6", money2), numberCell(d, "reward_usd_e6", money2), integer(d.Int("orders_count"))
		cells["reward_order"] = text(d.Text("client_account") + "-" + time.Unix(d.Int("reward_day")*86400, 0).UTC().Format("20060102"))
		cells["link_code"] = text(d.Text("link_code"))
		s.rows = append(s.rows, row{cells, []cell{cells["reward_date"], text(d.Text("client_account"))}, d})
	}
	return s
}

func byDay(b *programmetest.ReportBooks) *sheet {
	s := &sheet{visible: keys("reward_date volume_lots volume_mln_usd reward_usd orders_count"), order: "-reward_date", unpaged: true}
	for _, d := range b.PartnerDays {
		if d.Int("reward_rows") == 0 {
			continue
		}
		cells := map[string]cell{
			"reward_date": day(d, "reward_day"), "volume_lots": numberCell(d, "volume_lots_e8", lots), "volume_mln_usd": numberCell(d, "volume_usd_e4", mlnUSD),
			"reward_usd": numberCell(d, "reward_usd_e6", money2), "orders_count": integer(d.Int("orders_count")),
		}
		s.rows = append(s.rows, row{cells, []cell{cells["reward_date"]}, d})
	}
	return s
}

func orders(b *programmetest.ReportBooks) *sheet {
	s := &sheet{
		visible: keys(`order_id client_account client_account_type client_uid partner_account symbol volume_lots volume_mln_usd reward_usd formula_code open_date close_date country link_code outcome`),
		order:   "-close_date", limit: 100,
		totals: func(rows []row) string {
			closed := 0
			for _, r := range rows {
				closed += 1 - int(r.from.Int("kind"))
			}
			return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"reward_usd":%s,"orders_count":%d`,
				total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "reward_usd_e6", money2), closed)
		},
	}
	reversed := map[string]bool{}
	for _, r := range b.Rewards {
		if r.Int("kind") == 1 {
			reversed[orderIDOf(r)+r.Text("client_account")] = true
		}
	}
	for _, r := range b.Rewards {
		cells := constants(b)
		of := b.Accounts[slices.IndexFunc(b.Accounts, func(a programmetest.ReportRow) bool { return a["client_account"] == r["client_account"] })]
		cells["country"], cells["link_code"], cells["outcome"] = text(of.Text("country")), text(of.Text("link_code")), text("paid")
		switch {
		case reversed[orderIDOf(r)+r.Text("client_account")]:
			cells["outcome"] = text("reversed")
		case r.Int("reward_e6") == 0:
			cells["outcome"] = text(r.Text("limited_by"))
		}
		cells["order_id"], cells["client_account"], cells["client_account_type"] = text(orderIDOf(r)), account(r.Text("client_account")), text(r.Text("account_type"))
		cells["client_uid"], cells["symbol"], cells["platform"] = short(r.UID("client_uid")), text(r.Text("symbol")), text(r.Text("platform"))
		cells["volume_lots"], cells["volume_mln_usd"] = numberCell(r, "volume_lots_e8", lots), numberCell(r, "volume_usd_e4", mlnUSD)
		cells["reward_usd"], cells["formula_code"] = numberCell(r, "reward_usd_e6", money2), text(r.Text("formula_code"))
		cells["open_date"], cells["close_date"], cells["date"] = moment(r, "open_at"), moment(r, "close_at"), day(r, "reward_day")
		s.rows = append(s.rows, row{cells, []cell{
			cells["close_date"], integer(r.Int("ticket")), integer(r.Int("part")), integer(r.Int("account")), integer(r.Int("kind")),
		}, r})
	}
	return s
}

func orderIDOf(r programmetest.ReportRow) string {
	out := fmt.Sprintf("%s:%d", r.Text("server"), r.Int("ticket"))
	if part := r.Int("part"); part > 0 {
		out += fmt.Sprintf("-%d", part)
	}
	return out
}

func groupedSheet(b *programmetest.ReportBooks, by []string) *sheet {
	s := &sheet{limit: 100, totals: func(rows []row) string {
		var days []row
		for _, r := range rows {
			days = append(days, r.from["days"].([]row)...)
		}
		return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"reward_usd":%s,"orders_count":%s,"clients_count":%s`,
			total(days, "volume_lots_e8", lots), total(days, "volume_usd_e4", mlnUSD), total(days, "reward_usd_e6", money2), total(days, "orders_count", count), different(days, "client_uid"))
	}}
	s.visible = append(slices.Clone(by), keys("volume_lots volume_mln_usd reward_usd orders_count clients_count")...)
	return s
}

func (s *sheet) group(by []string, days []row) {
	groups, names := map[string][]row{}, []string(nil)
	for _, d := range days {
		d.cells["month"] = text(time.Unix(d.from.Int("reward_day")*86400, 0).UTC().Format("2006-01"))
		var name strings.Builder
		for _, column := range by {
			fmt.Fprintf(&name, "%s|%d|", d.cells[column].text, d.cells[column].number)
		}
		if groups[name.String()] == nil {
			names = append(names, name.String())
		}
		groups[name.String()] = append(groups[name.String()], d)
	}
	for _, name := range names {
		of := groups[name]
		sums := programmetest.ReportRow{"days": of}
		for _, column := range []string{"volume_lots_e8", "volume_usd_e4", "reward_usd_e6", "orders_count"} {
			var sum int64
			for _, d := range of {
				sum += d.from.Int(column)
			}
			sums[column] = sum
		}
		cells := map[string]cell{
			"volume_lots": numberCell(sums, "volume_lots_e8", lots), "volume_mln_usd": numberCell(sums, "volume_usd_e4", mlnUSD), "reward_usd": numberCell(sums, "reward_usd_e6", money2),
			"orders_count": integer(sums.Int("orders_count")),
		}
		var clients int64
		if _, err := fmt.Sscan(different(of, "client_uid"), &clients); err != nil {
			panic(err)
		}
		cells["clients_count"] = integer(clients)
		for _, column := range by {
			cells[column] = of[0].cells[column]
		}
		s.rows = append(s.rows, row{cells: cells, from: sums})
	}
}
