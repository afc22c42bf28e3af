package accrual_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/verify"
)

const partnerGamma = "cccccccc-0000-4000-8000-000000000003"

// under returns a fact that gives a partner another parent.
func under(p *programmetest.Programme, code, change, at string) string {
	return p.Fact(feed.PartnerChanged, at, fmt.Sprintf(`"partner_code":%q,%s,"reason":"test"`, code, change))
}

// overridesFrom returns what a partner earned from sub-partners, in millionths of a USD.
func overridesFrom(t *testing.T, p *programmetest.Programme, partnerID string) int64 {
	t.Helper()
	return dbtest.Scalar(t, p.DB, `SELECT CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM overrides WHERE partner_id = $1`, programmetest.UUID(partnerID))
}

// TestChangesOfParents begins with Beta as a sub-partner of Alpha, and Gamma beside
// them. An order of account 1002, which is Beta's, earns 2 USD. The partner above gets
// 10 % of it, and the next one 5 %.
func TestChangesOfParents(t *testing.T) {
	t.Parallel()
	const march, april, may = "2026-03-01T10:00:00Z", "2026-04-01T00:00:00Z", "2026-05-01T10:00:00Z"
	corrections := func(t *testing.T, p *programmetest.Programme, partnerID id.UUID) int64 {
		t.Helper()
		return dbtest.Scalar(t, p.DB, `SELECT count(*) FROM postings WHERE partner_id = $1 AND kind = 'correction'`, partnerID)
	}
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(t *testing.T, p *programmetest.Programme, orders []string){
			"later orders belong to the new parent": func(t *testing.T, p *programmetest.Programme, orders []string) {
				p.MustFeed(t, under(p, "beta", `"parent_code":"gamma"`, april))
				p.MustFeed(t, orders...)
				require.EqualValues(t, 200_000, overridesFrom(t, p, programmetest.PartnerA))
				require.EqualValues(t, 200_000, overridesFrom(t, p, partnerGamma))
				require.Zero(t, corrections(t, p, programmetest.Alpha))
			},
			"an earlier date is a correction of the overrides alone": func(t *testing.T, p *programmetest.Programme, orders []string) {
				p.MustFeed(t, orders...)
				rewards := programmetest.Dump(t.Context(), t, p.DB)
				p.MustFeed(t, under(p, "beta", `"parent_code":"gamma"`, april))
				require.EqualValues(t, 200_000, overridesFrom(t, p, programmetest.PartnerA))
				require.EqualValues(t, 200_000, overridesFrom(t, p, partnerGamma))
				require.EqualValues(t, 1, corrections(t, p, programmetest.Alpha))
				require.Zero(t, corrections(t, p, programmetest.Beta), "nothing changes for the partner who was moved")
				for _, row := range rewards {
					if len(row) > 7 && row[:7] == "reward:" {
						require.Contains(t, programmetest.Dump(t.Context(), t, p.DB), row)
					}
				}
			},
			"a partner can lose its parent": func(t *testing.T, p *programmetest.Programme, orders []string) {
				p.MustFeed(t, orders...)
				p.MustFeed(t, under(p, "beta", `"no_parent":true`, april))
				require.EqualValues(t, 200_000, overridesFrom(t, p, programmetest.PartnerA))
			},
			"the partners below move along": func(t *testing.T, p *programmetest.Programme, orders []string) {
				p.MustFeed(t, orders...)
				p.MustFeed(t, under(p, "alpha", `"parent_code":"gamma"`, april))
				require.EqualValues(t, 400_000, overridesFrom(t, p, programmetest.PartnerA))
				require.EqualValues(t, 100_000, overridesFrom(t, p, partnerGamma), "5 % of the order in May")
			},
			"a reversed order moves with its reversal": func(t *testing.T, p *programmetest.Programme, orders []string) {
				p.MustFeed(t, append(orders, p.Fact(feed.OrderReversed, "2026-05-02T00:00:00Z", `"server":"Real","ticket":2,"reason":"test"`))...)
				p.MustFeed(t, under(p, "beta", `"parent_code":"gamma"`, april))
				require.Zero(t, overridesFrom(t, p, partnerGamma))
				require.EqualValues(t, 2, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM overrides WHERE partner_id = $1`, programmetest.UUID(partnerGamma)))
				require.EqualValues(t, 200_000, overridesFrom(t, p, programmetest.PartnerA))
			},
			"a partner is never below itself": func(t *testing.T, p *programmetest.Programme, orders []string) {
				p.MustFeed(t, orders...)
				p.MustFeed(t, under(p, "alpha", `"parent_code":"beta"`, april))
				require.EqualValues(t, 400_000, overridesFrom(t, p, programmetest.PartnerA), "the change is void")
				p.MustFeed(t, under(p, "beta", `"no_parent":true`, "2026-03-15T00:00:00Z"))
				require.EqualValues(t, 200_000, overridesFrom(t, p, programmetest.PartnerA), "now it is not")
				require.Equal(t, 1, int(dbtest.Scalar(t, p.DB, `SELECT count(*) FROM partners WHERE partner_id = $1 AND parent_id = $2`, programmetest.Alpha, programmetest.Beta)))
				require.Contains(t, p.Feed(t, under(p, "beta", `"parent_code":"BETA"`, april)).Rejected[0].Message, "parent_code: a partner cannot be its own parent")
			},
			"an order waits for the rate of the new parent": func(t *testing.T, p *programmetest.Programme, orders []string) {
				p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-04T00:00:00Z",
					`"partner_uid":"dddddddd-0000-4000-8000-000000000004","email":"d@example.com","country":"GB","program":"ib","partner_code":"delta","currency":"GBP"`))
				p.MustFeed(t, orders...)
				require.Empty(t, p.Feed(t, under(p, "beta", `"parent_code":"delta"`, april)).Rejected)
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerB), "the second order waits")
				p.MustFeed(t, p.Fact(feed.RateSet, "2026-04-01T09:00:00Z", `"currency":"GBP","usd":"1.25"`))
				require.Equal(t, "4", p.Rewards(t, programmetest.PartnerB))
				require.EqualValues(t, 200_000, overridesFrom(t, p, "dddddddd-0000-4000-8000-000000000004"))
			},
			"an order no longer waits for the rate of a former parent": func(t *testing.T, p *programmetest.Programme, orders []string) {
				p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-04T00:00:00Z",
					`"partner_uid":"dddddddd-0000-4000-8000-000000000004","email":"d@example.com","country":"GB","program":"ib","partner_code":"delta","currency":"GBP"`))
				p.MustFeed(t, under(p, "beta", `"parent_code":"delta"`, "2026-02-01T00:00:00Z"))
				p.Feed(t, orders...)
				require.Equal(t, "0", p.Rewards(t, programmetest.PartnerB))
				p.MustFeed(t, under(p, "beta", `"parent_code":"gamma"`, "2026-02-02T00:00:00Z"))
				require.Equal(t, "4", p.Rewards(t, programmetest.PartnerB))
			},
			"the country, and the same registration again": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, under(p, "beta", `"country":"DE","parent_code":"gamma"`, april), under(p, "beta", `"country":"FR"`, march))
				require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM partners WHERE partner_id = $1 AND country = 'DE'`, programmetest.Beta))
				again := p.Fact(feed.PartnerRegistered, "2026-01-02T00:00:00Z", `"partner_uid":"`+programmetest.PartnerB+
					`","email":"b@example.com","country":"TH","program":"ib","partner_code":"beta","currency":"EUR","parent_code":"alpha"`)
				require.EqualValues(t, 1, p.Feed(t, again).Duplicates)
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				plan := reward.Default()
				plan.OverridePercents = []money.Percent{10_0000, 5_0000}
				_, err := reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
				require.NoError(t, err)
				p.MustFeed(t, p.Setting()...)
				p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
					`"partner_uid":"`+partnerGamma+`","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"USD"`))
				p.MustFeed(t, p.OpenAccount(programmetest.Client2, "1002", "", ``))
				orders := []string{p.Order("1002", 1, "EURUSD", march, ``), p.Order("1002", 2, "EURUSD", may, ``)}
				test(t, p, slices.Clone(orders))
				programmetest.RequireSound(t, p.DB)
			})
		}
	})
}

// TestVerifyParents damages the history of a partner's parents, and expects verify to
// report it.
func TestVerifyParents(t *testing.T) {
	t.Parallel()
	const of, last = "an override goes to the partner above when the order closed", "a partner has the parent of its last change"
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for statement, check := range map[string]string{
			`UPDATE partner_changes SET from_at = from_at + 5184000000000 WHERE fact_id <> ''`: of,
			`DELETE FROM partner_changes`:                                     of,
			`UPDATE partners SET parent_id = NULL`:                            last,
			`UPDATE partner_changes SET parent_id = NULL WHERE fact_id <> ''`: last,
		} {
			t.Run(statement, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				programmetest.WithOverrides(t, p)
				p.MustFeed(t, p.Setting()...)
				p.MustFeed(t, under(p, "beta", `"no_parent":true`, "2026-02-05T00:00:00Z"), under(p, "beta", `"parent_code":"alpha"`, "2026-04-01T00:00:00Z"))
				p.MustFeed(t, p.Order("2001", 1, "EURUSD", "2026-05-01T10:00:00Z", ``))
				if check == of {
					p.MustFeed(t, under(p, "beta", `"no_parent":true`, "2026-05-02T00:00:00Z"))
				}
				p.Write(t, statement)
				var found []string
				_, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { found = append(found, f.Check) })
				require.NoError(t, err)
				require.Contains(t, found, check)
			})
		}
	})
}
