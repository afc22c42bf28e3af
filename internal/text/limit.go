package text

import (
	"fmt"
	"unicode/utf8"
)

// Limit is the maximum number of characters in a field for text. It counts
// Unicode code points, as maxLength in JSON Schema does, so that a title in
// Thai may be as long as a title in English.
type Limit int

// These are all limits on texts. The domain packages check them. An input field of
// the API names its limit in a tag, such as maxLength:"title"; see Named.
const (
	Name        Limit = 100  // name that a user gives to an account, a key or an endpoint
	Title       Limit = 200  // heading, or a person's full name
	Body        Limit = 4000 // long text, such as a description or a promo text
	Reason      Limit = 500  // the broker's reason for a decision
	Note        Limit = 1000 // comment about a client, or message to a client
	Label       Limit = 64   // short text by which a partner filters or chooses, such as a page, a theme or a time zone
	Tag         Limit = 16   // tag of a tracked link
	FactID      Limit = 64   // id of a fact
	FactText    Limit = 100  // other text of a fact, such as a code, a sub-id or the name of a server
	Link        Limit = 2000 // URL to which tracked links add parameters, or a tracked link in a fact
	URL         Limit = 2048 // URL to which the server sends requests, including tokens in it
	Host        Limit = 253  // DNS name
	LinkCode    Limit = 20   // code that a partner chooses; a code in a fact may be longer
	Account     Limit = 20   // digits of a client account
	Phone       Limit = 32   // telephone number, with spaces and brackets
	Language    Limit = 35   // BCP 47 tag
	Method      Limit = 32   // name of a withdrawal method
	Destination Limit = 200  // destination of a withdrawal
	Suffix      Limit = 20   // ending of a symbol, such as m
	Token       Limit = 200  // secret in a link in a mail
	Email       Limit = 254  // e-mail address; also the maximum number of bytes, because mail systems count bytes
	Search      Limit = 256  // value of a filter or of a search
)

var named = map[string]Limit{
	"name": Name, "title": Title, "body": Body, "reason": Reason, "note": Note, "label": Label, "tag": Tag,
	"fact_id": FactID, "fact_text": FactText, "link": Link, "url": URL, "host": Host, "link_code": LinkCode, "account": Account,
	"phone": Phone, "language": Language, "method": Method, "destination": Destination, "suffix": Suffix, "token": Token,
	"email": Email, "search": Search,
}

// Named returns the limit with a name. It returns false if there is no such
// limit.
func Named(name string) (Limit, bool) {
	l, ok := named[name]
	return l, ok
}

// Exceeded reports whether s has more characters than the limit.
func (l Limit) Exceeded(s string) bool { return len(s) > int(l) && utf8.RuneCountInString(s) > int(l) }

// Fault returns a sentence that names the limit if s is too long, or ""
// otherwise. Programs may compare the sentence, so it must not change.
func (l Limit) Fault(s string) string {
	if !l.Exceeded(s) {
		return ""
	}
	return fmt.Sprintf("Ensure this field has no more than %d characters.", l)
}
