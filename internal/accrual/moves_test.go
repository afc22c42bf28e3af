package accrual_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verify"
)

// move feeds a client.moved fact for Client1.
func move(t *testing.T, p *programmetest.Programme, code, at string) {
	t.Helper()
	p.MustFeed(t, p.Fact(feed.ClientMoved, at, fmt.Sprintf(`"client_uid":%q,"partner_code":%q,"reason":"test"`, programmetest.Client1, code)))
}

// TestTheWorkedExampleOfMoves runs the example in docs/moves.md.
func TestTheWorkedExampleOfMoves(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "moves.md"))
	require.NoError(t, err)
	steps := regexp.MustCompile(`(?m)^\| \d \| (order|move to) (\w+) \| ([\d-]+) \| (\d+) \| (\d+) \|$`).FindAllStringSubmatch(string(text), -1)
	require.Len(t, steps, 7)
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		for _, step := range steps {
			if step[1] == "order" {
				ticket, err := strconv.Atoi(step[2])
				require.NoError(t, err)
				p.MustFeed(t, p.Order("1001", ticket, "EURUSD", step[3]+"T00:00:00Z", ``))
			} else {
				move(t, p, step[2], step[3]+"T00:00:00Z")
			}
			require.Equal(t, []string{p.Rewards(t, programmetest.PartnerA), p.Rewards(t, programmetest.PartnerB)}, step[4:6], step[0])
			programmetest.RequireSound(t, p.DB)
		}
		require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM postings WHERE partner_id = $1 AND kind = 'correction'`, programmetest.Alpha))
	})
}

func TestMoves(t *testing.T) {
	t.Parallel()
	const march, april, may = "2026-03-01T10:00:00Z", "2026-04-01T00:00:00Z", "2026-05-01T10:00:00Z"
	number := func(t *testing.T, p *programmetest.Programme, query string, args ...any) int64 {
		t.Helper()
		return dbtest.Scalar(t, p.DB, query, args...)
	}
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *programmetest.Programme, []string){
			"history keeps every digit": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", march, `,"open_spread":7.7`), p.Order("1001", 2, "USDJPY", may, ``))
				before := programmetest.Dump(t.Context(), t, p.DB)
				move(t, p, "beta", "2026-05-02T00:00:00Z")
				after := programmetest.Dump(t.Context(), t, p.DB)
				for _, row := range before {
					if !strings.HasPrefix(row, "client: ") && !strings.HasPrefix(row, "totals: ") { // the client has left Alpha
						require.Contains(t, after, row)
					}
				}
			},
			"the new partner earns at its level, in its currency": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.SetLevel(t, programmetest.Beta, "Advanced", "2026-01-01")
				move(t, p, "beta", april)
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", march, ``), p.Order("1001", 2, "EURUSD", may, ``))
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerA))
				require.Equal(t, "2.5", p.Rewards(t, programmetest.PartnerB))
				require.Equal(t, "2.304147", p.Wallet(t, programmetest.PartnerB), "in EUR")
			},
			"the moment of the move belongs to the new partner": func(t *testing.T, p *programmetest.Programme, _ []string) {
				move(t, p, "beta", april)
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-31T23:59:59Z", ``), p.Order("1001", 2, "EURUSD", april, ``))
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerA))
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerB))
			},
			"a reversal goes to the partner of its order": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", march, ``))
				move(t, p, "beta", april)
				p.MustFeed(t, p.Fact(feed.OrderReversed, may, `"server":"Real","ticket":1,"reason":"test"`))
				require.Equal(t, "0", p.Rewards(t, programmetest.PartnerA))
				require.Equal(t, "0", p.Rewards(t, programmetest.PartnerB))
				p.MustFeed(t, p.Fact(feed.OrderReinstated, "2026-05-02T00:00:00Z", `"server":"Real","ticket":1,"reason":"test"`))
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerA))
			},
			"a reversed order moves with its reversal": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", may, ``), p.Order("1001", 2, "EURUSD", may, ``),
					p.Fact(feed.OrderReversed, "2026-05-03T00:00:00Z", `"server":"Real","ticket":1,"reason":"test"`))
				move(t, p, "beta", april)
				require.Equal(t, "0", p.Rewards(t, programmetest.PartnerA))
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerB))
			},
			"a change of type reaches the orders of both partners": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", march, ``), p.Order("1001", 2, "EURUSD", may, ``))
				move(t, p, "beta", april)
				p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-02-15T00:00:00Z", `"client_account":"1001","account_type":"Raw Spread"`))
				require.Equal(t, "3.5", p.Rewards(t, programmetest.PartnerA))
				require.Equal(t, "3.5", p.Rewards(t, programmetest.PartnerB))
			},
			"a correction of an instrument reaches both partners": func(t *testing.T, p *programmetest.Programme, setting []string) {
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", march, ``), p.Order("1001", 2, "EURUSD", may, ``))
				move(t, p, "beta", april)
				p.MustFeed(t, correctionOf(t, p, setting[2], `"avg_spread":10`, `"avg_spread":20`))
				require.Equal(t, "4", p.Rewards(t, programmetest.PartnerA))
				require.Equal(t, p.Rewards(t, programmetest.PartnerA), p.Rewards(t, programmetest.PartnerB))
			},
			"deposits have a date, and the equity goes to the present partner": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, p.Fact(feed.AccountEquity, march, `"client_account":"1001","balance_usd":70,"equity_usd":50`),
					p.Fact(feed.DepositReceived, march, `"client_account":"1001","amount_usd":100`), p.Fact(feed.DepositReceived, may, `"client_account":"1001","amount_usd":30`))
				move(t, p, "beta", april)
				const sums = `SELECT deposits_usd_e6 + equity_usd_e6 FROM clients WHERE partner_id = $1 AND client_uid = $2`
				require.EqualValues(t, 100_000_000, number(t, p, sums, programmetest.Alpha, programmetest.UUID(programmetest.Client1)))
				require.EqualValues(t, 80_000_000, number(t, p, sums, programmetest.Beta, programmetest.UUID(programmetest.Client1)))
			},
			"accounts with a typed code are moved, later ones are not": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
					`"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"USD"`))
				open := func(account, at string) string {
					return p.Fact(feed.AccountOpened, at, fmt.Sprintf(
						`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"gamma"`, account, programmetest.Client1))
				}
				move(t, p, "beta", april)
				p.MustFeed(t, open("1002", march), open("1003", "2026-04-02T00:00:00Z"))
				p.MustFeed(t, p.Order("1002", 1, "EURUSD", march, ``), p.Order("1002", 2, "EURUSD", may, ``), p.Order("1003", 3, "EURUSD", may, ``))
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerB))
				require.Equal(t, "4", p.Rewards(t, "cccccccc-0000-4000-8000-000000000003"))
			},
			"of two moves at one moment, one applies": func(t *testing.T, p *programmetest.Programme, _ []string) {
				move(t, p, "beta", april)
				move(t, p, "alpha", april)
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", may, ``))
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerA))
				require.Zero(t, number(t, p, `SELECT count(*) FROM account_stays`))
			},
			"partners are told": func(t *testing.T, p *programmetest.Programme, _ []string) {
				move(t, p, "beta", april)
				require.Equal(t, []string{"account.opened alpha", "account.moved alpha"}, accountEvents(t, p, programmetest.Alpha, "1001"))
				require.Equal(t, []string{"account.opened beta"}, accountEvents(t, p, programmetest.Beta, "1001"))
				p.MustFeed(t, p.OpenAccount(programmetest.Client1, "1002", "", ``))
				require.Equal(t, []string{"account.opened alpha", "account.moved alpha"}, accountEvents(t, p, programmetest.Alpha, "1002"), "opened before the move, in a late fact")
				require.Equal(t, []string{"account.opened beta"}, accountEvents(t, p, programmetest.Beta, "1002"))
			},
			"a change of partner in the past tells the former partner its own code": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, p.Fact(feed.ClientPartnerChanged, "2026-02-01T12:00:00Z", fmt.Sprintf(`"client_uid":%q,"partner_code":"beta"`, programmetest.Client1)))
				require.Equal(t, []string{"account.opened alpha", "account.moved alpha"}, accountEvents(t, p, programmetest.Alpha, "1001"))
				require.Equal(t, []string{"account.opened beta"}, accountEvents(t, p, programmetest.Beta, "1001"))
			},
			"a client who has left the broker stays LEFT": func(t *testing.T, p *programmetest.Programme, _ []string) {
				relation := func(partnerID any) string {
					is, _, err := db.One[string](t.Context(), p.DB, `SELECT relation FROM clients WHERE partner_id = $1 AND client_uid = $2`,
						partnerID, programmetest.UUID(programmetest.Client1))
					require.NoError(t, err)
					return is
				}
				p.MustFeed(t, p.Fact(feed.ClientLeft, march, fmt.Sprintf(`"client_uid":%q`, programmetest.Client1)))
				move(t, p, "alpha", "2026-03-02T00:00:00Z")
				require.Equal(t, "LEFT", relation(programmetest.Alpha), "a move to the same partner")
				move(t, p, "beta", april)
				require.Equal(t, "LEFT", relation(programmetest.Beta))
				p.MustFeed(t, p.Fact(feed.ClientReturned, may, fmt.Sprintf(`"client_uid":%q`, programmetest.Client1)))
				require.Equal(t, "CURRENT", relation(programmetest.Beta))
				require.Equal(t, "LEFT", relation(programmetest.Alpha))
			},
			"a move reads no orders from before it": func(t *testing.T, p *programmetest.Programme, _ []string) {
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", march, ``), p.Order("1001", 2, "USDJPY", may, ``))
				hide := func(column string) {
					p.Write(t, `UPDATE reward_rows SET `+column+` = -`+column+` WHERE partner_id = $1 AND ticket = 1`, programmetest.Alpha)
				}
				hide("terms") // without its terms, the first order cannot be read
				move(t, p, "beta", april)
				hide("terms")
				require.Equal(t, "2", p.Rewards(t, programmetest.PartnerA))
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				setting := p.Setting()
				p.MustFeed(t, setting...)
				test(t, p, setting)
				programmetest.RequireSound(t, p.DB)
			})
		}
	})
}

// accountEvents returns the types and link codes of a partner's events about an
// account, in their order.
func accountEvents(t *testing.T, p *programmetest.Programme, partnerID id.UUID, account string) []string {
	t.Helper()
	type row struct {
		Type string          `db:"type"`
		Data json.RawMessage `db:"data"`
	}
	rows, err := db.All[row](t.Context(), p.DB, `SELECT type, data FROM events WHERE partner_id = $1 AND type IN ('account.opened', 'account.moved') ORDER BY event_seq`, partnerID)
	require.NoError(t, err)
	var out []string
	for _, r := range rows {
		var data event.Account
		require.NoError(t, json.Unmarshal(r.Data, &data))
		if data.ClientAccount == account {
			out = append(out, r.Type+" "+data.LinkCode)
		}
	}
	return out
}

// TestVerifyMoves damages the stays of an account in several ways, and expects verify
// to report each.
func TestVerifyMoves(t *testing.T) {
	t.Parallel()
	const of, with = "an order belongs to the partner who had its account when it closed", "an account is with the partners of its stays, and now with the last of them"
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for statement, check := range map[string]string{
			`UPDATE account_stays SET from_at = from_at + 5184000000000 WHERE from_at > 0`: of,
			`DELETE FROM account_stays WHERE from_at > 0`:                                  with,
			`DELETE FROM account_stays`:                                                    with,
			`UPDATE accounts SET moves = 0`:                                                with,
		} {
			t.Run(statement, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				p.MustFeed(t, p.Setting()...)
				move(t, p, "beta", "2026-04-01T00:00:00Z")
				p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-05-01T10:00:00Z", ``))
				require.NoError(t, p.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
					changed, err := q.Exec(ctx, statement)
					require.NotZero(t, changed)
					return err
				}))
				var found []string
				_, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { found = append(found, f.Check) })
				require.NoError(t, err)
				require.True(t, slices.Contains(found, check), found)
			})
		}
	})
}
