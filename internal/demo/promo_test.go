package demo_test

import (
	"bytes"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/promo"
)

func TestPromo_IsALibraryToChooseFrom(t *testing.T) {
	t.Parallel()
	all, err := demo.Promo()
	require.NoError(t, err)
	kinds, sizes, languages := map[promo.Kind]int{}, map[[2]int]bool{}, map[string]bool{}
	for _, m := range all {
		kinds[m.Kind]++
		languages[*m.Language] = true
		if m.Kind == promo.Banner {
			c, err := png.DecodeConfig(bytes.NewReader(m.File))
			require.NoError(t, err)
			sizes[[2]int{c.Width, c.Height}] = true
		}
	}
	require.Equal(t, map[promo.Kind]int{promo.Banner: 12, promo.Logo: 2, promo.Text: 2, promo.Landing: 1, promo.Widget: 1}, kinds)
	require.Equal(t, map[[2]int]bool{{728, 90}: true, {300, 250}: true, {160, 600}: true, {1080, 1080}: true}, sizes)
	for _, language := range []string{"en", "es", "pt"} {
		require.True(t, languages[language], language)
	}
}
