package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/report"
)

// TestCatalogue_Contract checks the filters and orders that the
// Exness-compatible API requires.
func TestCatalogue_Contract(t *testing.T) {
	t.Parallel()
	wanted := map[string]struct{ filters, ordering string }{
		"clients": {
			"client_account client_uid client_account_type country partner_account reg_date reg_date_from reg_date_to trade_fn trade_fn_from trade_fn_to email search",
			"client_account client_account_type country reward reward_usd volume_lots volume_mln_usd reg_date trade_fn",
		},
		"clients_v2": {
			"client_uid client_country client_status reg_date reg_date_from reg_date_to trade_fn trade_fn_from trade_fn_to kyc_passed ftd_received ftt_made email search",
			"client_uid client_country client_status reg_date trade_fn volume_lots volume_mln_usd reward_usd rebate_amount_usd",
		},
		"client_accounts": {
			`client_account client_uid client_account_type client_country partner_account partner_code platform client_account_created client_account_created_from
				client_account_created_to client_account_last_trade client_account_last_trade_from client_account_last_trade_to email search`,
			`id partner_account partner_account_name partner_account_currency partner_code client_uid client_account client_account_type client_country platform
				client_account_created client_account_last_trade volume_lots volume_mln_usd reward reward_usd comment`,
		},
		"rewards": {
			"reward_date reward_date_from reward_date_to client_account client_uid client_account_type country partner_account link_code",
			"reward_date client_account client_account_type country volume_lots volume_mln_usd reward reward_usd orders_count",
		},
		"rewards_v2": {
			"aggregate_by reward_date reward_date_from reward_date_to client_account client_uid client_account_type country partner_account link_code",
			"client_uid client_account client_account_type country link_code partner_account reward_date month volume_lots volume_mln_usd reward_usd orders_count clients_count",
		},
		"rewards_byday": {"reward_date reward_date_from reward_date_to", "reward_date"},
		"orders": {
			"order_id client_account client_uid client_account_type symbol platform date date_from date_to partner_account country link_code outcome",
			"close_date open_date client_account symbol volume_lots volume_mln_usd reward_usd",
		},
		"order_formula":          {"", ""},
		"progress_rewards":       {"period period_from period_to", "reward_date progress_reward_amount_usd"},
		"progress_reward_orders": {"", "reward_date progress_reward_amount_usd"},
		"cpa_clients": {
			"client_uid country link_code campaign_code bundle status period period_from period_to",
			"registered_at country link_code ftd_at qualified_at status cpa_usd paid_on",
		},
		"transactions":         {"kind account currency date date_from date_to", "booked_at amount amount_usd"},
		"client_transactions":  {"kind client_account date date_from date_to", "at"},
		"pending_transactions": {"kind client_account status date date_from date_to", "at amount_usd"},
		"sub_partners": {
			"partner parent depth country",
			"partner depth country registered_at clients active_clients volume_lots volume_mln_usd override_usd",
		},
		"clients_shared": {
			"client_account client_account_type client_uid link_code reg_date reg_date_from reg_date_to trade_fn trade_fn_from trade_fn_to",
			"client_account client_account_type link_code reward reward_usd volume_lots volume_mln_usd reg_date trade_fn",
		},
		"clients_shared_v3": {
			"client_account client_account_type client_uid link_code reg_date reg_date_from reg_date_to trade_fn trade_fn_from trade_fn_to",
			"client_account client_account_type country link_code agent_commission_usd volume_lots volume_mln_usd reg_date trade_fn",
		},
		"rewards_shared": {
			"client_account client_account_type client_uid country link_code reward_date reward_date_from reward_date_to",
			"client_account client_account_type client_uid country link_code reward_date volume_lots volume_mln_usd share_amount_usd",
		},
		"audit_log":    {"action subject actor credential address date date_from date_to", "id"},
		"rebate_group": {"", ""},
		"rebate_groups": {
			"group_type group_id rebate_period link_code",
			"group_title clients_count created rebate_percent group_type rebate_period link_code",
		},
		"rebate_clients": {
			"client_account_type partner_account partner_code group_id country client_account destination_client_account client_uid date date_from date_to",
			`id client_uid partner_account client_account group_id volume_lots volume_usd reward reward_usd processed_rebate processed_rebate_usd rebate_percent
				rebate_group_percent group_title client_account_type country partner_currency partner_code reg_date destination_client_account rebate_size`,
		},
		"rebates": {
			"group_id group group_type status period period_from period_to",
			`id group_id group_title group_type status period_start_date period_end_date clients_count reward reward_usd topay_rebate topay_rebate_usd closed expires`,
		},
		"rebate_rows": {
			"client_account client_uid status",
			"id rebate_id client_account orders_count rebate_percent reward reward_usd rebate rebate_usd topay_rebate topay_rebate_usd status changed",
		},
		"rebate_orders": {
			"symbol reward_date reward_date_from reward_date_to",
			"symbol volume_lots volume_mln_usd reward reward_usd reward_date open_date close_date",
		},
		"rebate_history": {
			"client_account client_uid status group_id group period period_from period_to",
			`id rebate_id client_account orders_count rebate_percent reward reward_usd rebate rebate_usd topay_rebate topay_rebate_usd status changed
				group_id group_title period_start_date period_end_date`,
		},
	}
	for _, d := range report.Catalogue() {
		require.Contains(t, wanted, d.ID)
	}
	for reportID, want := range wanted {
		d := report.ByID(reportID)
		require.NotNil(t, d, reportID)
		var filters []string
		for _, p := range d.Parameters() {
			filters = append(filters, p.Name)
		}
		require.ElementsMatch(t, strings.Fields(want.filters), filters, reportID)
		require.ElementsMatch(t, strings.Fields(want.ordering), d.Orderable(), reportID)
	}
}

// anyReport returns a report of a partner or of the broker.
func anyReport(t *testing.T, reportID string) *report.Definition {
	t.Helper()
	for _, d := range append(report.Catalogue(), report.BrokerCatalogue()...) {
		if d.ID == reportID {
			return d
		}
	}
	t.Fatalf("there is no report %s", reportID)
	return nil
}

// TestBrokerCatalogue_IsComplete checks that the broker has a report for every
// report of the partners, unless the test gives a reason.
func TestBrokerCatalogue_IsComplete(t *testing.T) {
	t.Parallel()
	const settings, one = "shows settings and results of one partner's rebates", "has one object of a partner"
	without := map[string]string{
		"clients":        "client_accounts has the same accounts",
		"order_formula":  one,
		"rebate_groups":  settings,
		"rebate_group":   one,
		"rebate_clients": settings,
		"rebates":        settings,
		"rebate_rows":    one,
		"rebate_orders":  one,
		"rebate_history": settings,
		"audit_log":      "the broker has an audit log of its own, at /broker/v1/audit/",
		"clients_shared": "clients_shared_v3 has the same accounts",
	}
	for _, d := range report.Catalogue() {
		require.Equal(t, d.Broker == "", without[d.ID] != "", "%s has either a report for the broker or a reason", d.ID)
	}
}

// TestCatalogue_Declarations checks that no definition contradicts itself.
func TestCatalogue_Declarations(t *testing.T) {
	t.Parallel()
	paths, ids := map[string]bool{}, map[string]bool{}
	for _, d := range report.Catalogue() {
		require.False(t, paths[d.Path] || ids[d.ID], "%s is declared twice", d.ID)
		paths[d.Path], ids[d.ID] = true, true
		require.True(t, strings.HasPrefix(d.Path, "/api/") && strings.HasSuffix(d.Path, "/"), d.Path)
		require.NotEmpty(t, d.Source.Key, d.ID)
		names := map[string]report.Column{}
		for _, c := range d.Columns {
			require.NotContains(t, names, c.Name, d.ID)
			names[c.Name] = c
			sources := 0
			for _, given := range []bool{c.SQL != "", c.Partner != nil, c.Derive != nil, c.Day != nil} {
				if given {
					sources++
				}
			}
			require.Equal(t, 1, sources, "%s.%s comes from exactly one place", d.ID, c.Name)
		}
		for _, o := range d.Order {
			require.True(t, names[o.Field].Order, "%s orders by %s", d.ID, o.Field)
		}
		for _, name := range append(d.Groups, d.AllValues) {
			require.True(t, name == "" || names[name].Name != "", "%s.%s", d.ID, name)
		}
		for _, r := range d.Rollups {
			for _, name := range r.Filters {
				require.True(t, names[name].Filter, "%s.%s", d.ID, name)
			}
		}
		for segment := range strings.SplitSeq(d.Path, "/") {
			if name, variable := strings.CutPrefix(segment, "{"); variable {
				require.Contains(t, names, strings.TrimSuffix(name, "}"), d.Path)
			}
		}
	}
}
