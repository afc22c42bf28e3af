package migrations

// Placement says where a sharded PostgreSQL stores the rows of a table.
type Placement string

// These are the placements.
const (
	// Distributed rows are stored with their partner. partner_id is NOT NULL
	// and the first column of every key, so that a transaction needs only one
	// shard.
	Distributed Placement = "distributed"
	// Reference rows are copied to every shard, so that they can be read when
	// the partner is not known. The table must be small.
	Reference Placement = "reference"
	// Routed rows contain their partner's id, and are found by a key of their
	// own. The key is the id of a fact, a client or an account.
	Routed Placement = "routed"
	// Local tables stay on one server.
	Local Placement = "local"
)

// Placements has the placement of every table. A test compares it with the
// schema.
var Placements = map[string]Placement{
	"partners":           Distributed,
	"partner_accounts":   Distributed,
	"partner_changes":    Distributed,
	"partner_levels":     Distributed,
	"level_reviews":      Distributed,
	"progress_rows":      Distributed,
	"cpa_clients":        Distributed,
	"cpa_months":         Distributed,
	"cpa_campaigns":      Distributed,
	"partner_links":      Distributed,
	"partner_totals":     Distributed,
	"credentials":        Distributed,
	"sessions":           Distributed,
	"clients":            Distributed,
	"accounts":           Distributed,
	"account_types":      Distributed,
	"account_servers":    Distributed,
	"attributions":       Distributed,
	"deposits":           Distributed,
	"reward_rows":        Distributed,
	"reward_terms":       Distributed,
	"reward_revisions":   Distributed,
	"order_changes":      Distributed,
	"overrides":          Distributed,
	"sub_partner_totals": Distributed,
	"self_referrals":     Distributed,
	"account_days":       Distributed,
	"partner_days":       Distributed,
	"client_months":      Distributed,
	"postings":           Distributed,
	"entries":            Distributed,
	"balances":           Distributed,

	"partner_security":     Distributed,
	"partner_profiles":     Distributed,
	"totp_secrets":         Distributed,
	"recovery_codes":       Distributed,
	"verifications":        Distributed,
	"audit_log":            Distributed,
	"idempotency_keys":     Distributed,
	"transfers":            Distributed,
	"withdrawals":          Distributed,
	"adjustments":          Distributed,
	"payouts":              Distributed,
	"rebate_groups":        Distributed,
	"rebate_group_terms":   Distributed,
	"rebate_accounts":      Distributed,
	"rebate_account_terms": Distributed,
	"rebates":              Distributed,
	"rebate_rows":          Distributed,
	"rebate_adjustments":   Distributed,
	"rebate_approvals":     Distributed,
	"agent_links":          Distributed,
	"agent_agreements":     Distributed,
	"agent_shares":         Distributed,

	"campaigns":             Distributed,
	"campaign_links":        Distributed,
	"campaign_costs":        Distributed,
	"traffic_sources":       Distributed,
	"saved_views":           Distributed,
	"sub_publishers":        Distributed,
	"client_sources":        Distributed,
	"notifications":         Distributed,
	"notification_settings": Distributed,
	"notification_cursors":  Distributed,
	"notification_mails":    Distributed,
	"report_exports":        Distributed,
	"contact_requests":      Distributed,
	"level_retries":         Distributed,
	"cpa_retries":           Distributed,

	"clicks":         Distributed,
	"click_hours":    Distributed,
	"click_visitors": Distributed,

	"event_counters":    Distributed,
	"events":            Distributed,
	"endpoints":         Distributed,
	"endpoint_secrets":  Distributed,
	"deliveries":        Distributed,
	"delivery_attempts": Distributed,

	"link_codes":     Reference,
	"sign_in_emails": Reference,
	"api_keys":       Reference,
	"signing_keys":   Reference,
	"write_probes":   Reference,
	"instruments":    Reference,
	"server_names":   Reference,
	"rates":          Reference,
	"plans":          Reference,
	"settings":       Reference,
	"agent_routes":   Reference, // key: e-mail address of an agent
	"campaign_codes": Reference,
	"link_domains":   Reference,
	"landing_pages":  Reference,

	"promo_materials": Reference,
	"promo_files":     Reference,

	"password_resets": Reference, // key: hash of the token

	"client_events":  Routed, // key: client_uid
	"account_routes": Routed, // key: client_account
	"account_stays":  Routed, // key: client_account
	"facts":          Routed, // key: fact_id

	"facts_dismissed":   Local,
	"facts_waiting":     Local,
	"server_days":       Local,
	"level_review_days": Local,
	"cpa_runs":          Local,
	"login_failures":    Local,
	"registrations":     Local,
	"mails":             Local,
	"mail_asks":         Local,
	"click_salts":       Local,
	"click_keys":        Local,
	"processes":         Local,

	"staff":                Local,
	"staff_recovery_codes": Local,
	"staff_sessions":       Local,
}

// ClickTables lists the tables that SQLite stores in a separate file.
var ClickTables = []string{"click_hours", "click_keys", "click_salts", "click_visitors", "clicks"}
