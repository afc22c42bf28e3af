// Package sdk is the Go client of the Partner API and the Broker API. It depends
// only on the standard library.
//
//	partner, err := sdk.NewPartner("https://partners.example.com", sdk.WithToken(key))
//	if err != nil { ... }
//	for row, err := range partner.Rewards(ctx, sdk.RewardsQuery{RewardDateFrom: "2026-06-01"}) {
//		if err != nil { ... }
//		fmt.Println(row.ClientAccount, row.RewardUSD)
//	}
//
// [Partner] and [Broker] have a method for every operation of the OpenAPI
// document. The methods are generated from the document. The comment of a
// method names the operation and repeats its description. [Client.Do] and
// [Client.Download] send any other request.
//
// # Credentials
//
// A program that runs unattended should pass an API key with [WithToken]. With
// a person's password, [Partner.Login] gets a token, and the client logs in
// again only after the server responds with 401. A [Broker] sends a broker key.
//
// # Lists and reports
//
// Each list has a method that iterates over its rows and reads one page at a
// time, such as Rewards. A method with Page in its name, such as RewardsPage,
// reads one page with the totals. A report has two more methods. RewardsFile,
// for example, downloads the report as CSV or XLSX, and RewardsFilters returns
// the values that its filters can have.
//
// # Values
//
// A number that is not a count is a [Decimal]. It keeps the exact digits that
// the server sent, which a float64 could not. A day is a [Date].
//
// A field that may be missing is a pointer, which is nil if the field is
// missing. Decimals, Dates, times, enumerations and lists are not pointers,
// because their zero value has no other meaning. The client does not send a
// missing field of a request. If the server treats null and a missing field
// differently, the field is a [Nullable].
//
// # Errors
//
// Every response that is not a success is an [*Error]. Programs should check
// its Status and Code. Details has one entry for each wrong field.
//
// If the server is busy (429 or 503), the client waits for the time in
// Retry-After and sends the request again, if [WithPatience] allows it. It also
// sends a request again after a broken connection, if this is safe. Repeating
// is safe for requests that only read, and for requests with an
// Idempotency-Key, because the client sends the same key again. A program that
// may stop before it reads the response should pass its own key with
// [WithIdempotencyKey]. The client follows no redirects.
//
// # Codes
//
// Some operations need a code that a person receives.
// [Partner.StartVerification] requests the code, [Partner.CompleteVerification]
// exchanges it for a temporary token, and [WithTemporaryToken] sends the token
// with the request.
//
// # Events
//
// [Partner.FollowEvents] returns all events in order, starting at a cursor. A
// program that receives webhooks or postbacks checks them with a
// [WebhookVerifier].
package sdk

//go:generate go run ./internal/gen ../docs/openapi.json .
