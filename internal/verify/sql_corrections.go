package verify

// correctionChecks check the facts that correct an instrument or a rate. If
// the correction of an instrument was in force when an order closed, the
// order's reward must use the corrected values.
var correctionChecks = []check{
	{2, "a reward has the values of the correction that is in force at its close", `SELECT r.client_account, r.ticket, i.symbol, i.fact_id FROM rewards r
		JOIN instruments i ON i.symbol = r.instrument AND i.from_at <= r.close_at
		WHERE r.kind = 0 AND i.corrects <> '' AND i.corrected_by = ''
			AND (r.contract_size_e4 <> i.contract_size_e4 OR r.point_size_e10 <> i.point_size_e10 OR r.avg_spread_e4 <> i.avg_spread_e4
				OR r.instrument_group <> i.instrument_group OR r.base_currency <> i.base_currency OR r.quote_currency <> i.quote_currency)
			AND NOT EXISTS (SELECT 1 FROM instruments n WHERE n.symbol = i.symbol AND n.corrected_by = '' AND n.from_at <= r.close_at
				AND (n.from_at > i.from_at OR (n.from_at = i.from_at AND n.fact_id > i.fact_id)))`},
	{2, "a corrected version names the fact that corrects it", `SELECT w.fact_id, w.corrected_by, '', '' FROM instruments w
		LEFT JOIN instruments r ON r.symbol = w.symbol AND r.fact_id = w.corrected_by AND r.corrects = w.fact_id
		WHERE w.corrected_by <> '' AND r.fact_id IS NULL
		UNION ALL SELECT w.fact_id, w.corrected_by, '', '' FROM rates w
		LEFT JOIN rates r ON r.currency = w.currency AND r.fact_id = w.corrected_by AND r.corrects = w.fact_id
		WHERE w.corrected_by <> '' AND r.fact_id IS NULL`},
}
