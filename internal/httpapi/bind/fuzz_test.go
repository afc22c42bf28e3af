package bind_test

import (
	"testing"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/fault"
)

// FuzzBody checks that every body is either accepted, or refused with faults
// that are safe to display.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"title":"ab"}`, `{"title":"ab","group_id":null,"data":{"url":1},"flags":{"":null}}`, `title=ab&ids=1,2&data={"url":"x"}`, `[]`, `null`,
		`{"title":"ab","percent":"1e3","amount":1e-7,"at":"2026-06-30T12:00:00Z","raw":[{}],"payload":{"a":[1]}}`, "\xff", `{"ids":[1,[2]]}`, `{"title":"\ud800"}`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	every := planOf[everyIn]("POST", everyPath)
	f.Fuzz(func(t *testing.T, body string, isJSON bool) {
		_, err := every.bind(t, call{target: everyTarget, body: body, form: !isJSON})
		switch code := fault.CodeOf(err); {
		case err != nil && code != fault.ParseError && code != fault.ValidationError:
			t.Fatalf("%q: %v", body, err)
		case code == fault.ValidationError:
			for _, field := range every.faults(t, call{target: everyTarget, body: body, form: !isJSON}) {
				if !utf8.ValidString(field.Name) || !utf8.ValidString(field.Message) || field.Code == "" {
					t.Fatalf("%q: %+v is no fault to show", body, field)
				}
			}
		}
	})
}
