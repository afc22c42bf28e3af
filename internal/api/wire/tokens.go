package wire

// TokenOut holds the token of a session.
type TokenOut struct {
	Token string `json:"token" doc:"A signed JWT. Send it in the header Authorization: JWT TOKEN_VALUE." example:"eyJ..."`
}

// TokenExample is an example of TokenOut.
var TokenExample = TokenOut{Token: "eyJ..."}
