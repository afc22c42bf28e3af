package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// condition is one valid filter of a request, ready to be compiled.
type condition struct {
	filter   string // name of the parameter, without the suffix _from or _to
	constant bool   // whether the condition is either true for all rows or false for all rows
	dates    bool   // whether the filter is on a day
	months   bool   // whether it is on a day, and matches whole months
	index    string // index of the source that finds the rows of the condition; may be empty
	finds    bool   // whether an index finds the few rows of one partner that match
	compile  func(*builder) string
}

// readFilters reads all filters that the report declares. It adds faults to q.
func readFilters(d *Definition, q *page.Query) []condition {
	var found []condition
	for i := range d.Columns {
		if c := &d.Columns[i]; c.Filter {
			next := condition{filter: c.Name, constant: c.Partner != nil, dates: c.Format.kind == kindDate, index: d.indexOf(c), finds: c.isSelective()}
			if next.dates {
				next.compile, next.months = readDates(c, q)
			} else {
				next.compile = readFilter(d, c, q)
			}
			if over := next.compile; over != nil {
				if c.In != nil {
					next.compile = func(b *builder) string { return b.within(c.In, over(b)) }
				}
				found = append(found, next)
			}
		}
	}
	return append(found, readEmails(d, q)...)
}

// indexOf returns the name of the database index that finds rows by the given
// column.
func (d *Definition) indexOf(c *Column) string {
	switch {
	case c.Format.kind == kindOrderID:
		return d.Source.OrderIndex
	case c.Account:
		return d.Source.AccountIndex
	default:
		return ""
	}
}

// isSelective reports whether few rows of a partner have the same value in the
// column.
func (c *Column) isSelective() bool {
	switch c.Format.kind {
	case kindDigits, kindUUID, kindOrderID:
		return c.Partner == nil && c.whose == "" && c.Name != partnerColumn
	default:
		return false
	}
}

// These parameters limit a report to the clients with an e-mail address.
const (
	emailFilter  = "email"
	searchFilter = "search"
)

// readEmails reads the query parameter "email". It also reads the query
// parameter "search" if its value is an e-mail address, and otherwise ignores
// it. An address that no client has must match no row, because a program that
// looks up a client takes the first row as the result.
func readEmails(d *Definition, q *page.Query) []condition {
	if d.Email == nil {
		return nil
	}
	var found []condition
	add := func(addresses []string) {
		for i := range addresses {
			addresses[i] = strings.ToLower(addresses[i])
		}
		found = append(found, condition{filter: emailFilter, finds: true, compile: func(b *builder) string { return d.Email(b, addresses) }})
	}
	switch addresses := q.Values(emailFilter); {
	case addresses != nil:
		add(addresses)
	case q.Given(emailFilter): // the program's variable was probably empty; no client has the address ""
		add([]string{""})
	}
	if address, given := q.Text(searchFilter); given && strings.Contains(address, "@") {
		add([]string{address})
	}
	return found
}

// readFilter reads the filter on a column that is not a day. It returns nil if the
// request has no such filter.
func readFilter(d *Definition, c *Column, q *page.Query) func(*builder) string {
	switch c.Format.kind {
	case kindBoolean:
		if wanted := q.Bools(c.Name); len(wanted) == 1 { // if both values are given, every row matches
			return func(b *builder) string { return truth(b.sql(c), wanted[0]) }
		}
		return nil
	case kindInteger:
		if wanted := q.Ints(c.Name); wanted != nil {
			return func(b *builder) string { return b.anyInt(b.sql(c), wanted) }
		}
		return nil
	case kindUUID:
		return readUIDs(d, c, q)
	case kindOrderID:
		return readOrderIDs(c, q)
	default:
		return readTexts(c, q)
	}
}

func truth(sql string, wanted bool) string {
	if wanted {
		return "(" + sql + ")"
	}
	return "NOT (" + sql + ")"
}

func readTexts(c *Column, q *page.Query) func(*builder) string {
	wanted := q.Values(c.Name)
	for i, text := range wanted {
		if c.Format.kind == kindDigits {
			text = page.Whole(text)
		}
		if fault := textFault(c, text); fault != "" {
			q.Fault(c.Name, "invalid", fault)
			return nil
		}
		switch c.Case {
		case exactCase:
		case upperCase:
			text = strings.ToUpper(text)
		case lowerCase, anyCase:
			text = lower(text)
		}
		wanted[i] = text
	}
	switch {
	case len(wanted) == 0:
		return nil
	case c.Partner != nil:
		return func(b *builder) string {
			if slices.Contains(wanted, c.Partner.of(b.partner)) {
				return "1 = 1"
			}
			return "1 = 0"
		}
	case c.whose != "":
		return func(b *builder) string {
			return "t.partner_id IN (SELECT p.partner_id FROM partners p WHERE " + b.anyText(c.whose, wanted) + ")"
		}
	case c.Case == anyCase:
		return func(b *builder) string { return b.anyText(b.lowerSQL(b.sql(c)), wanted) }
	default:
		return func(b *builder) string { return b.anyText(b.sql(c), wanted) }
	}
}

// maxOrderIDs is the maximum number of orders in a filter. Each order is a term
// of the condition, and SQLite refuses a condition of about 1,000 terms.
const maxOrderIDs = 100

// readOrderIDs reads a list of orders. The name of an order's server is stored
// with the terms of its reward.
func readOrderIDs(c *Column, q *page.Query) func(*builder) string {
	texts := q.Values(c.Name)
	if len(texts) > maxOrderIDs {
		q.Fault(c.Name, "max_length", fmt.Sprintf("Ensure this field has no more than %d elements.", maxOrderIDs))
		return nil
	}
	var wanted []feed.OrderKey
	for _, text := range texts {
		order, ok := feed.ParseOrderID(text)
		if !ok {
			q.Fault(c.Name, "invalid", "Must be an order, as server:ticket or server:ticket-part.")
			return nil
		}
		wanted = append(wanted, order)
	}
	if len(wanted) == 0 {
		return nil
	}
	return func(b *builder) string {
		terms := make([]string, len(wanted))
		for i, o := range wanted {
			terms[i] = "t.ticket = " + b.bind(o.Ticket) + " AND t.part = " + b.bind(int64(o.Part)) + " AND " + b.within(ofTerms, "w.server = "+b.bind(o.Server))
		}
		if len(terms) == 1 {
			return terms[0]
		}
		return "(" + strings.Join(terms, " OR ") + ")"
	}
}

func textFault(c *Column, text string) string {
	switch {
	case utf8.RuneCountInString(text) > page.MaxText:
		return fmt.Sprintf("Ensure this field has no more than %d characters.", page.MaxText)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "Not a valid string."
	case c.Format.kind == kindDigits && strings.Trim(text, "0123456789") != "":
		return "A valid integer is required."
	case c.Choices != nil && !slices.Contains(c.Choices, text):
		return "Must be one of: " + strings.Join(c.Choices, ", ") + "."
	default:
		return ""
	}
}

// readDates reads a list of days, or a range of days with the suffixes _from
// and _to. The range includes both ends. readDates also reports whether the filter
// matches either all days or no day of each month.
func readDates(c *Column, q *page.Query) (compile func(*builder) string, months bool) {
	days, from, to := q.Days(c.Name), q.Day(c.Name+"_from"), q.Day(c.Name+"_to")
	if len(days) == 0 && from == nil && to == nil {
		return nil, false
	}
	months = len(days) == 0 && (from == nil || *from == from.FirstOfMonth()) && (to == nil || *to+1 == (*to+1).FirstOfMonth())
	list := make([]int64, len(days))
	for i, day := range days {
		list[i] = int64(day)
		if len(days) == 1 {
			from, to = laterDay(from, day), earlier(to, day)
		}
	}
	return func(b *builder) string {
		var all []string
		if len(list) > 1 {
			all = append(all, b.anyInt(b.sql(c), list))
		}
		if from != nil {
			all = append(all, b.leftSide(b.sql(c), " >= ")+b.bind(int64(*from)))
			all = append(all, b.instant(c, " >= ", *from-1)...)
		}
		if to != nil {
			all = append(all, b.leftSide(b.sql(c), " <= ")+b.bind(int64(*to)))
			all = append(all, b.instant(c, " < ", *to+2)...)
		}
		return strings.Join(all, " AND ")
	}, months
}

func laterDay(bound *clock.Day, day clock.Day) *clock.Day {
	if bound != nil && *bound > day {
		return bound
	}
	return &day
}

func earlier(bound *clock.Day, day clock.Day) *clock.Day {
	if bound != nil && *bound < day {
		return bound
	}
	return &day
}

const shortUID = 8

// uids are the values of a filter on client UIDs.
type uids struct {
	full    []id.UUID
	short   []string
	numbers []string // account numbers, for the column that OrNumber names
}

func readUIDs(d *Definition, c *Column, q *page.Query) func(*builder) string {
	var found uids
	for _, text := range q.Values(c.Name) {
		if !found.read(c, text) {
			fault := "Must be a valid UUID, or its first 8 characters."
			if c.Whole {
				fault = "Must be a whole UUID."
			}
			q.Fault(c.Name, "invalid", fault)
			return nil
		}
	}
	if len(found.full)+len(found.short)+len(found.numbers) == 0 {
		return nil
	}
	return func(b *builder) string { return found.compile(b, d, c) }
}

// read adds one value. It returns false if the column does not accept this
// value.
func (u *uids) read(c *Column, text string) bool {
	if number := page.Whole(text); c.OrNumber != "" && len(number) > shortUID && len(number) <= accountDigits && strings.Trim(number, "0123456789") == "" {
		u.numbers = append(u.numbers, number)
		return true
	}
	if prefix := strings.ToLower(text); !c.Whole && len(prefix) == shortUID && strings.Trim(prefix, "0123456789abcdef") == "" {
		u.short = append(u.short, prefix)
		return true
	}
	uid, err := id.Parse(text)
	u.full = append(u.full, uid)
	return err == nil
}

func (u *uids) compile(b *builder, d *Definition, c *Column) string {
	var ways []string
	if len(u.full)+len(u.short) > 0 {
		ways = append(ways, b.anyUID(b.sql(c), u.full, u.short))
	}
	if len(u.numbers) > 0 {
		ways = append(ways, b.anyText(b.sql(d.column(c.OrNumber)), u.numbers))
	}
	wanted := "(" + strings.Join(ways, " OR ") + ")"
	if len(ways) == 1 {
		wanted = ways[0]
	}
	if !c.Account || c.In != nil {
		return wanted
	}
	return wanted + " AND " + b.within(ofClients, b.anyUID("a.client_uid", u.full, u.short))
}

// readPath turns the values in a report's path into conditions. It returns
// false if one of the values is not valid.
func readPath(d *Definition, path func(name string) string) ([]condition, bool) {
	var found []condition
	for _, name := range pathNames(d.Path) {
		c, text := d.column(name), path(name)
		if text == "" || textFault(c, text) != "" {
			return nil, false
		}
		compile := func(b *builder) string { return b.anyText(b.sql(c), []string{text}) }
		switch c.Format.kind {
		case kindOrderID:
			order, ok := feed.ParseOrderID(text)
			if !ok {
				return nil, false
			}
			compile = func(b *builder) string { return ofOrder(b, order) }
		case kindInteger:
			n, ok := plainInt(text)
			if !ok {
				return nil, false
			}
			compile = func(b *builder) string { return b.anyInt(b.sql(c), []int64{n}) }
		default:
		}
		found = append(found, condition{filter: name, compile: compile})
	}
	return found, true
}

func pathNames(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// plainInt parses a whole number without a sign and without leading zeros. It
// accepts 45.0 as 45.
func plainInt(text string) (int64, bool) {
	text = page.Whole(text)
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == text && n >= 0
}

func ofOrder(b *builder, o feed.OrderKey) string {
	return "w.server = " + b.bind(o.Server) + " AND t.ticket = " + b.bind(o.Ticket) + " AND t.part = " + b.bind(int64(o.Part))
}
