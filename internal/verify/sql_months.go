package verify

// monthsOfDays selects the account-days with the first day of their month. It
// computes the month in another way than the books, and equally on both engines:
// it counts the days of eras of 400 years, which begin on 1 March.
const monthsOfDays = `SELECT client_uid, reward_day - (march_day - (153 * ((5 * march_day + 2) / 153) + 2) / 5) AS month_day, partner_id, 1 FROM (
	SELECT client_uid, partner_id, reward_day, era_day - (365 * era_year + era_year / 4 - era_year / 100) AS march_day FROM (
	SELECT client_uid, partner_id, reward_day, era_day, (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365 AS era_year FROM (
	SELECT client_uid, partner_id, reward_day, (reward_day + 719468) % 146097 AS era_day FROM account_days) a) b) c`
