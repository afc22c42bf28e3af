package promo_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/promo"
)

func TestPromo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, db.DB, promo.SQLStore){
			"versions": testPromoVersions,
			"lists":    testPromoLists,
			"codes":    testPromoCodes,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				database := open(t)
				test(t, database, promo.NewSQLStore(database))
			})
		}
	})
}

func promoFile(version int64, content string, preview []byte) *promo.File {
	return &promo.File{
		Version: version, MediaType: "image/png", Name: "x.png", Digest: []byte("digest " + content), Content: []byte(content), Preview: preview,
		CreatedAt: programmetest.Now,
	}
}

func testPromoVersions(t *testing.T, _ db.DB, s promo.SQLStore) {
	ctx := t.Context()
	width, height := int64(300), int64(250)
	m := promo.Material{
		Kind: promo.Banner, Title: "Gold ☉", Language: "en", Theme: "dark", Product: "metals", Width: &width, Height: &height, Version: 1, CreatedAt: programmetest.Now,
	}
	require.NoError(t, s.Add(ctx, &m, promoFile(1, "one\x00\xff", []byte("small")), 2))
	require.EqualValues(t, 1, m.ID)
	got, err := s.Material(ctx, 1)
	require.NoError(t, err)
	m.MediaType, m.FileName, m.Size, m.HasPreview = "image/png", "x.png", 5, true
	require.Equal(t, m, got)

	got, err = s.Update(ctx, 1, func(m *promo.Material) (*promo.File, error) {
		m.Version, m.Title = 2, "Silver"
		f := promoFile(2, "two", nil)
		f.MaterialID = m.ID
		return f, nil
	})
	require.NoError(t, err)
	require.Equal(t, "Silver", got.Title)
	got, err = s.Material(ctx, 1)
	require.NoError(t, err)
	require.EqualValues(t, 2, got.Version)
	require.False(t, got.HasPreview)
	for version, want := range map[int64]string{1: "one\x00\xff", 2: "two"} {
		f, err := s.File(ctx, 1, version, false)
		require.NoError(t, err)
		require.Equal(t, want, string(f.Content))
		require.Equal(t, "digest "+want, string(f.Digest))
		require.Nil(t, f.Preview)
	}
	f, err := s.File(ctx, 1, 1, true)
	require.NoError(t, err)
	require.Equal(t, "small", string(f.Preview))
	require.Nil(t, f.Content)
	f, err = s.File(ctx, 1, 2, true)
	require.NoError(t, err)
	require.Nil(t, f.Preview)

	refused := errors.New("no")
	_, err = s.Update(ctx, 1, func(m *promo.Material) (*promo.File, error) {
		m.Title = "never"
		return nil, refused
	})
	require.ErrorIs(t, err, refused)
	retired := programmetest.Now.Add(time.Hour)
	got, err = s.Update(ctx, 1, func(m *promo.Material) (*promo.File, error) {
		m.RetiredAt = &retired
		return nil, nil
	})
	require.NoError(t, err)
	require.Equal(t, "Silver", got.Title)
	got, err = s.Material(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, retired, *got.RetiredAt)

	other := promo.Material{Kind: promo.Text, Title: "x", Version: 1, CreatedAt: programmetest.Now}
	require.NoError(t, s.Add(ctx, &other, promoFile(1, "x", nil), 2))
	require.EqualValues(t, 2, other.ID)
	require.ErrorIs(t, s.Add(ctx, &other, promoFile(1, "x", nil), 2), promo.ErrTooMany)
	_, err = s.Material(ctx, 3)
	require.ErrorIs(t, err, promo.ErrUnknown)
	_, err = s.File(ctx, 1, 3, false)
	require.ErrorIs(t, err, promo.ErrUnknown)
	_, err = s.Update(ctx, 3, func(*promo.Material) (*promo.File, error) { return nil, nil })
	require.ErrorIs(t, err, promo.ErrUnknown)
}

func testPromoLists(t *testing.T, _ db.DB, s promo.SQLStore) {
	ctx := t.Context()
	add := func(kind promo.Kind, title, language, theme, product string, size ...int64) {
		m := promo.Material{Kind: kind, Title: title, Language: language, Theme: theme, Product: product, Version: 1, CreatedAt: programmetest.Now}
		if len(size) > 0 {
			m.Width, m.Height = &size[0], &size[1]
		}
		require.NoError(t, s.Add(ctx, &m, promoFile(1, title, nil), 100))
	}
	add(promo.Banner, "b", "en", "dark", "metals", 300, 250)
	add(promo.Banner, "A", "es", "light", "forex", 728, 90)
	add(promo.Text, "ä", "en", "", "metals")
	add(promo.Logo, "a", "", "dark", "", 300, 100)
	retired := programmetest.Now
	_, err := s.Update(ctx, 2, func(m *promo.Material) (*promo.File, error) {
		m.RetiredAt = &retired
		return nil, nil
	})
	require.NoError(t, err)
	yes, no := true, false
	all := page.Page{Limit: 100}
	ordered := func(field string, descending bool) page.Page {
		return page.Page{Limit: 100, Order: []page.Order{{Field: field, Descending: descending}}}
	}
	for _, c := range []struct {
		f    promo.Filter
		want []int64
	}{
		{promo.Filter{Page: all}, []int64{4, 3, 2, 1}},
		{promo.Filter{Page: all, Retired: &no}, []int64{4, 3, 1}},
		{promo.Filter{Page: all, Retired: &yes}, []int64{2}},
		{promo.Filter{Page: all, Kinds: []string{"banner"}}, []int64{2, 1}},
		{promo.Filter{Page: all, Kinds: []string{"banner", "text"}, Languages: []string{"en"}}, []int64{3, 1}},
		{promo.Filter{Page: all, Themes: []string{"dark"}, Products: []string{"metals", "forex"}}, []int64{1}},
		{promo.Filter{Page: all, Sizes: []promo.Size{{Width: 300, Height: 250}, {Width: 728, Height: 90}}}, []int64{2, 1}},
		{promo.Filter{Page: all, Sizes: []promo.Size{{Width: 300, Height: 90}}}, nil},
		{promo.Filter{Page: all, Languages: []string{"' OR 1=1 --"}}, nil},
		{promo.Filter{Page: ordered("title", false)}, []int64{2, 4, 1, 3}}, // sorted by the bytes of the titles
		{promo.Filter{Page: ordered("id", false)}, []int64{1, 2, 3, 4}},
		{promo.Filter{Page: ordered("width", false)}, []int64{3, 4, 1, 2}},
		{promo.Filter{Page: ordered("height", true)}, []int64{1, 4, 2, 3}},
		{promo.Filter{Page: page.Page{Limit: 2, Offset: 1}}, []int64{3, 2}},
	} {
		list, count, err := s.Materials(ctx, c.f)
		require.NoError(t, err)
		var got []int64
		for _, m := range list {
			got = append(got, m.ID)
		}
		require.Equal(t, c.want, got, "%+v", c.f)
		if c.f.Page.Limit == 100 {
			require.EqualValues(t, len(got), count)
		} else {
			require.EqualValues(t, 4, count)
		}
	}
	v, err := s.Values(ctx)
	require.NoError(t, err)
	require.Equal(t, promo.Values{
		Kinds: []string{"banner", "logo", "text"}, Languages: []string{"en"}, Themes: []string{"dark"}, Products: []string{"metals"},
		Sizes: []promo.Size{{Width: 300, Height: 100}, {Width: 300, Height: 250}},
	}, v)
}

func testPromoCodes(t *testing.T, db db.DB, s promo.SQLStore) {
	ctx := t.Context()
	p := programmetest.New(db)
	p.MustFeed(t, p.Setting()...)
	a, err := id.Parse(programmetest.PartnerA)
	require.NoError(t, err)
	code, err := s.Code(ctx, a, "alpha")
	require.NoError(t, err)
	require.Equal(t, promo.Code{Programme: "ib"}, code)
	for _, unknown := range []string{"beta", "ALPHA", ""} { // a code of another partner, and unknown codes
		_, err = s.Code(ctx, a, unknown)
		require.ErrorIs(t, err, promo.ErrUnknown, unknown)
	}
}
