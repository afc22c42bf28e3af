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
// document, generated from it; its comment names the operation and says what
// the document says. [Client.Do] and [Client.Download] make any other call.
//
// # Credentials
//
// A program that runs by itself should use a key: [WithToken]. With a person's
// password, [Partner.Login] gets a token, and logs in again when the server
// answers 401, and only then. A [Broker] has a broker key.
//
// # Lists and reports
//
// A list has a method that iterates over its rows, page by page: Rewards. The
// same with Page reads one page with its totals: RewardsPage. A report has
// two more: RewardsFile downloads it as CSV or XLSX, RewardsFilters tells the
// values that its filters can take.
//
// # Values
//
// A number that is not a count is a [Decimal], with the digits that the server
// sent: a float64 would not keep them. A day is a [Date].
//
// A field that may be missing is a pointer, nil when it is missing. A field
// whose zero value cannot be meant has that value instead: a Decimal, Date,
// time.Time, constant or list. What is missing in a request is not sent. Where
// the server tells null from missing, the field is a [Nullable].
//
// # Errors
//
// Every answer but a success is an [*Error]. Decide by its Status and Code;
// Details has one entry for each field that is wrong.
//
// A call is sent again when the server says that it is busy (429, 503), as
// soon as Retry-After says and [WithPatience] allows; and when the connection
// broke, if that is safe. It is safe for reading and for every call that takes
// an Idempotency-Key: the client sends one, and the same one again. A program
// that may stop before it reads the answer passes its own: [WithIdempotencyKey].
// No redirect is followed.
//
// # Codes
//
// Some calls take a code that a person gets: [Partner.StartVerification] asks
// for it, [Partner.CompleteVerification] exchanges it for a token, and
// [WithTemporaryToken] passes that to the call.
//
// # Events
//
// [Partner.FollowEvents] tells everything that happens, in order, from a
// cursor on. A program that is called by webhooks or postbacks checks them with
// a [WebhookVerifier].
package sdk

//go:generate go run ./internal/gen ../docs/openapi.json .
