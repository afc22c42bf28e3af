package main

import (
	"slices"
	"strings"
	"unicode"
)

// methodNames maps the id of an operation to the name of its method. It lists
// only operations for which methodName would return a bad name. The name is ""
// if the method is written by hand.
var methodNames = map[string]string{ //nolint:gosec // ids of operations, not passwords
	"auth_login":                   "", // Partner.Login
	"broker_events":                "", // Broker.PushEvents
	"broker_facts_dismissed":       "DismissedFacts",
	"broker_facts_waiting":         "WaitingFacts",
	"broker_payout_confirm_many":   "ConfirmPayouts",
	"broker_promo_list":            "PromoMaterials",
	"broker_promo_replace":         "ReplacePromoMaterial",
	"broker_client_evidence":       "ClientEvidence",
	"broker_cpa_list":              "CPAClients",
	"broker_promo_retire":          "RetirePromoMaterial",
	"broker_promo_upload":          "UploadPromoMaterial",
	"contact_request":              "RequestContacts",
	"export_read":                  "Export",
	"notification_read":            "MarkNotificationsRead",
	"order_explain":                "ExplainOrder",
	"notification_settings_update": "UpdateNotificationSettings",
	"password_reset_confirm":       "ConfirmPasswordReset",
	"postback_rotate_secret":       "RotatePostbackSecret",
	"rebate_approve":               "ApproveRebates",
	"rebate_approve_start":         "StartRebateApproval",
	"rebate_reject":                "RejectRebates",
	"rebate_retry":                 "RetryRebates",
	"report_catalogue":             "ReportCatalogue",
	"registration_create":          "Register",
	"security_password":            "ChangePassword",
	"staff_enrol":                  "Enrol",
	"staff_me":                     "Me",
	"staff_password":               "ChangeStaffPassword",
	"staff_sign_in":                "SignIn",
	"staff_sign_out":               "SignOut",
	"session_delete_others":        "DeleteOtherSessions",
	"wallet_withdrawal_methods":    "WithdrawalMethods",
	"webhook_rotate_secret":        "RotateWebhookSecret",
}

// leadingVerbs lists the words that move from the end of an operation's id to
// the beginning of the method's name.
var leadingVerbs = map[string]bool{
	"apply": true, "approve": true, "assign": true, "block": true, "check": true, "complete": true, "confirm": true,
	"create": true, "delete": true, "describe": true, "disable": true, "dismiss": true, "embed": true, "fail": true, "move": true, "probe": true,
	"reject": true,
	"remove": true, "rename": true, "renew": true, "replay": true, "reset": true, "restore": true, "resume": true,
	"revoke": true, "set": true, "start": true, "suspend": true, "test": true, "try": true, "unblock": true, "update": true,
	"verify": true,
}

// usedRows records which rows of the name tables were used, for unusedRows.
var usedRows = map[string]bool{}

func lookUp(table map[string]string, key string) (name string, given bool) {
	usedRows[key] = true
	name, given = table[key]
	return name, given
}

// unusedRows returns the rows of the name tables that match nothing in the
// document. They must be changed or removed, because the document has changed.
func unusedRows() []string {
	var rows []string
	for _, table := range []map[string]string{methodNames, typeNames, enums} {
		for key := range table {
			if !usedRows[key] {
				rows = append(rows, key)
			}
		}
	}
	slices.Sort(rows)
	return rows
}

// methodName converts an operation's id to the name of a method. It moves the
// verb to the front and makes "list" a plural. It removes the name of the
// client, and also "referral" before "agent".
func methodName(id string) string {
	if name, given := lookUp(methodNames, id); given {
		return name
	}
	words := strings.Split(strings.TrimPrefix(id, "referral_"), "_")
	if len(words) > 1 && (words[0] == "broker" || words[0] == "report" || words[0] == "partner") {
		words = words[1:]
	}
	end := ""
	if last := words[len(words)-1]; last == "kyc" {
		words, end = words[:len(words)-1], last
	}
	last := len(words) - 1
	switch {
	case last == 0:
	case words[last] == "list":
		words = append(words[:last-1], plural(words[last-1]))
	case words[last] == "get":
		words = words[:last]
	case leadingVerbs[words[last]]:
		words = append([]string{words[last]}, words[:last]...)
	}
	return camel(strings.Join(append(words, end), "_"))
}

func plural(word string) string {
	if stem, ok := strings.CutSuffix(word, "y"); ok && !strings.ContainsAny(stem[len(stem)-1:], "aeiou") {
		return stem + "ies"
	}
	return word + "s"
}

// typeNames maps schemas to the names of their Go types. It has only schemas
// whose own names would be unclear outside the server.
var typeNames = map[string]string{
	"AgreementOut": "AgentAgreement", "BrokerContactOut": "BrokerContactRequest", "BrokerSourceOut": "BrokerTrafficSource",
	"CompleteOut": "VerificationToken", "ContactOut": "ContactRequest", "CostOut": "CampaignCost", "CostTotals": "CampaignCostTotals",
	"CountsOut": "ClientCounts", "CpaOut": "CPAClient",
	"CpaClientsRow": "CPAClientsRow", "CpaClientsTotals": "CPAClientsTotals",
	"DomainOut": "LinkDomain", "EndpointOut": "Webhook", "Envelope": "Event", "FieldError": "Detail",
	"KycStartOut": "KYCVerification", "LandingOut": "LandingPage", "LevelOut": "NextLevel", "LibraryOut": "LibraryMaterial",
	"LinkAddressOut": "DefaultLink", "MethodOut": "WithdrawalMethod", "NoteOut": "ClientNote", "NotifySettingOut": "NotificationSetting",
	"NotifySettingsOut": "NotificationSettings", "OpenedOut": "OpenedArea", "OperationOut": "Verification", "PeriodsOut": "Periods",
	"PlanOut": "DatedPlan", "ProgressOut": "LevelProgress", "PublisherOut": "SubPublisher", "PublisherStatus": "SubPublisherState",
	"PublisherSummary": "SubPublisherSummary", "PublisherTotals": "SubPublisherTotals", "RecoveryOut": "RecoveryCodes", "RewardsBydayRow": "RewardsByDayRow",
	"ReplayOut": "Replayed", "ResetDoneOut": "ChangedPassword", "ReportCatalogueRow": "ReportEntry",
	"ReportEntryColumns": "ReportColumn", "ReportEntryTotals": "ReportTotal",
	"ResetOut": "PasswordReset", "SecretOut": "RotatedSecret",
	"SourceOut": "TrafficSource", "Sum": "OutcomeSum", "TotpOut": "TOTP", "WaitingOut": "WaitingFor",
	// These keys are the names that nested objects would have without this
	// table.
	"ApplyPlanInCPA": "PlanCPA", "ApplyPlanInFormulas": "PlanFormula", "ApplyPlanInLevels": "PlanLevel",
	"RebateClientsRowRebateSize": "RebateSize", "SetCampaignCostInCosts": "DayCost",
	"UpdateNotificationSettingsInClientRegistered": "NotificationChange", "ProbeTemplateInData": "ProbeTemplateURL",
	"ApplyPlanAnswer": "AppliedPlan",
}

const (
	bookedOutcomes = "paid/reversed/min_order_life/capped/no_spread/symbol_not_in_plan/no_reward_type/below_place"
	allOutcomes    = "paid/reversed/no_partner/min_order_life/capped/no_spread/symbol_not_in_plan/no_reward_type/below_place/" +
		"dismissed/waiting:account/waiting:instrument/waiting:rate/waiting:ready/waiting:refused"
)

// enums maps the values of each enumeration to the name of its Go type. Two
// enumerations with the same name share a type.
var enums = map[string]string{
	"ACTIVE/INACTIVE/CHANGING/LEFT": "ClientStatus",
	"APPROVE_REBATES/SET_AGENT_COMMISSION/WITHDRAW/CHANGE_SECURITY/CREATE_API_KEY/CREATE_WEBHOOK": "OperationType",
	"AUTO/MANUAL":                      "RebateGroupType",
	"booked/waiting/dismissed":         "OrderState",
	bookedOutcomes:                     "Outcome",
	allOutcomes:                        "AnyOutcome",
	"admin/finance/support":            "StaffRole",
	"bonus/correction/clawback":        "AdjustmentKind",
	"pending/approved/rejected":        "AdjustmentStatus",
	"invited/active/disabled":          "StaffStatus",
	"DAILY/WEEKLY/MONTHLY":             "RebatePeriod",
	"GET/POST":                         "PostbackMethod",
	"PENDING/GRANTED/DECLINED/EXPIRED": "ContactStatus",
	"account/client/code/fact/instrument/order/payout/rate/ready/refused": "Cause",
	"active/blocked":                        "SubPublisherStatus",
	"active/paused":                         "EndpointStatus",
	"active/paused/disabled":                "EndpointStatus",
	"active/suspended":                      "PartnerStatus",
	"all/android/ios":                       "LinkOS",
	"banner/landing/logo/text/video/widget": "MaterialKind",
	"buy/sell":                              "Side",
	"campaign_code/link/tag/sub_id/country/platform/day/hour/month":                                               "PerformanceGroup",
	"client_registered/client_verified/first_deposit/client_qualified/contact_answered/payout_paid/payout_failed": "NotificationEvent",
	"client_uid/client_account/client_account_type/country/link_code/partner_account/reward_date/month":           "RewardsGroup",
	"partner/client_uid/client_account/client_account_type/country/link_code/partner_account/reward_date/month":   "AllRewardsGroup",
	"confirmed/already_confirmed/conflict/not_found":                                                              "PayoutOutcome",
	"draft/pending/verified/rejected":                                                                             "TrafficSourceStatus",
	"email/client_uid/client_account":                                                                             "AllocationType",
	"email/totp":                                                                                                  "Channel",
	"failing/gone":                                                                                                "DisabledReason",
	"formula_classic_v2/formula_classic/formula_institutional_avg/formula_forex/formula_cfd/formula_ecn":          "Formula",
	"https/http":                     "Scheme",
	"ib/affiliate":                   "Programme",
	"landing/text/widget":            "MaterialKind",
	"last/first":                     "CountedClick",
	"mt4/mt5":                        "TradingPlatform",
	"pending/delivered/failed":       "DeliveryStatus",
	"pending/paid/failed":            "PayoutStatus",
	"cap_per_month/cap_per_campaign": "CPACap",
	"manual/automatic":               "CPAApproval",
	"approved/pending/rejected":      "CPAStatus",
	"png/svg":                        "QRFormat",
	"read/write/reports/rebates/campaigns/wallet/clients/promo/agents": "Scope",
	"rebate/withdrawal":                                       "PayoutKind",
	"refused/unreachable/status/expired":                      "DeliveryProblem",
	"registration/deposit/first_deposit/qualification/reward": "PostbackEvent",
	"reward_history/client_report":                            "SharedReport",
	"standard/secure":                                         "SecurityType",
	"web/mobile":                                              "LinkPlatform",
	"webhook/postback/agent_link/authenticator":               "SetUpKind",
	"website/social/email/messenger/mobile_app/other":         "TrafficSourceType",
}

func typeName(name string) string {
	if better, given := lookUp(typeNames, name); given {
		return better
	}
	return camel(strings.TrimSuffix(name, "Out"))
}

// initialisms maps words to their spelling in Go.
var initialisms = map[string]string{
	"api": "API", "bbcode": "BBCode", "byday": "ByDay", "cfd": "CFD", "cpa": "CPA", "dt": "DT", "ecn": "ECN", "ftd": "FTD", "ftt": "FTT",
	"html": "HTML", "http": "HTTP", "https": "HTTPS", "ib": "IB", "id": "ID", "ids": "IDs", "ios": "IOS", "kyc": "KYC", "ms": "MS",
	"os": "OS", "png": "PNG", "qr": "QR", "roi": "ROI", "svg": "SVG", "totp": "TOTP", "uid": "UID", "uids": "UIDs", "uri": "URI", "url": "URL", "usd": "USD",
}

// camel joins the words in text to form a Go name. Characters other than
// letters and digits separate words. Capitals inside a word stay.
func camel(text string) string {
	var name strings.Builder
	for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		if known, found := initialisms[strings.ToLower(word)]; found {
			name.WriteString(known)
			continue
		}
		if strings.ToUpper(word) == word {
			word = strings.ToLower(word)
		}
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String()
}

func argument(name string) string {
	words := strings.SplitN(name, "_", 2)
	switch {
	case name == "url":
		return "address" // so that the name does not shadow a package
	case len(words) == 1:
		return name
	}
	return words[0] + camel(words[1])
}
