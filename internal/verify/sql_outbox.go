package verify

// outboxChecks check that no event is missing. A partner's events must be
// numbered without gaps. Each delivery must refer to an event and an endpoint
// that exist or existed. The checks do not read the content of events, because
// the content of old events is deleted.
var outboxChecks = []check{
	sides{
		invariant: 8, title: "a partner's events are numbered without gaps", keys: "partner_id", values: "events, first_seq, last_seq, below_one",
		left: `SELECT partner_id, last_seq - first_seq + 1, CASE WHEN last_seq < first_seq THEN 0 ELSE first_seq END,
			CASE WHEN last_seq < first_seq THEN 0 ELSE last_seq END, CASE WHEN first_seq < 1 THEN 1 ELSE 0 END FROM event_counters`,
		right: `SELECT partner_id, count(*), min(event_seq), max(event_seq), 0 FROM events GROUP BY partner_id`,
		or:    "left_rows = 0",
	}.check(),
	{8, "an endpoint was given only events that exist", `SELECT e.endpoint_id, e.given_seq, c.last_seq, '' FROM endpoints e
		LEFT JOIN event_counters c ON c.partner_id = e.partner_id WHERE e.given_seq > coalesce(c.last_seq, 0)`},
	{8, "each delivery is of an event that was given to its endpoint", `SELECT d.delivery_id, d.event_seq, e.given_seq, '' FROM deliveries d
		LEFT JOIN endpoints e ON e.partner_id = d.partner_id AND e.endpoint_id = d.endpoint_id
		WHERE e.endpoint_id IS NULL OR d.event_seq > e.given_seq`},
	{8, "an endpoint has one secret in use", `SELECT e.endpoint_id, count(s.secret_id), '', '' FROM endpoints e
		LEFT JOIN endpoint_secrets s ON s.partner_id = e.partner_id AND s.endpoint_id = e.endpoint_id AND s.expires_at IS NULL
		GROUP BY e.partner_id, e.endpoint_id HAVING count(s.secret_id) <> 1`},
}
