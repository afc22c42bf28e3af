package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/tributary-server/tributary/sdk"
)

const (
	rewardRow   = `{"id":1,"reward_date":"2026-06-03","partner_account":"1163683105934900000","partner_account_name":"partner","client_account":"134221300","client_account_type":"Pro","country":"ZA","client_uid":"dc11e02f","currency":"USD","volume_lots":1.2,"volume_mln_usd":0.24,"reward":"1.50","reward_usd":"1.50","orders_count":3,"reward_order":"...","link_code":"abc123"}`
	transferred = `{"id":17,"from_account":"1163683105934900000","to_account":"1804729018440210000","from_currency":"USD","to_currency":"EUR","amount":100,"to_amount":91.5,"amount_usd":100,"from_rate":1,"to_rate":1.0824,"spread_percent":1,"created":"2026-06-30T12:00:00Z"}`
	happened    = `{"data":[{"id":"0192f0c1a2b37c4d8e9f001122334455-42","type":"deposit.received","timestamp":"2026-06-30T12:00:00Z","data":{"client_account":"1001","deposit_amount":3}}],"next_cursor":"AAAAAAAAACoh3m3Y","has_more":false}`
)

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
			reply(w, answer{body: `{"data":[` + rewardRow + `],"totals":{"count":1,"reward_usd":"1.50"}}`})
		case r.URL.Path == "/api/wallet/transfers/":
			reply(w, answer{status: 201, body: transferred})
		case r.URL.Path == "/api/v1/verification/operations/":
			reply(w, answer{status: 201, body: `{"verification_uid":"0197c0de","channel":"email","expires_at":"2026-06-30T12:10:00Z"}`})
		case strings.HasSuffix(r.URL.Path, "/complete/"):
			reply(w, answer{body: `{"verification_token":"..."}`})
		case r.URL.Path == "/api/wallet/withdrawals/":
			reply(w, answer{status: 201, body: `{"id":42,"amount":250,"currency":"USD","status":"pending"}`})
		case r.URL.Path == "/api/v1/events/":
			reply(w, answer{body: happened})
		case r.URL.Path == "/api/partner/default_link/":
			reply(w, answer{body: `{"full_default_link":"https://go.example.com/a/abc123","domain":"go.example.com","code":"abc123"}`})
		default:
			reply(w, answer{status: 400, body: `{"code":"ValidationError","message":"Bad request","details":[{"field":"email","message":"Enter a valid email address.","code":"invalid"}]}`})
		}
	}))
}

var host = partners().URL

func Example() {
	ctx := context.Background()
	partner, err := sdk.NewPartner(host)
	if err != nil {
		panic(err)
	}
	if err := partner.Login(ctx, "partner@example.com", "password"); err != nil {
		panic(err)
	}
	query := sdk.RewardsQuery{RewardDateFrom: "2026-06-01", Country: []string{"ZA", "TH"}, Ordering: []string{"reward_date"}}
	for row, err := range partner.Rewards(ctx, query) {
		if err != nil {
			panic(err)
		}
		fmt.Println(row.RewardDate, row.ClientAccount, row.VolumeLots, row.RewardUSD)
	}
	// Output: 2026-06-03 134221300 1.2 1.50
}

// Every page has the totals of all pages.
func ExamplePartner_RewardsPage() {
	partner, err := sdk.NewPartner(host, sdk.WithToken("a key of /api/v1/api-keys/"))
	if err != nil {
		panic(err)
	}
	page, err := partner.RewardsPage(context.Background(), sdk.RewardsQuery{Limit: 1})
	if err != nil {
		panic(err)
	}
	fmt.Println(page.Totals.Count, "rows,", page.Totals.RewardUSD, "USD")
	// Output: 1 rows, 1.50 USD
}

func ExamplePartner_RewardsFile() {
	partner, err := sdk.NewPartner(host, sdk.WithToken("a key of /api/v1/api-keys/"))
	if err != nil {
		panic(err)
	}
	file, err := partner.RewardsFile(context.Background(), sdk.RewardsQuery{}, sdk.CSV)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if _, err := io.Copy(os.Stdout, file); err != nil {
		panic(err)
	}
	// Output:
	// reward_date,client_account,reward_usd
	// 2026-06-03,134221300,1.50
}

// If a program stops before it reads the response, it can send the request
// again with the same key. The money moves only once.
func ExampleWithIdempotencyKey() {
	partner, err := sdk.NewPartner(host, sdk.WithToken("a key of /api/v1/api-keys/"))
	if err != nil {
		panic(err)
	}
	key := "savings-2026-06" // store the key together with the transfer
	var answer sdk.Answer
	transfer, err := partner.CreateWalletTransfer(context.Background(), sdk.CreateWalletTransferIn{
		FromAccount: "1163683105934900000", ToAccount: "1804729018440210000", Amount: "100",
	}, sdk.WithIdempotencyKey(key), sdk.WithAnswer(&answer))
	if err != nil {
		panic(err)
	}
	fmt.Println(transfer.ToAmount, transfer.ToCurrency, answer.Replayed)
	// Output: 91.5 EUR false
}

// A withdrawal needs a code, which the partner gets by mail or from an
// authenticator app. The code is valid only for this withdrawal.
func ExamplePartner_StartVerification() {
	ctx := context.Background()
	partner, err := sdk.NewPartner(host, sdk.WithToken("a key of /api/v1/api-keys/"))
	if err != nil {
		panic(err)
	}
	withdrawal := sdk.CreateWalletWithdrawalIn{
		Account: "1163683105934900000", Amount: "250", Method: "bank_transfer", Destination: "DE89370400440532013000",
	}
	operation, err := partner.StartVerification(ctx, sdk.StartVerificationIn{
		OperationType: sdk.OperationTypeWithdraw, Payload: withdrawal,
	})
	if err != nil {
		panic(err)
	}
	code := "482913" // code that the partner enters
	answer, err := partner.CompleteVerification(ctx, operation.VerificationUID, sdk.CompleteVerificationIn{Code: code})
	if err != nil {
		panic(err)
	}
	made, err := partner.CreateWalletWithdrawal(ctx, withdrawal, sdk.WithTemporaryToken(answer.VerificationToken))
	if err != nil {
		panic(err)
	}
	fmt.Println(made.Status, made.Amount, made.Currency)
	// Output: pending 250 USD
}

func ExamplePartner_FollowEvents() {
	partner, err := sdk.NewPartner(host, sdk.WithToken("a key of /api/v1/api-keys/"))
	if err != nil {
		panic(err)
	}
	cursor := "" // cursor that the program has stored
	for events, err := range partner.FollowEvents(context.Background(), sdk.EventsQuery{Cursor: cursor}) {
		if err != nil {
			panic(err)
		}
		for _, event := range events.Data {
			fmt.Println(event.Type, event.Timestamp.Format(time.DateOnly))
		}
		cursor = events.NextCursor // store it in the same transaction as the work on the events
		break
	}
	fmt.Println(cursor)
	// Output:
	// deposit.received 2026-06-30
	// AAAAAAAAACoh3m3Y
}

func ExampleWebhookVerifier() {
	verifier, err := sdk.NewWebhookVerifier("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		panic(err)
	}
	receive := func(w http.ResponseWriter, r *http.Request) {
		event, err := verifier.Event(r)
		if errors.Is(err, sdk.ErrSignature) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		fmt.Println(event.ID, event.Type) // do the work after the response
	}
	answer := httptest.NewRecorder()
	receive(answer, httptest.NewRequest(http.MethodPost, "/tributary", strings.NewReader(`{"id":"e-1"}`))) // this message has no signature
	fmt.Println(answer.Code)
	// Output: 401
}

func ExampleBroker_PushFacts() {
	broker, err := sdk.NewBroker(host, "a broker's key")
	if err != nil {
		panic(err)
	}
	result, err := broker.PushFacts(context.Background(), sdk.FactRateSet{
		ID: "rate-1", At: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Currency: "EUR", USD: "1.0824",
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Accepted, result.RejectedCount)
	// Output: 1 0
}

// A file has the facts, one JSON object per line.
func ExampleBroker_PushEvents() {
	broker, err := sdk.NewBroker(host, "a broker's key")
	if err != nil {
		panic(err)
	}
	facts := strings.NewReader(`{"id":"rate-1","type":"rate.set","at":"2026-06-01T00:00:00Z","currency":"EUR","usd":"1.0824"}` + "\n")
	result, err := broker.PushEvents(context.Background(), facts, true)
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Accepted, result.RejectedCount)
	// Output: 1 0
}

// Do can call an operation that has no method yet, for example on a newer
// server.
func ExampleClient_Do() {
	partner, err := sdk.NewPartner(host, sdk.WithToken("a key of /api/v1/api-keys/"))
	if err != nil {
		panic(err)
	}
	var link struct{ Code string }
	err = partner.Do(context.Background(), http.MethodGet, "/api/partner/default_link/", url.Values{}, nil, &link)
	if err != nil {
		panic(err)
	}
	fmt.Println(link.Code)
	// Output: abc123
}

func ExampleErrorCode() {
	partner, err := sdk.NewPartner(host, sdk.WithToken("token"))
	if err != nil {
		panic(err)
	}
	_, err = partner.Affiliation(context.Background(), sdk.AffiliationIn{Email: new("nobody")})
	if sdk.ErrorCode(err) == sdk.ValidationError {
		fmt.Println(err)
	}
	// Output: 400 ValidationError: Bad request; email: Enter a valid email address. (invalid)
}
