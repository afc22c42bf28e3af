package storetest

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// sheets recomputes every list from the records alone.
func (b *books) sheets() map[string]*sheet {
	return map[string]*sheet{
		"clients": b.clientsV1(), "clients_v2": b.clientsV2(), "client_accounts": b.clientAccounts(),
		"rewards": b.rewardsV1(), "rewards_byday": b.byDay(), "orders": b.orders(),
	}
}

// constants are the cells that every row of the partner has.
func (b *books) constants() map[string]cell {
	return map[string]cell{
		"partner_account": text(b.partner.Account), "partner_account_name": text(b.partner.AccountName),
		"currency": text(b.partner.Currency), "partner_account_currency": text(b.partner.Currency),
	}
}

func (b *books) commentOf(account record) cell {
	for _, c := range b.clients {
		if c["client_uid"] == account["client_uid"] {
			return optionalText(c, "comment")
		}
	}
	return null()
}

func (b *books) clientsV1() *sheet {
	s := &sheet{
		visible: keys("id partner_account partner_account_name client_uid country currency reg_date volume_lots volume_mln_usd trade_fn reward reward_usd comment client_account client_account_type"),
		order:   "-reg_date", limit: 1000,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"reward":%s,"reward_usd":%s,"currency":%s,"client_uid_count":%s`,
				total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "reward_e6", money2),
				total(rows, "reward_usd_e6", money2), onlyOf(rows, b.partner.Currency), different(rows, "client_uid"))
		},
	}
	for _, a := range b.accounts {
		cells := b.constants()
		cells["id"], cells["client_uid"], cells["country"], cells["reg_date"] = integer(a.int("number")), short(a.uid("client_uid")), text(a.text("country")), day(a, "opened_day")
		cells["volume_lots"], cells["volume_mln_usd"], cells["trade_fn"] = scaled(a, "volume_lots_e8", lots), scaled(a, "volume_usd_e4", mlnUSD), day(a, "last_trade_day")
		cells["reward"], cells["reward_usd"], cells["comment"] = scaled(a, "reward_e6", money2), scaled(a, "reward_usd_e6", money2), b.commentOf(a)
		cells["client_account"], cells["client_account_type"] = account(a.text("client_account")), text(a.text("account_type"))
		s.rows = append(s.rows, row{cells, []cell{text(a.text("client_account"))}, a})
	}
	return s
}

func bandOf(micros int64) cell {
	usd := big.NewRat(micros, micro)
	for i, bound := range []int64{0, 10, 50, 250, 1000, 5000} {
		if usd.Cmp(big.NewRat(bound, 1)) <= 0 {
			return integer(int64(i))
		}
	}
	return integer(6)
}

func statusOf(c record) string {
	switch {
	case c.text("relation") != "CURRENT":
		return c.text("relation")
	case c["verified_at"] != nil && c["first_deposit_at"] != nil && c["first_trade_day"] != nil:
		return "ACTIVE"
	default:
		return "INACTIVE"
	}
}

// asked: for its contact, in the last 30 days, and without an answer since.
func asked(c record) bool {
	requested, some := c["contact_requested_at"].(int64)
	answered, _ := c["contact_answered_at"].(int64)
	return some && c.text("contact_status") != "GRANTED" && requested > reportNow.AddDate(0, 0, -30).UnixMicro() && requested > answered
}

func (b *books) clientsV2() *sheet {
	s := &sheet{
		visible: keys(`partner_account client_uid reg_date client_country volume_lots volume_mln_usd reward_usd trade_fn client_contact_sharing_status
			last_partner_contact_sharing_dt last_client_contact_sharing_dt client_status comment rebate_amount_usd kyc_passed ftd_received ftt_made
			client_balance client_equity deposit_amount ftd_amount last_week_failed_deposit_count client_email`),
		order: "-reg_date", limit: 100,
		totals: func(rows []row) string {
			available := 0
			for _, r := range rows {
				if r.from.text("relation") != "LEFT" && r.from.text("contact_status") != "GRANTED" && !asked(r.from) {
					available++
				}
			}
			return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"reward_usd":%s,"server_dt":"2026-06-30T12:00:00Z","available_for_request":%d`,
				total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "reward_usd_e6", money2), available)
		},
	}
	for _, c := range b.clients {
		cells := b.constants()
		cells["client_uid"], cells["reg_date"], cells["client_country"] = uid(c.uid("client_uid")), day(c, "reg_day"), text(c.text("country"))
		cells["volume_lots"], cells["volume_mln_usd"], cells["reward_usd"] = scaled(c, "volume_lots_e8", lots), scaled(c, "volume_usd_e4", mlnUSD), scaled(c, "reward_usd_e6", money2)
		cells["trade_fn"], cells["client_contact_sharing_status"] = day(c, "last_trade_day"), text(c.text("contact_status"))
		if asked(c) {
			cells["client_contact_sharing_status"] = text("PENDING")
		}
		cells["last_partner_contact_sharing_dt"], cells["last_client_contact_sharing_dt"] = moment(c, "contact_requested_at"), moment(c, "contact_answered_at")
		cells["client_status"], cells["comment"], cells["rebate_amount_usd"] = text(statusOf(c)), optionalText(c, "comment"), scaled(c, "rebate_usd_e6", moneyNumber)
		cells["kyc_passed"], cells["ftd_received"], cells["ftt_made"] = boolean(c["verified_at"] != nil), boolean(c["first_deposit_at"] != nil), boolean(c["first_trade_day"] != nil)
		cells["client_balance"], cells["client_equity"] = bandOf(c.int("balance_usd_e6")), bandOf(c.int("equity_usd_e6"))
		cells["deposit_amount"], cells["ftd_amount"] = bandOf(c.int("deposits_usd_e6")), bandOf(c.int("first_deposit_usd_e6"))
		cells["last_week_failed_deposit_count"] = integer(b.failedLastWeek(c))
		if c.text("contact_status") == "GRANTED" {
			cells["client_email"] = text(c.text("email"))
		}
		s.rows = append(s.rows, row{cells, []cell{cells["client_uid"]}, c})
	}
	return s
}

func (b *books) failedLastWeek(c record) (n int64) {
	for _, d := range b.deposits {
		if d["client_uid"] == c["client_uid"] && d.text("kind") == "failed" && reportNow.Sub(time.UnixMicro(d.int("at"))) < 7*24*time.Hour {
			n++
		}
	}
	return n
}

func (b *books) clientAccounts() *sheet {
	s := &sheet{
		visible: keys(`id partner_account partner_account_name partner_account_currency partner_code client_uid client_account client_account_type client_country platform
			client_account_created client_account_last_trade volume_lots volume_mln_usd reward reward_usd comment`),
		order: "-client_account_created", limit: 100,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"clients_count":%s,"volume_mln_usd":%s,"volume_lots":%s,"reward":%s,"reward_usd":%s,"partner_account_currency":%s`,
				different(rows, "client_uid"), total(rows, "volume_usd_e4", mlnUSDText), total(rows, "volume_lots_e8", lotsText), total(rows, "reward_e6", money2),
				total(rows, "reward_usd_e6", money2), onlyOf(rows, b.partner.Currency))
		},
	}
	for _, a := range b.accounts {
		cells := b.constants()
		cells["id"], cells["partner_code"], cells["client_uid"] = integer(a.int("number")), text(a.text("link_code")), short(a.uid("client_uid"))
		cells["client_account"], cells["client_account_type"], cells["client_country"] = account(a.text("client_account")), text(a.text("account_type")), text(a.text("country"))
		if cells["platform"] = null(); a.text("platform") != "" {
			cells["platform"] = text(a.text("platform"))
		}
		cells["client_account_created"], cells["client_account_last_trade"] = day(a, "opened_day"), day(a, "last_trade_day")
		cells["volume_lots"], cells["volume_mln_usd"] = scaled(a, "volume_lots_e8", lotsText), scaled(a, "volume_usd_e4", mlnUSDText)
		cells["reward"], cells["reward_usd"], cells["comment"] = scaled(a, "reward_e6", money2), scaled(a, "reward_usd_e6", money2), b.commentOf(a)
		s.rows = append(s.rows, row{cells, []cell{text(a.text("client_account"))}, a})
	}
	return s
}

func (b *books) rewardsV1() *sheet {
	s := &sheet{
		visible: keys(`id reward_date partner_account partner_account_name client_account client_account_type country client_uid currency volume_lots volume_mln_usd
			reward reward_usd orders_count reward_order link_code`),
		order: "-reward_date", limit: 100,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"volume_mln_usd":%s,"volume_lots":%s,"reward":%s,"reward_usd":%s,"orders_count":%s,"currency":%s`,
				total(rows, "volume_usd_e4", mlnUSD), total(rows, "volume_lots_e8", lots), total(rows, "reward_e6", money2),
				total(rows, "reward_usd_e6", money2), total(rows, "orders_count", count), onlyOf(rows, b.partner.Currency))
		},
	}
	for _, d := range b.accountDays {
		cells := b.constants()
		cells["id"], cells["reward_date"], cells["client_account"] = integer(d.int("number")), day(d, "reward_day"), account(d.text("client_account"))
		cells["client_account_type"], cells["country"], cells["client_uid"] = text(d.text("account_type")), text(d.text("country")), short(d.uid("client_uid"))
		cells["volume_lots"], cells["volume_mln_usd"] = scaled(d, "volume_lots_e8", lots), scaled(d, "volume_usd_e4", mlnUSD)
		cells["reward"], cells["reward_usd"], cells["orders_count"] = scaled(d, "reward_e6", money2), scaled(d, "reward_usd_e6", money2), integer(d.int("orders_count"))
		cells["reward_order"] = text(d.text("client_account") + "-" + time.Unix(d.int("reward_day")*86400, 0).UTC().Format("20060102"))
		cells["link_code"] = text(d.text("link_code"))
		s.rows = append(s.rows, row{cells, []cell{cells["reward_date"], text(d.text("client_account"))}, d})
	}
	return s
}

func (b *books) byDay() *sheet {
	s := &sheet{visible: keys("reward_date volume_lots volume_mln_usd reward_usd orders_count"), order: "-reward_date", unpaged: true}
	for _, d := range b.partnerDays {
		if d.int("reward_rows") == 0 {
			continue
		}
		cells := map[string]cell{
			"reward_date": day(d, "reward_day"), "volume_lots": scaled(d, "volume_lots_e8", lots), "volume_mln_usd": scaled(d, "volume_usd_e4", mlnUSD),
			"reward_usd": scaled(d, "reward_usd_e6", money2), "orders_count": integer(d.int("orders_count")),
		}
		s.rows = append(s.rows, row{cells, []cell{cells["reward_date"]}, d})
	}
	return s
}

func (b *books) orders() *sheet {
	s := &sheet{
		visible: keys(`order_id client_account client_account_type client_uid partner_account symbol volume_lots volume_mln_usd reward_usd formula_code open_date close_date`),
		order:   "-close_date", limit: 100,
		totals: func(rows []row) string {
			return fmt.Sprintf(`"volume_lots":%s,"volume_mln_usd":%s,"reward_usd":%s`,
				total(rows, "volume_lots_e8", lots), total(rows, "volume_usd_e4", mlnUSD), total(rows, "reward_usd_e6", money2))
		},
	}
	for _, r := range b.rewards {
		cells := b.constants()
		cells["order_id"], cells["client_account"], cells["client_account_type"] = text(orderIDOf(r)), account(r.text("client_account")), text(r.text("account_type"))
		cells["client_uid"], cells["symbol"], cells["platform"] = short(r.uid("client_uid")), text(r.text("symbol")), text(r.text("platform"))
		cells["volume_lots"], cells["volume_mln_usd"] = scaled(r, "volume_lots_e8", lots), scaled(r, "volume_usd_e4", mlnUSD)
		cells["reward_usd"], cells["formula_code"] = scaled(r, "reward_usd_e6", money2), text(r.text("formula_code"))
		cells["open_date"], cells["close_date"], cells["date"] = moment(r, "open_at"), moment(r, "close_at"), day(r, "reward_day")
		s.rows = append(s.rows, row{cells, []cell{
			cells["close_date"], text(r.text("server")), integer(r.int("ticket")), integer(r.int("part")), text(r.text("client_account")), integer(r.int("kind")),
		}, r})
	}
	return s
}

func orderIDOf(r record) string {
	out := fmt.Sprintf("%s:%d", r.text("server"), r.int("ticket"))
	if part := r.int("part"); part > 0 {
		out += fmt.Sprintf("-%d", part)
	}
	return out
}

// grouped sums the account-days by some columns.
func (b *books) grouped(by []string) *sheet {
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

// group fills a grouped sheet from the days that a filter left.
func (s *sheet) group(by []string, days []row) {
	groups, names := map[string][]row{}, []string(nil)
	for _, d := range days {
		d.cells["month"] = text(time.Unix(d.from.int("reward_day")*86400, 0).UTC().Format("2006-01"))
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
		sums := record{"days": of}
		for _, column := range []string{"volume_lots_e8", "volume_usd_e4", "reward_usd_e6", "orders_count"} {
			var sum int64
			for _, d := range of {
				sum += d.from.int(column)
			}
			sums[column] = sum
		}
		cells := map[string]cell{
			"volume_lots": scaled(sums, "volume_lots_e8", lots), "volume_mln_usd": scaled(sums, "volume_usd_e4", mlnUSD), "reward_usd": scaled(sums, "reward_usd_e6", money2),
			"orders_count": integer(sums.int("orders_count")),
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
