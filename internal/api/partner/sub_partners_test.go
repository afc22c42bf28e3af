package partner_test

// These tests send raw requests to compare whole responses with golden files.

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// TestSubPartners reads the tree below each partner. B is below A, and C is not.
func TestSubPartners(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithOverrides(t, w.Programme)
	w.MustFeed(t,
		w.Order("1001", 1, "EURUSD", "2026-06-10T10:00:00Z", ``),
		w.Order("2001", 2, "EURUSD", "2026-06-20T10:00:00Z", `,"open_spread":7,"close_spread":8`))
	ctx, a := t.Context(), w.Partner(t, "a")

	page := apitest.OK(a.SubPartnersPage(ctx, sdk.SubPartnersQuery{}))(t)
	require.Len(t, page.Data, 1)
	require.Equal(t, programmetest.PartnerB, page.Data[0].Partner)
	require.Equal(t, page.Data[0].OverrideUSD, page.Totals.OverrideUSD)
	wallet := apitest.OK(a.TransactionsPage(ctx, sdk.TransactionsQuery{Kind: []string{"override"}}))(t)
	require.Equal(t, sdk.Decimal("0.2"), wallet.Totals.AmountUSD)
	require.Equal(t, sdk.Decimal("0.20"), page.Totals.OverrideUSD, "the wallet has the same sum")

	require.Empty(t, apitest.All(t, a.SubPartners(ctx, sdk.SubPartnersQuery{Depth: []int64{2}})))
	require.Len(t, apitest.All(t, a.SubPartners(ctx, sdk.SubPartnersQuery{Depth: []int64{1, 2}, Partner: []string{programmetest.PartnerB}})), 1)
	apitest.Refused(a.SubPartnersPage(ctx, sdk.SubPartnersQuery{Partner: []string{"bbbbbbbb"}, Ordering: []string{"level"}}))(t, sdk.ValidationError, "partner invalid", "ordering invalid_choice")
	for _, other := range []string{"b", "c"} {
		require.Empty(t, apitest.All(t, w.Partner(t, other).SubPartners(ctx, sdk.SubPartnersQuery{Partner: []string{programmetest.PartnerB}})), "the tree of another partner does not exist")
	}

	for name, query := range map[string]string{"sub_partners.json": "", "sub_partners.csv": "?format=csv", "sub_partners_filters.json": "filters/"} {
		requireGolden(t, name, w.Call(t, "a", http.MethodGet, "/api/reports/sub_partners/"+query, ""))
	}

	w.MustFeed(t, w.Fact("partner.changed", "2026-06-25T00:00:00Z", `"partner_code":"beta","parent_code":"gamma","reason":"test"`))
	former := apitest.Only(t, a.SubPartners(ctx, sdk.SubPartnersQuery{}))
	require.Equal(t, sdk.Decimal("0.20"), former.OverrideUSD, "what a former sub-partner earned the caller is still in the wallet")
	require.EqualValues(t, 0, former.Depth)
	require.Equal(t, programmetest.PartnerA, former.Parent)
	require.Zero(t, former.Clients, "the rest no longer concerns the caller")
	require.Empty(t, former.Level)
	require.Nil(t, former.Country)
	require.EqualValues(t, 1, apitest.Only(t, w.Partner(t, "c").SubPartners(ctx, sdk.SubPartnersQuery{})).Depth)
}
