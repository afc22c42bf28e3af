// Package sdk is the Go client of the Partner API and the Broker API. It needs
// nothing but the standard library.
//
//	partner, err := sdk.NewPartner("https://partners.example.com", sdk.WithToken(key))
//	if err != nil { ... }
//	for row, err := range partner.Rewards(ctx, sdk.RewardsQuery{RewardDateFrom: "2026-06-01"}) {
//		if err != nil { ... }
//		fmt.Println(row.ClientAccount, row.RewardUSD)
//	}
//
// A [Partner] and a [Broker] have a method for every operation of the OpenAPI
// document, generated from it. The method's comment names the operation and
// repeats the document's description. [Client.Do] and [Client.Download] make
// any other call.
//
// # Credentials
//
// A program that runs unattended should use a key: [WithToken]. With a person's
// password, [Partner.Login] gets a token, and logs in again only when the
// server answers 401. A [Broker] has a broker key.
//
// # Lists and reports
//
// A list has a method that iterates over its rows and reads page by page:
// Rewards. The method with Page in its name reads one page with its totals:
// RewardsPage. A report has two more: RewardsFile downloads it as CSV or XLSX,
// and RewardsFilters returns the values that its filters can take.
//
// # Values
//
// A number that is not a count is a [Decimal], with the digits that the server
// sent: a float64 would not keep them. A day is a [Date].
//
// A field that may be missing is a pointer, which is nil if the field is
// missing. A type whose zero value has no other meaning uses that value
// instead: a Decimal, Date, time.Time, constant or list. A missing field of a
// request is not sent. If the server treats null and missing differently, the
// field is a [Nullable].
//
// # Errors
//
// Every answer that is not a success is an [*Error]. Decide by its Status and
// Code; Details has one entry for each wrong field.
//
// The client sends a call again when the server is busy (429, 503), after the
// time in Retry-After if [WithPatience] allows it. It also sends a call again
// when the connection broke, if that is safe. It is safe for reading and for
// every call that takes an Idempotency-Key: the client sends the same key
// again. A program that may stop before it reads the answer passes a key of its
// own: [WithIdempotencyKey]. The client follows no redirects.
//
// # Codes
//
// Some calls need a code that a person receives: [Partner.StartVerification]
// asks for it, [Partner.CompleteVerification] exchanges it for a token, and
// [WithTemporaryToken] sends the token with the call.
//
// # Events
//
// [Partner.FollowEvents] returns all events in order, starting at a cursor. A
// program that receives webhooks or postbacks checks them with a
// [WebhookVerifier].
package sdk

//go:generate go run ./internal/gen ../docs/openapi.json .
