package report

import "github.com/tributary-server/tributary/internal/page"

// auditLog lists the entries of the audit log by id. Ids increase with time, so
// a page can be read from the primary key without a sort.
var auditLog = Definition{
	ID: "audit_log", Path: "/api/v1/audit-log/", Title: "Audit log entries", Tag: "API keys and sessions",
	Description: "Lists who did what, and from which address. The log contains log-ins, changes of security settings, keys and sessions, and everything that moves money.",
	Source:      Source{Table: "audit_log", Key: []string{"entry_id"}},
	UTC:         true,
	Order:       []page.Order{{Field: "id", Descending: true}},
	Columns: []Column{
		{Name: "id", Format: UUID, SQL: "t.entry_id", Order: true},
		{Name: "at", Format: DateTime, SQL: "t.at"},
		{Name: "action", Format: Text, SQL: "t.action", Filter: true, About: "What was done, such as api_key.created."},
		{Name: "subject", Format: Text, SQL: "t.subject", Filter: true, About: "Id or code of the object that was changed. May be empty."},
		{
			// A partner need not know whether a program or a person of the broker acted, nor
			// from where.
			Name: "actor", Format: Text, SQL: "CASE WHEN t.actor = 'staff' THEN 'broker' ELSE t.actor END", Filter: true,
			About: "Who did it. partner: a signed-in partner. key: a program with an API key. broker: the broker. system: the programme itself. nobody: a caller without credentials, such as in a failed log-in.",
		},
		{Name: "credential", Format: Text, SQL: ofPartner("credential"), Filter: true, About: "Id of the session or key that was used. Empty if the broker acted."},
		{Name: "address", Format: Text, SQL: ofPartner("address"), Filter: true, About: "IP address that the request came from. Empty if the broker acted."},
		{Name: "user_agent", Format: Text, SQL: ofPartner("user_agent"), About: "The header User-Agent of the request. Empty if the broker acted."},
		{Name: "details", Format: Object, SQL: "t.details"},
		{Name: "date", Format: Date, SQL: "t.at / 86400000000", Filter: true, Hidden: true, About: "Day of the field at, in UTC."},
	},
}

// ofPartner returns a column of the audit log. The column is empty in entries about the
// broker's actions.
func ofPartner(column string) string {
	return "CASE WHEN t.actor IN ('staff', 'broker') THEN '' ELSE t." + column + " END"
}
