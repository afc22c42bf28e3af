package promo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/promo"
)

func TestEmbed(t *testing.T) {
	t.Parallel()
	width, height := int64(300), int64(250)
	const link = "https://go.example.com/x/a/alpha?m=7"
	const open = `<a href="` + link + `" target="_blank" rel="sponsored noopener">`
	for _, c := range []struct {
		kind    promo.Kind
		content string
		want    promo.Embed
	}{
		{promo.Banner, "", promo.Embed{
			HTML:     open + `<img src="https://partners.example.com/promo/files/7-2/" width="300" height="250" alt="Gold &amp; &#34;more&#34;" style="border:0"></a>`,
			Markdown: `[![Gold \& \"more\"](https://partners.example.com/promo/files/7-2/)](` + link + `)`,
			BBCode:   `[url=` + link + `][img]https://partners.example.com/promo/files/7-2/[/img][/url]`,
		}},
		{promo.Landing, "https://lp.example.com/", promo.Embed{
			HTML: open + `Gold &amp; &#34;more&#34;</a>`, Markdown: `[Gold \& \"more\"](` + link + `)`, BBCode: `[url=` + link + `]Gold & "more"[/url]`,
		}},
		{promo.Video, "", promo.Embed{
			HTML: `<video src="https://partners.example.com/promo/files/7-2/" width="300" height="250" controls preload="metadata"></video><br>` +
				open + `Gold &amp; &#34;more&#34;</a>`,
			Markdown: `[Gold \& \"more\"](` + link + `)`, BBCode: `[url=` + link + `]Gold & "more"[/url]`,
		}},
		{promo.Text, "One [1]\n\n<b>Two", promo.Embed{
			HTML:     "<p>One [1]<br>\n<br>\n&lt;b&gt;Two<br>\n" + open + `Gold &amp; &#34;more&#34;</a></p>`,
			Markdown: "One \\[1\\]\n\n\\<b\\>Two\\\n" + `[Gold \& \"more\"](` + link + `)`,
			BBCode:   "One (1)\n\n<b>Two\n[url=" + link + `]Gold & "more"[/url]`,
		}},
		{promo.Widget, "https://widgets.example.com/?theme=dark", promo.Embed{
			HTML: `<iframe src="https://widgets.example.com/?link=https%3A%2F%2Fgo.example.com%2Fx%2Fa%2Falpha%3Fm%3D7&amp;theme=dark" width="300" height="250" ` +
				`title="Gold &amp; &#34;more&#34;" style="border:0" loading="lazy" ` +
				`sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>`,
			Markdown: `[Gold \& \"more\"](` + link + `)`, BBCode: `[url=` + link + `]Gold & "more"[/url]`,
		}},
	} {
		s, kept := library(t)
		kept.m = promo.Material{ID: 7, Kind: c.kind, Title: `Gold & "more"`, Version: 2, Width: &width, Height: &height}
		kept.f.Content = []byte(c.content)
		got, err := s.Embed(t.Context(), id.New(), 7, promo.Link{LinkCode: "alpha"})
		require.NoError(t, err)
		c.want.Tracking = link
		require.Equal(t, c.want, got, c.kind)
	}
}

func TestEmbed_LandingLinkLeadsToIt(t *testing.T) {
	t.Parallel()
	s, kept := library(t)
	title, address := "Gold", "https://lp.example.com/gold"
	_, err := addMaterial(t, s, promo.Landing, promo.Draft{Title: &title, Address: &address})
	require.NoError(t, err)
	e, err := s.Embed(t.Context(), id.New(), 7, promo.Link{CampaignCode: "spring"})
	require.NoError(t, err)
	require.Equal(t, "https://go.example.com/x/a/alpha?campaign=spring&l=17&m=7", e.Tracking)
	field := func(err error) string {
		var e *fault.Error
		require.ErrorAs(t, err, &e)
		return e.Fields[0].Name + " " + e.Fields[0].Code
	}
	_, err = s.Embed(t.Context(), id.New(), 7, promo.Link{LinkCode: "alpha"})
	require.Equal(t, "link_code no_link", field(err))
	kept.f.Content = []byte("https://gone.example.com/")
	_, err = s.Embed(t.Context(), id.New(), 7, promo.Link{CampaignCode: "spring"})
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	address = "https://evil.example.com/"
	_, err = addMaterial(t, s, promo.Landing, promo.Draft{Title: &title, Address: &address})
	require.Equal(t, "address does_not_exist", field(err))
}

func TestAddress(t *testing.T) {
	t.Parallel()
	s, _ := library(t)
	for _, c := range []struct {
		link promo.Link
		want string // expected URL, or field of the expected error
	}{
		{promo.Link{LinkCode: "alpha"}, "https://go.example.com/x/a/alpha"},
		{promo.Link{LinkCode: "alpha", SubID: " a&b=c "}, "https://go.example.com/x/a/alpha?sub_id=a%26b%3Dc"},
		{promo.Link{LinkCode: "alpha", Domain: "GO.example.com"}, "https://go.example.com/x/a/alpha"},
		{promo.Link{LinkCode: "alpha", Domain: "two.example.com:8443"}, "http://two.example.com:8443/a/alpha"},
		{promo.Link{CampaignCode: "spring", SubID: "é"}, "https://go.example.com/x/a/alpha?campaign=spring&sub_id=%C3%A9"},
		{promo.Link{CampaignCode: "spring", Domain: "two.example.com:8443"}, "http://two.example.com:8443/a/alpha?campaign=spring"},
		{promo.Link{}, "link_code"},
		{promo.Link{LinkCode: "beta"}, "link_code"},
		{promo.Link{LinkCode: "alpha", CampaignCode: "spring"}, "campaign_code"},
		{promo.Link{LinkCode: "alpha", Domain: "evil.example"}, "domain"},
		{promo.Link{LinkCode: "alpha", SubID: strings.Repeat("x", 101)}, "sub_id"},
		{promo.Link{LinkCode: "alpha", SubID: "a\nb"}, "sub_id"},
	} {
		got, err := s.Address(t.Context(), id.New(), c.link)
		if e, is := errors.AsType[*fault.Error](err); is {
			require.Equal(t, c.want, e.Fields[0].Name, "%+v", c.link)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, got.String())
	}
}

// FuzzEmbed checks that no title, text or sub_id can change the tags of the
// code, and that the title appears as text.
func FuzzEmbed(f *testing.F) {
	for _, seed := range []string{`"><script>alert(1)</script>`, `' onload=alert(1) x='`, `](javascript:alert(1))`, `[/url][img]x[/img]`, "a\\](b)", "`x`", "&quot;", "-->"} {
		f.Add(seed, seed, seed)
	}
	f.Fuzz(func(t *testing.T, title, text, sub string) {
		for _, kind := range []promo.Kind{promo.Banner, promo.Text} {
			s, kept := library(t)
			draft := promo.Draft{Title: &title}
			if kind == promo.Text {
				draft.Text = &text
			} else {
				draft.File = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b")
			}
			if _, err := addMaterial(t, s, kind, draft); err != nil {
				require.Equal(t, fault.ValidationError, fault.CodeOf(err))
				return
			}
			e, err := s.Embed(t.Context(), id.New(), 7, promo.Link{LinkCode: "alpha", SubID: sub})
			if err != nil {
				require.Equal(t, fault.ValidationError, fault.CodeOf(err))
				return
			}
			tracking, err := url.Parse(e.Tracking)
			require.NoError(t, err)
			require.Equal(t, "go.example.com", tracking.Host)
			require.Equal(t, strings.TrimSpace(sub), tracking.Query().Get("sub_id"))
			checkHTML(t, kind, e, kept.m.Title)
			require.Equal(t, 1, strings.Count(e.BBCode, "[/url]"))
			require.Equal(t, strings.Count(e.BBCode, "["), strings.Count(e.BBCode, "]"))
			require.Equal(t, map[promo.Kind]int{promo.Banner: 4, promo.Text: 2}[kind], strings.Count(e.BBCode, "["))
			plain := strings.NewReplacer(`\\`, "", `\[`, "", `\]`, "", `\(`, "", `\)`, "", `\<`, "", "\\`", "").Replace(e.Markdown)
			require.Equal(t, map[promo.Kind]int{promo.Banner: 2, promo.Text: 1}[kind], strings.Count(plain, "["), e.Markdown)
			require.NotContains(t, plain, "<")
			require.NotContains(t, plain, "`")
		}
	})
}

func checkHTML(t *testing.T, kind promo.Kind, e promo.Embed, title string) {
	t.Helper()
	var tags []string
	var words strings.Builder
	for tokens := html.NewTokenizer(strings.NewReader(e.HTML)); ; {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			require.ErrorIs(t, tokens.Err(), io.EOF)
			break
		}
		token := tokens.Token()
		switch kind {
		case html.TextToken:
			words.WriteString(token.Data)
		case html.StartTagToken:
			for _, a := range token.Attr {
				require.Contains(t, []string{"href", "target", "rel", "src", "width", "height", "alt", "style"}, a.Key)
				if a.Key == "href" {
					require.Equal(t, e.Tracking, a.Val)
				}
				if a.Key == "alt" {
					require.Equal(t, title, a.Val)
				}
			}
			if token.Data != "br" {
				tags = append(tags, token.Data)
			}
		case html.EndTagToken:
		default:
			require.Fail(t, "what is this", "%v in %s", kind, e.HTML)
		}
	}
	require.Equal(t, map[promo.Kind][]string{promo.Banner: {"a", "img"}, promo.Text: {"p", "a"}}[kind], tags)
	if kind == promo.Text {
		require.True(t, strings.HasSuffix(words.String(), title))
	}
}

func TestQR_DrawsTheSameModulesBothWays(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"https://go.example.com/a/alpha?m=7", "https://go.example.com/" + strings.Repeat("long-", 60)} {
		code, err := promo.NewQR(text)
		require.NoError(t, err)
		const size = 1024
		picture, err := code.PNG(size)
		require.NoError(t, err)
		img, err := png.Decode(bytes.NewReader(picture))
		require.NoError(t, err)
		require.Equal(t, size, img.Bounds().Dx())

		var svg struct {
			ViewBox string `xml:"viewBox,attr"`
			Path    struct {
				D string `xml:"d,attr"`
			} `xml:"path"`
		}
		require.NoError(t, xml.Unmarshal(code.SVG(size), &svg))
		var whole, twice int
		_, err = fmt.Sscanf(svg.ViewBox, "0 0 %d %d", &whole, &twice)
		require.NoError(t, err)
		require.Equal(t, whole, twice)
		require.Equal(t, 1, (whole-8)%4, "17 modules and 4 for each version")
		dark := map[[2]int]bool{}
		for run := range strings.SplitSeq(strings.TrimSuffix(svg.Path.D, "z"), "z") {
			var x, y, length, back int
			_, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &length, &back)
			require.NoError(t, err, run)
			require.Equal(t, length, back)
			for i := range length {
				dark[[2]int{x + i, y}] = true
			}
		}
		scale := size / whole
		margin := (size - (whole-8)*scale) / 2
		for y := -4; y < whole-4; y++ {
			for x := -4; x < whole-4; x++ {
				r, _, _, _ := img.At(margin+x*scale+scale/2, margin+y*scale+scale/2).RGBA()
				require.Equal(t, dark[[2]int{x + 4, y + 4}], r == 0, "%d, %d", x, y)
			}
		}
		for _, corner := range [][2]int{{4, 4}, {whole - 11, 4}, {4, whole - 11}} { // the finder patterns
			for i := range 7 {
				require.True(t, dark[[2]int{corner[0] + i, corner[1]}])
				require.True(t, dark[[2]int{corner[0], corner[1] + i}])
			}
			require.False(t, dark[[2]int{corner[0] + 1, corner[1] + 1}])
			require.True(t, dark[[2]int{corner[0] + 3, corner[1] + 3}])
		}
		_, err = code.PNG(whole - 1)
		require.Equal(t, fault.ValidationError, fault.CodeOf(err))
		_, err = promo.NewQR(strings.Repeat("x", 5000))
		require.Error(t, err)
	}
}

// TestQR_KeepsItsModules fails if an update of the QR module changes a picture.
// The two pictures were checked with a scanner. Scan the new pictures before
// you replace the digests.
func TestQR_KeepsItsModules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://go.example.com/a/abc123": "84fe515e0a0911f9848e80073d83fa85bea3a2694cf66009c238d0a5a09b8263",
		"https://go.example.com/a/abc123?campaign=k3p9xw2m&sub_id=%E0%B8%81" + strings.Repeat("x", 300): "7e176919906a0b4acff74b7a513f7cc1ab82667ec690b63d32e3ea0f2b7832ee",
	} {
		code, err := promo.NewQR(text)
		require.NoError(t, err)
		require.Equal(t, want, fmt.Sprintf("%x", sha256.Sum256(code.SVG(promo.MinQR*4))), text)
	}
}
