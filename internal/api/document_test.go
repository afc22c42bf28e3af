package api_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
)

var regexpID = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

func each(document *openapi3.T, visit func(name string, op *openapi3.Operation)) {
	for path, item := range document.Paths.Map() {
		for method, op := range item.Operations() {
			visit(method+" "+path+" ("+op.OperationID+")", op)
		}
	}
}

// binary reports whether the content of a media type is binary. The document
// has no examples of binary content.
func binary(media *openapi3.MediaType) bool {
	return media.Schema.Value.Format == "binary"
}

func TestDocument_EveryAnswerHasAnExampleOfItsShape(t *testing.T) {
	t.Parallel()
	var faults []string
	each(apitest.DocumentAs(t, "openapi"), func(name string, op *openapi3.Operation) {
		for status, response := range op.Responses.Map() {
			for mediaType, media := range response.Value.Content {
				examples := map[string]any{}
				if media.Example != nil {
					examples["example"] = media.Example
				}
				for of, example := range media.Examples {
					examples[of] = example.Value.Value
				}
				if len(examples) == 0 && !binary(media) {
					faults = append(faults, fmt.Sprintf("%s %s %s has no example", name, status, mediaType))
				}
				for of, example := range examples {
					if err := media.Schema.Value.VisitJSON(example, openapi3.MultiErrors()); err != nil {
						faults = append(faults, fmt.Sprintf("%s %s %s: %s: %s", name, status, mediaType, of, firstLine(err)))
					}
				}
			}
		}
	})
	require.Empty(t, strings.Join(sortUnique(faults), "\n"))
}

func TestDocument_EveryRequestHasAnExampleOfItsShape(t *testing.T) {
	t.Parallel()
	var faults []string
	each(apitest.DocumentAs(t, "openapi"), func(name string, op *openapi3.Operation) {
		if op.RequestBody == nil {
			return
		}
		for mediaType, media := range op.RequestBody.Value.Content {
			if media.Example == nil {
				if mediaType == "application/json" {
					faults = append(faults, name+" has no example")
				}
				continue
			}
			if err := media.Schema.Value.VisitJSON(media.Example, openapi3.MultiErrors()); err != nil {
				faults = append(faults, fmt.Sprintf("%s %s: %s", name, mediaType, firstLine(err)))
			}
		}
	})
	require.Empty(t, strings.Join(sortUnique(faults), "\n"))
}

func TestDocument_EverythingIsNamedAndDescribed(t *testing.T) {
	t.Parallel()
	document := apitest.DocumentAs(t, "openapi")
	require.NotEmpty(t, document.Servers)
	var faults []string
	ids := map[string]string{}
	each(document, func(name string, op *openapi3.Operation) {
		if other := ids[op.OperationID]; other != "" {
			faults = append(faults, name+" has the id of "+other)
		}
		ids[op.OperationID] = name
		if !regexpID.MatchString(op.OperationID) {
			faults = append(faults, name+" has an id that is not in snake case")
		}
		if op.Summary == "" || strings.HasSuffix(op.Summary, ".") {
			faults = append(faults, name+" needs a summary without a full stop")
		}
		if len(op.Tags) != 1 || document.Tags.Get(op.Tags[0]) == nil || document.Tags.Get(op.Tags[0]).Description == "" {
			faults = append(faults, name+" needs one tag that tags.go describes")
		}
		for _, p := range op.Parameters {
			if strings.TrimSpace(p.Value.Description) == "" {
				faults = append(faults, fmt.Sprintf("%s: the %s parameter %s has no description", name, p.Value.In, p.Value.Name))
			}
		}
	})
	require.Empty(t, strings.Join(sortUnique(faults), "\n"))
	require.Equal(t, "auth_login", document.Paths.Value("/api/auth/").Post.OperationID)
	require.Equal(t, "auth_login_v2", document.Paths.Value("/api/v2/auth/").Post.OperationID)
}

// firstLine returns the first line of an error, because the other lines print whole
// schemas.
func firstLine(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

func sortUnique(faults []string) []string {
	once := map[string]bool{}
	for _, fault := range faults {
		once[fault] = true
	}
	return slices.Sorted(maps.Keys(once))
}
