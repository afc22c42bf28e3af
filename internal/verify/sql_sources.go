package verify

import (
	"strconv"

	"github.com/tributary-server/tributary/internal/click"
)

// sourceChecks check that each registered client has exactly one source.
var sourceChecks = []check{
	{2, "a client's source belongs to its first partner", `SELECT e.client_uid, e.partner_id, s.partner_id, e.link_code FROM client_events e
		LEFT JOIN client_sources s ON s.client_uid = e.client_uid AND s.partner_id = e.partner_id
		WHERE e.kind = 'client.registered' AND (s.client_uid IS NULL OR s.registered_at <> e.at OR s.link_code <> e.link_code)`},
	{2, "a client has one source", `SELECT client_uid, count(*), '', '' FROM client_sources GROUP BY client_uid HAVING count(*) <> 1`},
	{2, "a source belongs to a registered client", `SELECT s.client_uid, s.partner_id, '', '' FROM client_sources s
		LEFT JOIN client_events e ON e.client_uid = s.client_uid AND e.partner_id = s.partner_id AND e.kind = 'client.registered'
		WHERE e.client_uid IS NULL`},
	{2, "a click is before its registration", `SELECT client_uid, click_id, clicked_at, registered_at FROM client_sources
		WHERE (click_id = '') <> (clicked_at IS NULL) OR clicked_at > registered_at + ` + strconv.FormatInt(click.Skew.Microseconds(), 10)},
}
