package bind_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/page"
)

type lookIn struct {
	Page     page.Page
	Accounts []string `query:"client_account" format:"digits"`
	IDs      []int64  `query:"id"`
	Statuses []string `query:"status" enum:"a,b"`
	Archived *bool    `query:"archived"`
	Unread   bool     `query:"unread"`
}

func TestQuery_EveryFormOfAList(t *testing.T) {
	t.Parallel()
	lists := planOf[lookIn]("GET", "/list")
	for _, query := range []string{
		"client_account=45,46&id=7,8&status=a,b",
		"client_account=45&client_account=46&id=7&id=8&status=a&status=b",
		"client_account[]=45&client_account[]=46&id[]=7&id[]=8&status[]=a&status[]=b",
		"client_account%5B%5D=45&client_account%5B%5D=46&id%5B0%5D=7&id%5B1%5D=8&status[0]=a&status[1]=b",
		"client_account[]=45,46.0&id[]=7.0,8&status[]=a,b",
		"client_account=45.0&client_account[]=46&id=7&id[]=8.00&status=a&status[]=b",
	} {
		in := lists.mustBind(t, call{target: "/list?" + query})
		require.Equal(t, []string{"45", "46"}, in.Accounts, query)
		require.Equal(t, []int64{7, 8}, in.IDs, query)
		require.Equal(t, []string{"a", "b"}, in.Statuses, query)
	}
	for _, query := range []string{"client_account=45.5", "client_account=x", "id=7.5", "id[]=x", "status[]=c", "archived[]=perhaps"} {
		lists.refuses(t, fault.ValidationError, call{target: "/list?" + query})
	}
}

func TestQuery_BothBooleansAreNoFilter(t *testing.T) {
	t.Parallel()
	lists := planOf[lookIn]("GET", "/list")
	for query, want := range map[string]any{
		"": nil, "archived=": nil, "archived=true": true, "archived[]=0": false, "archived=true,false": nil, "archived=1&archived=0": nil,
	} {
		in := lists.mustBind(t, call{target: "/list?" + query})
		if want == nil {
			require.Nil(t, in.Archived, query)
			continue
		}
		require.Equal(t, want, *in.Archived, query)
	}
	require.False(t, lists.mustBind(t, call{target: "/list?unread=true&unread=false"}).Unread)
}

func TestQuery_OrderingOfAListWithoutIsIgnored(t *testing.T) {
	t.Parallel()
	lists := planOf[lookIn]("GET", "/list")
	require.Equal(t, page.Page{Limit: 7}, lists.mustBind(t, call{target: "/list?ordering=-created&limit=7"}).Page)
}
