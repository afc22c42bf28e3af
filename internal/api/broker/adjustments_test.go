package broker_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/verify"
	"github.com/tributary-server/tributary/sdk"
)

// TestAdjustments specifies manual adjustments, on both engines.
func TestAdjustments(t *testing.T) {
	t.Parallel()
	apitest.EachWorld(t, func(t *testing.T, w *apitest.World) {
		ann, bob := w.Staff(t, "ann2@broker.example", caller.Finance), w.Staff(t, "bob2@broker.example", caller.Admin)
		testAdjustmentExample(t, w, ann, bob)
		testAdjustmentRefusals(t, w, ann, bob)
		testAdjustmentOnce(t, w, ann, bob)
		testAdjustmentLimit(t, w, ann)
		testAdjustmentByKey(t, w, bob)
		testAdjustmentSecrecy(t, w, ann, bob)
		testAdjustmentDamage(t, w)
	})
}

// testAdjustmentExample follows the example in docs/adjustments.md.
func testAdjustmentExample(t *testing.T, w *apitest.World, ann, bob *apitest.Member) {
	ctx, b := t.Context(), programmetest.PartnerB
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "adjustments.md"))
	require.NoError(t, err)
	var in sdk.CreateAdjustmentIn
	require.NoError(t, json.Unmarshal([]byte(regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(string(text))[1]), &in))
	require.Equal(t, b, in.PartnerUID)
	currency := currencyOf(t, w, b)
	w.MustFeed(t, w.Fact(feed.RateSet, "2026-06-30T00:00:00Z", `"currency":"`+currency+`","usd":1.25`))

	bonus := apitest.OK(ann.CreateAdjustment(ctx, in))(t)
	require.Equal(t, sdk.AdjustmentStatus("pending"), bonus.Status)
	require.Equal(t, "staff:"+ann.ID, bonus.Author)
	require.Equal(t, sdk.Decimal("20"), bonus.Amount)
	require.Equal(t, "0", w.Wallet(t, b))
	again := *ann
	w.SignIn(t, &again) // another session of the same person
	for _, author := range []*apitest.Member{ann, &again} {
		apitest.Refused(author.ApproveAdjustment(ctx, bonus.ID))(t, sdk.PermissionDenied, denied+"Another staff member must approve this adjustment.")
	}
	apitest.Refused(w.Broker(t).ApproveAdjustment(ctx, bonus.ID))(t, sdk.PermissionDenied)
	approved := apitest.OK(bob.ApproveAdjustment(ctx, bonus.ID))(t)
	require.Equal(t, sdk.AdjustmentStatus("approved"), approved.Status)
	require.Equal(t, "staff:"+bob.ID, *approved.DecidedBy)
	require.Equal(t, "20", w.Wallet(t, b))
	require.Equal(t, approved, apitest.OK(bob.ApproveAdjustment(ctx, bonus.ID))(t), "a second approval changes nothing")
	require.Equal(t, "20", w.Wallet(t, b))

	clawback := sdk.CreateAdjustmentIn{PartnerUID: b, Kind: "clawback", AmountUSD: "-12.50", Reason: "the contest ended in May", Reference: new("Real:1")}
	apitest.OK(ann.ApproveAdjustment(ctx, apitest.OK(bob.CreateAdjustment(ctx, clawback))(t).ID))(t)
	require.Equal(t, "10", w.Wallet(t, b))
	clawback.AmountUSD = "-12.51"
	apitest.Refused(bob.CreateAdjustment(ctx, clawback))(t, sdk.ValidationError, "amount_usd insufficient_funds: The wallet has only 10 "+currency+".")

	partner := w.Partner(t, "b")
	lines := apitest.All(t, partner.Transactions(ctx, sdk.TransactionsQuery{Kind: []string{"adjustment"}}))
	require.Len(t, lines, 2)
	require.Equal(t, "the contest ended in May", *lines[0].Reason)
	require.Equal(t, "prize of the June contest", *lines[1].Reason)
	require.Equal(t, bonus.ID, *lines[1].BelongsTo)
	log := apitest.All(t, partner.AuditLog(ctx, sdk.AuditLogQuery{Action: []string{"adjustment.approved"}}))
	require.Len(t, log, 2)
	require.Equal(t, "broker", log[0].Actor)
	var events int
	require.NoError(t, w.DB.QueryRow(ctx, `SELECT count(*) FROM events WHERE partner_id = $1 AND type = 'wallet.changed' AND data LIKE '%adjustment%'`, apitest.UID(b)).Scan(&events))
	require.Equal(t, 2, events)
}

func testAdjustmentRefusals(t *testing.T, w *apitest.World, ann, bob *apitest.Member) {
	ctx := t.Context()
	in := sdk.CreateAdjustmentIn{PartnerUID: programmetest.PartnerA, Kind: "bonus", AmountUSD: "1", Reason: "x"}
	for fault, change := range map[string]func(*sdk.CreateAdjustmentIn){
		"kind invalid_choice":           func(in *sdk.CreateAdjustmentIn) { in.Kind = "gift" },
		"amount_usd invalid":            func(in *sdk.CreateAdjustmentIn) { in.AmountUSD = "-1" },
		"amount_usd max_decimal_places": func(in *sdk.CreateAdjustmentIn) { in.AmountUSD = "0.001" },
		"amount_usd max_value":          func(in *sdk.CreateAdjustmentIn) { in.AmountUSD = "10000000.01" },
		"reason blank":                  func(in *sdk.CreateAdjustmentIn) { in.Reason = " " },
	} {
		wrong := in
		change(&wrong)
		apitest.Refused(ann.CreateAdjustment(ctx, wrong))(t, sdk.ValidationError, fault)
	}
	zero := in
	zero.Kind, zero.AmountUSD = "correction", "0"
	apitest.Refused(ann.CreateAdjustment(ctx, zero))(t, sdk.ValidationError, "amount_usd invalid: The amount must not be 0.")
	for _, unknown := range []string{noUID, "00000000-0000-0000-0000-000000000000"} {
		other := in
		other.PartnerUID = unknown
		apitest.Refused(ann.CreateAdjustment(ctx, other))(t, sdk.NotFound)
		apitest.Refused(bob.ApproveAdjustment(ctx, unknown))(t, sdk.NotFound)
		apitest.Refused(bob.RejectAdjustment(ctx, unknown, sdk.RejectAdjustmentIn{}))(t, sdk.NotFound)
	}

	// An amount that rounds to 0 in the partner's currency is refused, and a little more is not.
	small := in
	small.PartnerUID, small.AmountUSD = programmetest.PartnerB, "0.01"
	currency := currencyOf(t, w, small.PartnerUID)
	w.MustFeed(t, w.Fact(feed.RateSet, "2026-06-30T00:00:00Z", `"currency":"`+currency+`","usd":20000`))
	apitest.Refused(ann.CreateAdjustment(ctx, small))(t, sdk.ValidationError, "amount_usd min_value: The amount is 0 in the currency "+currency+". Enter a larger one.")
	small.AmountUSD = "0.02"
	require.Equal(t, sdk.Decimal("0.000001"), apitest.OK(ann.CreateAdjustment(ctx, small))(t).Amount)

	// A rejected adjustment cannot be approved later. The author can withdraw an
	// adjustment.
	made := apitest.OK(bob.CreateAdjustment(ctx, in))(t)
	rejected := apitest.OK(ann.RejectAdjustment(ctx, made.ID, sdk.RejectAdjustmentIn{Reason: new("not agreed")}))(t)
	require.Equal(t, "not agreed", *rejected.Refusal)
	apitest.OK(bob.RejectAdjustment(ctx, made.ID, sdk.RejectAdjustmentIn{}))(t)
	apitest.Refused(bob.ApproveAdjustment(ctx, made.ID))(t, sdk.ValidationError, "status invalid: This adjustment was already rejected.")
	own := apitest.OK(ann.CreateAdjustment(ctx, in))(t)
	apitest.OK(ann.RejectAdjustment(ctx, own.ID, sdk.RejectAdjustmentIn{}))(t)
	require.Len(t, apitest.All(t, ann.Adjustments(ctx, sdk.AdjustmentsQuery{Status: []sdk.AdjustmentStatus{"rejected"}, PartnerUID: []string{programmetest.PartnerA}})), 2)
	require.Equal(t, "0", w.Wallet(t, programmetest.PartnerA))
}

// testAdjustmentOnce approves one adjustment many times at once.
func testAdjustmentOnce(t *testing.T, w *apitest.World, ann, bob *apitest.Member) {
	ctx := t.Context()
	in := sdk.CreateAdjustmentIn{PartnerUID: programmetest.PartnerA, Kind: "correction", AmountUSD: "7", Reason: "x"}
	made := apitest.OK(ann.CreateAdjustment(ctx, in, sdk.WithIdempotencyKey("seven")))(t)
	require.Equal(t, made, apitest.OK(ann.CreateAdjustment(ctx, in, sdk.WithIdempotencyKey("seven")))(t))
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() { _, errs[i] = bob.ApproveAdjustment(ctx, made.ID) })
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, "7", w.Wallet(t, programmetest.PartnerA))
}

func testAdjustmentLimit(t *testing.T, w *apitest.World, ann *apitest.Member) {
	ctx := t.Context()
	_, err := settings.NewStore(w.DB).Set(ctx, &settings.AdjustmentLimit.Info, "100", settings.Beginning, w.Clock.Now())
	require.NoError(t, err)
	w.Clock.Advance(time.Second)
	in := sdk.CreateAdjustmentIn{PartnerUID: programmetest.PartnerA, Kind: "bonus", AmountUSD: "100", Reason: "x"}
	at := apitest.OK(ann.CreateAdjustment(ctx, in))(t)
	require.Equal(t, sdk.AdjustmentStatus("approved"), at.Status)
	require.Nil(t, at.DecidedBy)
	require.Equal(t, "107", w.Wallet(t, programmetest.PartnerA))
	in.AmountUSD = "100.01"
	require.Equal(t, sdk.AdjustmentStatus("pending"), apitest.OK(ann.CreateAdjustment(ctx, in))(t).Status)
	in.Kind, in.AmountUSD = "clawback", "-100.01"
	require.Equal(t, sdk.AdjustmentStatus("pending"), apitest.OK(ann.CreateAdjustment(ctx, in))(t).Status)
}

// testAdjustmentByKey follows a person who has a staff account and also a key. With the
// key, the person can neither prepare nor approve an adjustment above the limit of 100
// USD.
func testAdjustmentByKey(t *testing.T, w *apitest.World, bob *apitest.Member) {
	ctx, key := t.Context(), w.Broker(t)
	in := sdk.CreateAdjustmentIn{PartnerUID: programmetest.PartnerA, Kind: "bonus", AmountUSD: "100", Reason: "x"}
	before := w.Wallet(t, programmetest.PartnerA)
	made := apitest.OK(key.CreateAdjustment(ctx, in))(t)
	require.Equal(t, sdk.AdjustmentStatus("approved"), made.Status)
	require.Contains(t, made.Author, "key:")
	require.NotEqual(t, before, w.Wallet(t, programmetest.PartnerA))
	for kind, amount := range map[sdk.AdjustmentKind]sdk.Decimal{"bonus": "100.01", "clawback": "-100.01"} {
		in.Kind, in.AmountUSD = kind, amount
		apitest.Refused(key.CreateAdjustment(ctx, in))(t, sdk.PermissionDenied, "amount_usd staff_required: Sign in as a staff member to create this adjustment."+
			" A key can create adjustments of at most 100 USD, the setting adjustment_limit.")
	}
	waiting := apitest.All(t, bob.Adjustments(ctx, sdk.AdjustmentsQuery{Status: []sdk.AdjustmentStatus{"pending"}, PartnerUID: []string{programmetest.PartnerA}}))
	apitest.Refused(key.ApproveAdjustment(ctx, waiting[0].ID))(t, sdk.PermissionDenied)
	execute(t, w, `UPDATE adjustments SET author = 'key:x' || author WHERE status = 'pending'`) // as if a key had created them
	apitest.Refused(bob.ApproveAdjustment(ctx, waiting[0].ID))(t, sdk.PermissionDenied, denied+"A key created this adjustment. Reject it, and create it again as a staff member.")
	execute(t, w, `UPDATE adjustments SET author = replace(author, 'key:x', '') WHERE status = 'pending'`)
}

// testAdjustmentSecrecy checks that a partner learns of an adjustment only when it is
// booked, and never learns which staff member acted, or from which address.
func testAdjustmentSecrecy(t *testing.T, w *apitest.World, ann, bob *apitest.Member) {
	ctx, partner := t.Context(), w.Partner(t, "c")
	in := sdk.CreateAdjustmentIn{PartnerUID: apitest.PartnerC, Kind: "bonus", AmountUSD: "200", Reason: "x"}
	apitest.OK(ann.RejectAdjustment(ctx, apitest.OK(ann.CreateAdjustment(ctx, in))(t).ID, sdk.RejectAdjustmentIn{Reason: new("no")}))(t)
	made := apitest.OK(ann.CreateAdjustment(ctx, in))(t)
	seen := func() (seen []sdk.AuditLogRow) {
		for _, row := range apitest.All(t, partner.AuditLog(ctx, sdk.AuditLogQuery{})) {
			if strings.HasPrefix(row.Action, "adjustment.") {
				seen = append(seen, row)
			}
		}
		return seen
	}
	require.Empty(t, seen())
	require.EqualValues(t, 2, w.Count(t, `audit_log WHERE action = 'adjustment.prepared' AND actor = 'staff' AND details LIKE '%`+apitest.PartnerC+`%'`), "the broker's log has them")
	require.EqualValues(t, 1, w.Count(t, `audit_log WHERE action = 'adjustment.rejected' AND actor = 'staff' AND details LIKE '%`+apitest.PartnerC+`%'`))
	apitest.OK(bob.ApproveAdjustment(ctx, made.ID))(t)
	in.AmountUSD = "1"
	apitest.OK(w.Broker(t).CreateAdjustment(ctx, in))(t) // booked at once
	rows := seen()
	require.Len(t, rows, 2)
	for _, row := range rows {
		require.Equal(t, "adjustment.approved", row.Action)
		require.Equal(t, []string{"broker", "", "", ""}, []string{row.Actor, row.Credential, row.Address, row.UserAgent})
	}
	// The broker's log has the complete entries. The partner cannot find the staff
	// member with a filter.
	require.EqualValues(t, 1, w.Count(t, `audit_log WHERE action = 'adjustment.approved' AND credential = '`+bob.ID+`' AND address <> '' AND subject = '`+made.ID+`'`))
	require.Empty(t, apitest.All(t, partner.AuditLog(ctx, sdk.AuditLogQuery{Credential: []string{bob.ID}})))
	require.NotContains(t, apitest.OK(partner.AuditLogFilters(ctx, sdk.FiltersQuery{}))(t).Credential, bob.ID)
}

func currencyOf(t *testing.T, w *apitest.World, partner string) (currency string) {
	t.Helper()
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT currency FROM partners WHERE partner_id = $1`, apitest.UID(partner)).Scan(&currency))
	return currency
}

// testAdjustmentDamage damages the adjustments in one way at a time. verify must report
// exactly this damage, and nothing before it.
func testAdjustmentDamage(t *testing.T, w *apitest.World) {
	found := func() (checks []string) {
		_, err := verify.Run(t.Context(), verify.NewStore(w.DB), func(f verify.Fault) { checks = append(checks, f.Check) })
		require.NoError(t, err)
		return checks
	}
	require.Empty(t, found())
	const twoStaff = "an adjustment above its limit has two staff members"
	for _, damage := range []struct{ check, statement, repair string }{
		{"the ledger has exactly the approved adjustments", `UPDATE adjustments SET amount_usd_e6 = amount_usd_e6 + 1 WHERE status = 'approved'`, `UPDATE adjustments SET amount_usd_e6 = amount_usd_e6 - 1 WHERE status = 'approved'`},
		{"the ledger has exactly the approved adjustments", `UPDATE adjustments SET status = 'approved', decided_at = -1 WHERE status = 'pending'`, `UPDATE adjustments SET status = 'pending', decided_at = NULL WHERE decided_at = -1`},
		{"the ledger has exactly the approved adjustments", `UPDATE postings SET cause = cause || 'x' WHERE kind = 'adjustment'`, `UPDATE postings SET cause = replace(cause, 'x', '') WHERE kind = 'adjustment'`},
		{"an adjustment moves only wallets and the programme's cost", `UPDATE entries SET account = 'paid' WHERE account = 'expense' AND posting_id IN (SELECT posting_id FROM postings WHERE kind = 'adjustment')`, `UPDATE entries SET account = 'expense' WHERE account = 'paid'`},
		{twoStaff, `UPDATE adjustments SET refusal = decided_by, decided_by = author WHERE decided_by LIKE 'staff:%' AND status = 'approved'`, `UPDATE adjustments SET decided_by = refusal, refusal = '' WHERE decided_by = author AND status = 'approved'`},
		{twoStaff, `UPDATE adjustments SET refusal = author, author = 'key:x' WHERE decided_by <> '' AND status = 'approved'`, `UPDATE adjustments SET author = refusal, refusal = '' WHERE author = 'key:x'`},
		{twoStaff, `UPDATE adjustments SET refusal = decided_by, decided_by = 'key:x' WHERE decided_by <> '' AND status = 'approved'`, `UPDATE adjustments SET decided_by = refusal, refusal = '' WHERE decided_by = 'key:x'`},
		{twoStaff, `UPDATE adjustments SET limit_usd_e6 = -amount_usd_e6 WHERE decided_by = '' AND status = 'approved'`, `UPDATE adjustments SET limit_usd_e6 = 100000000 WHERE limit_usd_e6 < 0`},
		{"a pending adjustment is undecided, above its limit, and by a staff member", `UPDATE adjustments SET author = 'key:x' || author WHERE status = 'pending'`, `UPDATE adjustments SET author = replace(author, 'key:x', '') WHERE status = 'pending'`},
		{"a pending adjustment is undecided, above its limit, and by a staff member", `UPDATE adjustments SET limit_usd_e6 = limit_usd_e6 + 1000000000000 WHERE status = 'pending'`, `UPDATE adjustments SET limit_usd_e6 = limit_usd_e6 - 1000000000000 WHERE status = 'pending'`},
	} {
		execute(t, w, damage.statement)
		require.Contains(t, found(), damage.check, damage.statement)
		execute(t, w, damage.repair)
		require.Empty(t, found(), damage.repair)
	}
	execute(t, w, `UPDATE postings SET cause = 'x' WHERE kind = 'adjustment'`)
	require.Contains(t, found(), "an adjustment is booked once")
}

func execute(t *testing.T, w *apitest.World, statement string) {
	t.Helper()
	require.NoError(t, w.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		changed, err := q.Exec(ctx, statement)
		require.NotZero(t, changed, statement)
		return err
	}))
}
