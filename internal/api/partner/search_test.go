package partner_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/sdk"
)

// TestSearch checks the form of the response. TestFind in internal/search
// checks which objects each text finds.
func TestSearch(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	made := apitest.OK(a.CreateCampaign(ctx, sdk.CreateCampaignIn{Title: "Spring"}))(t)
	accounts := apitest.OK(a.Search(ctx, sdk.SearchQuery{Q: "1", Limit: 1}))(t).Results
	require.Len(t, accounts, 1)
	require.Equal(t, sdk.FoundTypeAccount, accounts[0].Type)
	require.Equal(t, *accounts[0].ClientAccount, accounts[0].ID)
	require.Nil(t, accounts[0].Title)

	require.Equal(t, []sdk.Found{{Type: sdk.FoundTypeCampaign, ID: made.CampaignCode, Title: new("Spring")}},
		apitest.OK(a.Search(ctx, sdk.SearchQuery{Q: "spring"}))(t).Results)
	require.Empty(t, apitest.OK(w.Partner(t, "b").Search(ctx, sdk.SearchQuery{Q: "spring"}))(t).Results)
	apitest.Refused(a.Search(ctx, sdk.SearchQuery{}))(t, sdk.ValidationError, "q required")
	apitest.Refused(a.Search(ctx, sdk.SearchQuery{Q: "1", Limit: 21}))(t, sdk.ValidationError, "limit max_value")
}
