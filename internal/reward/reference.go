package reward

import (
	_ "embed"
	"fmt"
	"reflect"
	"strings"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
)

//go:generate go run ../api/gen plans ../../docs/plans.md

//go:embed reference.md
var introduction string

// Reference returns the content of docs/plans.md, which describes every field
// of a plan and works through an example.
func Reference() []byte {
	text := introduction
	for mark, declared := range map[string]reflect.Type{
		"{{plan}}\n": reflect.TypeFor[Plan](), "{{level}}\n": reflect.TypeFor[Level](),
		"{{formula}}\n": reflect.TypeFor[FormulaRule](), "{{cpa}}\n": reflect.TypeFor[CPA](),
	} {
		text = strings.ReplaceAll(text, mark, fields(declared))
	}
	return []byte(strings.ReplaceAll(text, "{{shipped}}\n", string(defaultPlan)))
}

func fields(t reflect.Type) string {
	var b strings.Builder
	b.WriteString("| field | value | meaning |\n|---|---|---|\n")
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		value := valueOf(f.Type) + bounds(f.Tag)
		if f.Tag.Get("required") != "" {
			value += "; required"
		}
		if standard := f.Tag.Get("default"); standard != "" {
			value += "; " + standard + " when left out"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, value, f.Tag.Get("doc"))
	}
	return b.String()
}

func bounds(tag reflect.StructTag) string {
	if choices := tag.Get("enum"); choices != "" {
		return ": `" + strings.ReplaceAll(choices, ",", "`, `") + "`"
	}
	if least, most := tag.Get("minimum"), tag.Get("maximum"); least != "" && most != "" {
		return ", from " + least + " to " + most
	}
	return ""
}

func valueOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[clock.Day]():
		return "a day, `YYYY-MM-DD`"
	case reflect.TypeFor[money.Amount](), reflect.TypeFor[*money.Amount]():
		return fmt.Sprintf("a decimal with at most %d places", money.AmountPlaces)
	case reflect.TypeFor[money.Percent]():
		return fmt.Sprintf("a decimal with at most %d places", money.PercentPlaces)
	case reflect.TypeFor[money.Volume]():
		return fmt.Sprintf("a decimal with at most %d places", money.VolumePlaces)
	case reflect.TypeFor[money.Lots]():
		return fmt.Sprintf("a decimal with at most %d places", money.LotsPlaces)
	}
	switch t.Kind() {
	case reflect.Slice:
		return "a list of " + several(t.Elem())
	case reflect.Map:
		return "an object: for each group " + valueOf(t.Elem())
	case reflect.Pointer:
		return valueOf(t.Elem())
	case reflect.Struct:
		if t.NumField() > 0 && t.Field(0).Tag != "" {
			return "an object (see below)"
		}
		return "a time"
	case reflect.String:
		return "text"
	default:
		return "an integer"
	}
}

func several(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Struct:
		return "objects (see below)"
	case t.Kind() == reflect.String:
		return "texts"
	default:
		return "decimals"
	}
}
