package text

import (
	"fmt"
	"unicode/utf8"
)

// Limit is the largest number of characters that a text may have. Characters
// are Unicode code points, as in a JSON Schema's maxLength: a title in Thai may
// be as long as one in English.
type Limit int

// These are all the limits on texts. The domain checks them, and a field of the
// API names one in its tag, as in maxLength:"title": see Named.
const (
	Name        Limit = 100  // a name that a user gives to an account, a key, an endpoint
	Title       Limit = 200  // a heading, or a person's full name
	Body        Limit = 4000 // a long text: a description, a text of the library
	Reason      Limit = 500  // the broker's reason for a decision
	Note        Limit = 1000 // a comment on a client, or a message to it
	Label       Limit = 64   // a short word to filter or choose by: a page, a theme, a time zone
	Tag         Limit = 16   // a tag of a tracked link
	FactID      Limit = 64   // the id of a fact
	FactText    Limit = 100  // any other text of a fact, and what a fact can name: a code, a sub_id, a server
	Link        Limit = 2000 // an address that tracked links add parameters to, or a tracked link on the feed
	URL         Limit = 2048 // an address that the server calls, with its tokens
	Host        Limit = 253  // a DNS name
	LinkCode    Limit = 20   // a code that a partner chooses; a code on the feed may be longer
	Account     Limit = 20   // the digits of a client account
	Phone       Limit = 32   // a telephone number, with spaces and brackets
	Language    Limit = 35   // a BCP 47 tag
	Method      Limit = 32   // the name of a withdrawal method
	Destination Limit = 200  // the destination of a withdrawal
	Suffix      Limit = 20   // an ending of a symbol
	Token       Limit = 200  // the secret of a link in a mail
	Email       Limit = 254  // an e-mail address; in bytes too, which is what mail systems count
	Search      Limit = 256  // a value of a filter, or a search text
)

var named = map[string]Limit{
	"name": Name, "title": Title, "body": Body, "reason": Reason, "note": Note, "label": Label, "tag": Tag,
	"fact_id": FactID, "fact_text": FactText, "link": Link, "url": URL, "host": Host, "link_code": LinkCode, "account": Account,
	"phone": Phone, "language": Language, "method": Method, "destination": Destination, "suffix": Suffix, "token": Token,
	"email": Email, "search": Search,
}

// Named returns the limit that a field's tag names. It returns false if there
// is no such limit.
func Named(name string) (Limit, bool) {
	l, ok := named[name]
	return l, ok
}

// Exceeded reports whether a text has more characters than the limit.
func (l Limit) Exceeded(s string) bool { return len(s) > int(l) && utf8.RuneCountInString(s) > int(l) }

// Fault returns a sentence that says that a text is too long, or "" if it is
// not. Programs match on the sentence.
func (l Limit) Fault(s string) string {
	if !l.Exceeded(s) {
		return ""
	}
	return fmt.Sprintf("Ensure this field has no more than %d characters.", l)
}
