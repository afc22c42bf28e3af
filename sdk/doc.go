// Package sdk is the Go client of the Partner API, and of the broker's feed.
// It needs nothing but the standard library.
//
//	client, err := sdk.New("https://partners.example.com")
//	if err != nil { ... }
//	if err := client.Login(ctx, "partner@example.com", password); err != nil { ... }
//	for row, err := range client.Rows(ctx, "/api/reports/rewards/", url.Values{"reward_date_from": {"2026-06-01"}}) {
//		if err != nil { ... }
//		fmt.Println(row.Text("client_account"), row.Text("reward_usd"))
//	}
//
// A program that runs by itself should use a key instead of a person's
// password: sdk.New(url, sdk.WithToken(key)).
//
// What the client does without being asked: it logs in again when the server
// answers 401, and only then; it waits when the server answers 429, as long
// as Retry-After says and WithPatience allows. It follows no redirect and
// repeats no request that may have had an effect.
//
// Every decimal is a json.Number or a string, with the digits that the server
// sent: a float64 would not keep them. Every answer but a success is an
// *Error.
//
// A Client is safe for concurrent use.
package sdk
