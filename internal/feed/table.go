package feed

import (
	"cmp"
	"slices"
)

// Spec describes one type of fact. A new type needs a new Spec in the table,
// and a rule in accrual. The parser, docs/feed.md and the OpenAPI document use
// the table.
type Spec struct {
	Type    Type
	Rank    int    // within a batch, facts with a lower rank are applied first, so that few facts have to wait
	Says    string // meaning of the fact
	Waits   string // what a fact of this type waits for; empty if it never waits
	Late    string // what happens if a fact of this type arrives late
	Brings  string // kind of the key whose waiting facts a fact of this type releases; empty if it releases none
	Example string // complete line of this type
	Fields  []*Field

	place map[string]int // index of each field, by its name
	sets  func(body any) string
	empty func() any // returns a pointer to a new body
	check func(body any, c *checker)
}

// Field is one field of a type. The fields id, type and at are not included.
type Field struct {
	Name     string
	Required bool
	Says     string
	Shape

	read func(body any, value []byte, c *checker)
}

// typeRow declares a type of fact with bodies of type B.
type typeRow[B any] struct {
	kind    Type
	rank    int
	says    string
	waits   string
	late    string
	brings  string
	example string
	fields  []field[B]
	sets    func(body *B) string      // returns the result of Sets; nil if a fact of this type creates no object
	check   func(body *B, c *checker) // checks several fields together, after each of them has been found valid; may be nil
}

type field[B any] struct {
	Field

	fill func(body *B, value []byte, c *checker)
}

func needs[B, T any](name string, k kind[T], says string, at func(*B) *T) field[B] {
	return field[B]{Field{Name: name, Required: true, Says: says, Shape: k.Shape}, reader(name, true, k, at)}
}

// optional declares an optional field. A null or blank value means that the
// field is absent.
func optional[B, T any](name string, k kind[T], says string, at func(*B) *T) field[B] {
	return field[B]{Field{Name: name, Says: says, Shape: k.Shape}, reader(name, false, k, at)}
}

func reader[B, T any](name string, required bool, k kind[T], at func(*B) *T) func(*B, []byte, *checker) {
	return func(body *B, value []byte, c *checker) {
		v, given, wrong := k.read(value)
		switch {
		case wrong != nil:
			c.add(name, wrong.code, wrong.message)
		case given:
			*at(body) = v
		case required:
			c.addMissing(name)
		}
	}
}

func (r *typeRow[B]) spec() *Spec {
	s := &Spec{
		Type: r.kind, Rank: r.rank, Says: r.says, Waits: r.waits, Late: r.late, Brings: r.brings, Example: r.example,
		place: map[string]int{}, empty: func() any { return new(B) }, sets: func(any) string { return "" }, check: func(any, *checker) {},
	}
	for i := range r.fields {
		f := &r.fields[i]
		f.read = func(body any, value []byte, c *checker) {
			if b, ok := body.(*B); ok {
				f.fill(b, value, c)
			}
		}
		s.place[f.Name] = i
		s.Fields = append(s.Fields, &f.Field)
	}
	if r.sets != nil {
		s.sets = func(body any) string {
			if b, ok := body.(*B); ok {
				return r.sets(b)
			}
			return ""
		}
	}
	if r.check != nil {
		s.check = func(body any, c *checker) {
			if b, ok := body.(*B); ok {
				r.check(b, c)
			}
		}
	}
	return s
}

// table has the types of facts in the order of the documentation.
var table = slices.Concat(partnerTypes, configurationTypes, clientTypes, accountTypes, orderTypes, brokerTypes)

var byType = index(table)

func index(specs []*Spec) map[Type]*Spec {
	types := make(map[Type]*Spec, len(specs))
	for _, s := range specs {
		types[s.Type] = s
	}
	return types
}

// Specs returns a copy of the table of fact types.
func Specs() []*Spec { return slices.Clone(table) }

// SpecOf returns the Spec of a type, or nil if there is no such type.
func SpecOf(kind Type) *Spec { return byType[kind] }

// Bringer returns the type of fact that creates objects of a kind and so
// releases the facts that wait for them. It returns "" if there is no such
// type.
func Bringer(brings string) Type {
	for _, s := range table {
		if brings != "" && s.Brings == brings {
			return s.Type
		}
	}
	return ""
}

// Sets identifies the object that a fact creates, such as an account or an
// order. It returns "" if the fact creates none. If several facts create the
// same object, the fact that comes first in the feed takes effect, no matter
// how the sender splits the feed into batches.
func Sets(f *Fact) string {
	if s := byType[f.Type]; s != nil {
		return s.sets(f.Body)
	}
	return ""
}

// InOrder returns the order in which the facts of a batch must be applied. They
// are sorted by the rank of their type, and then by their time.
func InOrder(facts []Fact) []int {
	ranks, order := make([]int, len(facts)), make([]int, len(facts))
	for i := range facts {
		order[i] = i
		if s := byType[facts[i].Type]; s != nil {
			ranks[i] = s.Rank
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(ranks[i], ranks[j]), facts[i].At.Compare(facts[j].At))
	})
	return order
}

var (
	idKind     = text(MaxID)
	typeKind   = text(maxText)
	momentKind = moment
)

// Heads returns the fields that every fact has: id, type and at.
func Heads() []*Field {
	return []*Field{
		{
			Name: "id", Required: true, Shape: idKind.Shape,
			Says: "The sender's id of this fact, unique for ever. A repeat with the same content is a duplicate and has no effect; " +
				"a repeat with other content is refused (`conflict`).",
		},
		{Name: "type", Required: true, Shape: typeKind.Shape, Says: "The fact's type."},
		{
			Name: "at", Required: true, Shape: momentKind.Shape,
			Says: "When it happened. A fact dated more than a day after the programme's clock is refused (`in_future`).",
		},
	}
}
