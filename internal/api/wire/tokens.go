package wire

// TokenOut carries the token of a session.
type TokenOut struct {
	Token string `json:"token" doc:"A signed JWT. Send it as Authorization: JWT TOKEN_VALUE." example:"eyJ..."`
}

// TokenExample is an example of TokenOut.
var TokenExample = TokenOut{Token: "eyJ..."}
