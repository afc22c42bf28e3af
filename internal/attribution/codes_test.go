package attribution_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestCodes checks which spellings of a partner's code are accepted in facts.
func TestCodes(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (db, clicks db.DB)) {
		for name, test := range map[string]func(*testing.T, *clicked){
			"every spelling":                   codesSpelled,
			"a spelling before its code":       codesAwaited,
			"alike codes":                      codesAlike,
			"alike codes of older versions":    codesAlikeOfOld,
			"clicks of a code":                 codesClicked,
			"spellings in any order":           codesInAnyOrder,
			"facts that waited for a spelling": codesUpgraded,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, newClicked(t, open))
			})
		}
	})
}

// spellings are texts that people type or paste when they mean the code beta.
var spellings = []string{
	"beta", "BETA", "Beta.", "beta)", "beta”", "beta,", "https://go.example.com/a/beta", "HTTPS://go.example.com/a/BETA.", "go.example.com/intl/en/a/beta",
	"/boarding/sign-up/303589/a/beta/?sub_id=x", "https://go.example.com/boarding/sign-up/a/beta&sub_id=x#top", "beta&sub_id=x",
}

func codesSpelled(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()...)
	for i, code := range spellings {
		client := fmt.Sprintf("e%07d-0000-4000-8000-000000000000", i)
		c.MustFeed(t, c.registration(client, "2026-03-01T00:00:00Z", fmt.Sprintf(`,"partner_code":%q`, code)))
		require.Equal(t, "b beta    0 0 0", c.origin(t, client), code)
		// The same fact is sent again with the code as its owner spells it.
		again := c.Feed(t, c.registration(client, "2026-03-01T00:00:00Z", `,"partner_code":"beta"`))
		require.EqualValues(t, 1, again.Duplicates, code)

		account := strconv.Itoa(9000 + i)
		opened := func(code string) string {
			return c.Fact(feed.AccountOpened, "2026-03-02T00:00:00Z", fmt.Sprintf(
				`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Pro","currency":"USD","partner_code":%q`, account, programmetest.Client1, code))
		}
		c.MustFeed(t, opened(code))
		require.EqualValues(t, 1, c.Feed(t, opened("beta")).Duplicates, code)
		require.EqualValues(t, 1, dbtest.Scalar(t, c.DB, `SELECT count(*) FROM accounts WHERE client_account = $1 AND partner_id = $2 AND link_code = 'beta' AND typed_code = 'beta'`,
			account, programmetest.UUID(programmetest.PartnerB)), code)

		c.MustFeed(t, c.Fact(feed.ClientPartnerChanging, "2026-03-03T00:00:00Z", fmt.Sprintf(`"client_uid":%q,"partner_code":%q`, programmetest.Client1, code)))
	}
	c.MustFeed(t, c.Fact(feed.ClientPartnerChanged, "2026-03-04T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"https://go.example.com/a/BETA"`))
	require.EqualValues(t, 1, dbtest.Scalar(t, c.DB, `SELECT count(*) FROM clients WHERE client_uid = $1 AND partner_id = $2 AND relation = 'CURRENT' AND link_code = 'beta'`,
		programmetest.UUID(programmetest.Client1), programmetest.UUID(programmetest.PartnerB)))
	c.MustFeed(t, c.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
		`"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"TH","program":"affiliate","partner_code":"gamma","currency":"EUR","parent_code":"BETA)"`))
	require.EqualValues(t, 1, dbtest.Scalar(t, c.DB, `SELECT count(*) FROM partners WHERE email = 'c@example.com' AND parent_id = $1`, programmetest.UUID(programmetest.PartnerB)))
	for i, code := range []string{"gamma", "c_gamma", "C_GAMMA.", "https://go.example.com/a/c_gamma"} {
		client := fmt.Sprintf("f%07d-0000-4000-8000-000000000000", i)
		c.MustFeed(t, c.registration(client, "2026-03-01T00:00:00Z", fmt.Sprintf(`,"partner_code":%q`, code)))
		require.Equal(t, "c gamma    0 0 0", c.origin(t, client), code)
	}
	for i, code := range []string{"betas", "bet", "c_beta", "be.ta", "beta-"} {
		client := fmt.Sprintf("f%07d-0000-4000-8000-000000000009", i)
		s := c.Feed(t, c.registration(client, "2026-03-01T00:00:00Z", fmt.Sprintf(`,"partner_code":%q`, code)))
		require.EqualValues(t, 1, s.Unattributed, code)
	}
	c.proven(t)
}

func codesAwaited(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()...)
	for i, code := range []string{"LATER", "later.", "https://go.example.com/a/Later"} {
		s := c.Feed(t, c.registration(fmt.Sprintf("e%07d-0000-4000-8000-000000000000", i), "2026-03-01T00:00:00Z", fmt.Sprintf(`,"partner_code":%q`, code)))
		require.EqualValues(t, 1, s.Unattributed, code)
	}
	_, released, err := partner.NewStore(c.DB).AddLink(t.Context(), programmetest.NewLink(programmetest.UUID(programmetest.PartnerB), "later"), 1000)
	require.NoError(t, err)
	require.True(t, released)
	require.NoError(t, c.Accrual.Drain(t.Context()))
	require.EqualValues(t, 3, dbtest.Scalar(t, c.DB, `SELECT count(*) FROM client_sources WHERE partner_id = $1 AND link_code = 'later'`, programmetest.UUID(programmetest.PartnerB)))
	require.Zero(t, dbtest.Scalar(t, c.DB, `SELECT count(*) FROM facts_waiting`))
}

// codesAlike checks that no operation accepts a new code that is easily
// confused with an existing code. Therefore a spelling always means the same
// partner, no matter when the fact with this spelling arrives.
func codesAlike(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()...)
	for i, code := range []string{"beta", "Beta", "BETA", "beta.", "c_beta", "C_Beta.."} {
		s := c.Feed(t, c.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z", fmt.Sprintf(
			`"partner_uid":"dddddddd-0000-4000-8000-%012d","email":"d%d@example.com","country":"TH","program":"ib","partner_code":%q,"currency":"EUR"`, i+1, i, code)))
		require.EqualValues(t, 1, s.RejectedCount, code)
		require.Equal(t, "already_in_use", s.Rejected[0].Code, code)
		require.Contains(t, s.Rejected[0].Message, "partner_code: ", code)
	}
	c.MustFeed(t, c.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
		`"partner_uid":"dddddddd-0000-4000-8000-000000000009","email":"d@example.com","country":"TH","program":"affiliate","partner_code":"My.Code","currency":"EUR"`))
	store := partner.NewStore(c.DB)
	for _, code := range []string{"beta", "my.code", "c_beta"} {
		_, _, err := store.AddLink(t.Context(), programmetest.NewLink(programmetest.UUID(programmetest.PartnerA), code), 1000)
		require.ErrorIs(t, err, partner.ErrCodeTaken, code)
	}
	// A second registration of the partner with another spelling of its code is a
	// duplicate.
	again := c.Feed(t, c.Fact(feed.PartnerRegistered, "2026-01-05T00:00:00Z",
		`"partner_uid":"dddddddd-0000-4000-8000-000000000009","email":"d@example.com","country":"TH","program":"affiliate","partner_code":"my.code","currency":"EUR"`))
	require.EqualValues(t, 1, again.Duplicates)
}

// codesAlikeOfOld checks codes that differ only in case, which earlier versions
// accepted. Each code is found by its exact spelling. A fact with any other
// spelling has to wait.
func codesAlikeOfOld(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()...)
	exec(t, c.DB, `INSERT INTO link_codes (link_code, partner_id) VALUES ('Beta', $1)`, programmetest.UUID(programmetest.PartnerA))
	for i, row := range []struct {
		code, origin string
	}{{"Beta", "a Beta    0 0 0"}, {"beta", "b beta    0 0 0"}, {"https://go.example.com/a/Beta", "a Beta    0 0 0"}} {
		client := fmt.Sprintf("e%07d-0000-4000-8000-000000000000", i)
		c.MustFeed(t, c.registration(client, "2026-03-01T00:00:00Z", fmt.Sprintf(`,"partner_code":%q`, row.code)))
		require.Equal(t, row.origin, c.origin(t, client), row.code)
	}
	for i, code := range []string{"BETA", "beta."} {
		s := c.Feed(t, c.registration(fmt.Sprintf("e%07d-0000-4000-8000-000000000009", i), "2026-03-01T00:00:00Z", fmt.Sprintf(`,"partner_code":%q`, code)))
		require.EqualValues(t, 1, s.Unattributed, code)
	}
}

// codesClicked checks a registration that spells the code differently from the
// click. The registration must still be attributed to the click.
func codesClicked(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()...)
	by := c.click(t, programmetest.PartnerB, "beta", "2026-03-01T00:00:00Z")
	c.MustFeed(t, c.registration("e0000001-0000-4000-8000-000000000000", "2026-03-02T00:00:00Z", `,"partner_code":"BETA.","click_id":"`+by+`"`))
	require.Equal(t, "b beta spring site PL 7 9 1", c.origin(t, "e0000001-0000-4000-8000-000000000000"))
}

func codesInAnyOrder(t *testing.T, c *clicked) {
	seed := uint64(time.Now().UnixNano()) //nolint:forbidigo // every run needs another seed, and the log shows it
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	lines := c.Setting()
	configuration, facts := lines[2:6], slices.Concat(lines[:2], lines[6:])
	for i := range 30 {
		client := fmt.Sprintf("d%07d-0000-4000-8000-000000000000", i)
		code := func() string { return spellings[random.IntN(len(spellings))] }
		facts = append(facts,
			c.registration(client, "2026-03-15T00:00:00Z", fmt.Sprintf(`,"partner_code":%q`, []string{code(), "ALPHA", "nobodys"}[random.IntN(3)])),
			c.Fact(feed.AccountOpened, "2026-03-16T00:00:00Z", fmt.Sprintf(
				`"client_account":"%d","client_uid":%q,"server":"Real","platform":"mt5","account_type":"Pro","currency":"USD","partner_code":%q`, 7000+i, client, code())),
			c.Order(strconv.Itoa(7000+i), i+1, "EURUSD", "2026-03-20T10:00:00Z", ``))
		if random.IntN(3) == 0 {
			facts = append(facts, c.Fact(feed.ClientPartnerChanged, "2026-03-16T00:00:00Z", fmt.Sprintf(`"client_uid":%q,"partner_code":%q`, client, code())))
		}
	}
	c.Feed(t, configuration...)
	c.Shuffled(t, random, facts)
	c.proven(t)
	shuffled := programmetest.Dump(t.Context(), t, c.DB)
	programmetest.RequireTables(t, shuffled, "client", "account")
	require.Positive(t, dbtest.Scalar(t, c.DB, `SELECT count(*) FROM rewards`))
	wipe(t, c.DB)
	c.Feed(t, configuration...)
	c.Feed(t, facts...)
	if diff := cmp.Diff(shuffled, programmetest.Dump(t.Context(), t, c.DB)); diff != "" {
		t.Fatalf("seed %d: the books differ (-shuffled +in order):\n%s", seed, diff)
	}
}

// codesUpgraded checks that the migration releases facts that an earlier
// version left waiting because of the spelling of a code. One of these facts
// has a whole link instead of the code.
func codesUpgraded(t *testing.T, c *clicked) {
	c.MustFeed(t, c.Setting()...)
	s := c.Feed(t, c.registration(programmetest.Client1[:35]+"9", "2026-03-01T00:00:00Z", `,"partner_code":"nobodys"`))
	require.EqualValues(t, 1, s.Unattributed)
	exec(t, c.DB, `UPDATE facts_waiting SET waits_for = '', body = replace(body, 'nobodys', 'https://go.example.com/a/BETA')`)
	require.NoError(t, c.Accrual.Drain(t.Context()))
	require.Equal(t, "b beta    0 0 0", c.origin(t, programmetest.Client1[:35]+"9"))
	require.Zero(t, dbtest.Scalar(t, c.DB, `SELECT count(*) FROM facts_waiting`))
}

func exec(t *testing.T, database db.DB, query string, args ...any) {
	t.Helper()
	require.NoError(t, database.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		n, err := q.Exec(ctx, query, args...)
		require.Positive(t, n)
		return err
	}))
}
