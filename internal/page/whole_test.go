package page_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/page"
)

func TestWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"45": "45", "45.0": "45", "45.000": "45", "-45.0": "-45", "0045.0": "0045", "1163683105934900000.0": "1163683105934900000",
		"45.": "45.", ".0": ".0", "-.0": "-.0", "45.5": "45.5", "45.0.0": "45.0.0", "a.0": "a.0", "": "", "4e1": "4e1",
	} {
		require.Equal(t, want, page.Whole(text), text)
	}
}
