package sdk_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"github.com/tributary-server/tributary/sdk"
)

// partners stands for a server in these examples.
func partners() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/api/v2/auth/":
			reply(w, answer{body: `{"token":"eyJ..."}`})
		case r.URL.Path == "/broker/v1/events":
			reply(w, answer{body: `{"accepted":1,"duplicates":0,"unattributed":0,"rejected":[],"rejected_count":0}`})
		case r.URL.Query().Get("format") == "csv":
			_, _ = w.Write([]byte("reward_date,client_account,reward_usd\n2026-06-03,134221300,1.50\n"))
		case r.URL.Path == "/api/reports/rewards/":
			reply(w, answer{body: `{"data":[` + rewardRow + `],"totals":{"count":1}}`})
		default:
			reply(w, answer{status: 400, body: `{"code":"ValidationError","message":"Bad request","details":[{"field":"email","message":"Enter a valid email address.","code":"invalid"}]}`})
		}
	}))
}

func Example() {
	server := partners()
	defer server.Close()
	ctx := context.Background()

	client, err := sdk.New(server.URL)
	if err != nil {
		panic(err)
	}
	if err := client.Login(ctx, "partner@example.com", "password"); err != nil {
		panic(err)
	}
	query := url.Values{"reward_date_from": {"2026-06-01"}, "ordering": {"reward_date"}}
	for row, err := range client.Rows(ctx, "/api/reports/rewards/", query) {
		if err != nil {
			panic(err)
		}
		fmt.Println(row.Text("reward_date"), row.Text("client_account"), row.Text("volume_lots"), row.Text("reward_usd"))
	}
	// Output: 2026-06-03 134221300 1.2 1.50
}

func ExampleClient_CSV() {
	server := partners()
	defer server.Close()

	client, err := sdk.New(server.URL, sdk.WithToken("a key of /api/v1/api-keys/"))
	if err != nil {
		panic(err)
	}
	if _, err := client.CSV(context.Background(), "/api/reports/rewards/", nil, os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// reward_date,client_account,reward_usd
	// 2026-06-03,134221300,1.50
}

func ExampleClient_PushEvents() {
	server := partners()
	defer server.Close()

	client, err := sdk.New(server.URL)
	if err != nil {
		panic(err)
	}
	facts := strings.NewReader(`{"id":"rate-1","type":"rate.set","at":"2026-06-01T00:00:00Z","currency":"EUR","usd":"1.0824"}` + "\n")
	result, err := client.PushEvents(context.Background(), "a broker's key", facts, true)
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Accepted, result.RejectedCount)
	// Output: 1 0
}

func ExampleErrorCode() {
	server := partners()
	defer server.Close()

	client, err := sdk.New(server.URL, sdk.WithToken("token"))
	if err != nil {
		panic(err)
	}
	_, err = client.Affiliation(context.Background(), "nobody")
	if sdk.ErrorCode(err) == sdk.ValidationError {
		fmt.Println(err)
	}
	// Output: 400 ValidationError: Bad request; email: Enter a valid email address. (invalid)
}
