package feed

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:generate go run ../api/gen feed ../../docs/feed.md

// Codes returns the codes of line errors, each with its meaning.
func Codes() [][2]string {
	return [][2]string{
		{"invalid_json", "The line is not UTF-8, not JSON, or not an object."},
		{"unknown_type", "There is no such type of fact."},
		{"unknown_field", "The type has no such field. If unknown fields were ignored, an order with a misspelt `open_spread` " +
			"would be rewarded at the average spread."},
		{"duplicate_field", "A field occurs twice in the line."},
		{"required", "A required field is missing, null or blank."},
		{
			"invalid", "The value is not valid for the field, or contains control characters, characters that override the direction of text, " +
				"or half of a surrogate pair.",
		},
		{"max_length", "The text, the list or the line is too long."},
		{"decimal_places", "A decimal has more places than the field allows. Nothing is rounded."},
		{"out_of_range", "A number, or a sum that includes it, is too small or too large."},
		{"in_future", "The `at` of the fact is more than a day later than the programme's clock."},
		{"conflict", "An earlier fact with the same id, or about the same account, client, partner, order or payout, has different content."},
		{"already_in_use", "Another partner has this code or e-mail."},
		{"ambiguous", "Two accounts have an order with this ticket: name the account."},
		{"not_supported", "This server does not apply the type yet."},
	}
}

//go:embed reference.md
var introduction string

// Reference returns the content of docs/feed.md, which describes the format of
// the feed.
func Reference() []byte {
	var b strings.Builder
	codes := &strings.Builder{}
	for _, c := range Codes() {
		fmt.Fprintf(codes, "| `%s` | %s |\n", c[0], c[1])
	}
	heads := &strings.Builder{}
	writeFields(heads, Heads())
	types := &strings.Builder{}
	for _, s := range table {
		fmt.Fprintf(types, "| [`%s`](#%s) | %s |\n", s.Type, anchor(s.Type), firstSentence(s.Says))
	}
	b.WriteString(strings.NewReplacer("{{codes}}\n", codes.String(), "{{heads}}\n", heads.String(), "{{types}}\n", types.String()).Replace(introduction))
	for _, s := range table {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", s.Type, s.Says)
		if s.Waits == "" {
			b.WriteString("- **Waits for** nothing.\n")
		} else {
			fmt.Fprintf(&b, "- **Waits for**: %s\n", s.Waits)
		}
		fmt.Fprintf(&b, "- **When it comes late**: %s\n\n", s.Late)
		writeFields(&b, s.Fields)
		fmt.Fprintf(&b, "\n```json\n%s\n```\n", s.Example)
	}
	return []byte(b.String())
}

func writeFields(b *strings.Builder, fields []*Field) {
	b.WriteString("| field | required | value | meaning |\n|---|---|---|---|\n")
	for _, f := range fields {
		required := ""
		if f.Required {
			required = "yes"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.Name, required, f.Shape.Says, f.Says)
	}
}

func anchor(kind Type) string { return strings.ReplaceAll(string(kind), ".", "") }

func firstSentence(says string) string {
	first, _, more := strings.Cut(says, ". ")
	if more {
		first += "."
	}
	return first
}
