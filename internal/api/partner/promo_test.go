package partner_test

// Some tests send raw requests, because they check the headers of files, or send
// forms that the SDK cannot write.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/promo"
	"github.com/tributary-server/tributary/sdk"
)

const library, shelf = "/broker/v1/promo/materials/", "/api/promo/materials/"

func setupPromo(t *testing.T) *apitest.World {
	t.Helper()
	return apitest.SetupWorld(t, func(c *programme.Config) { c.PublicURL = "" })
}

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	img.SetRGBA(1, 1, color.RGBA{200, 100, 50, 255})
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, img))
	return out.Bytes()
}

func object(t *testing.T, answer *httptest.ResponseRecorder, status int) map[string]any {
	t.Helper()
	require.Equal(t, status, answer.Code, "%s", answer.Body)
	out := map[string]any{}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &out))
	return out
}

func TestPromo(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	m := w.Shelve(t, sdk.UploadPromoMaterialIn{
		Kind: sdk.MaterialKindBanner, Title: ` Gold "now" <b> `, Language: new("en"), Theme: new("dark"), Product: new("metals"),
	}, picture(t, 640, 200))
	require.Equal(t, &sdk.LibraryMaterial{
		ID: 1, Kind: sdk.MaterialKindBanner, Title: `Gold "now" <b>`, Language: "en", Width: new(int64(640)), Height: new(int64(200)), Theme: "dark", Product: "metals",
		PreviewURL: new(shelf + "1/preview/?v=1"), FileURL: shelf + "1/file/?v=1", Created: w.Clock.Now(), MediaType: "image/png",
		FileName: "gold-now-b-1.png", FileSize: m.FileSize, Version: 1,
	}, m)
	w.Shelve(t, sdk.UploadPromoMaterialIn{Kind: sdk.MaterialKindText, Title: "Words", Language: new("es"), Text: new("Hola")}, nil)
	w.Shelve(t, sdk.UploadPromoMaterialIn{
		Kind: sdk.MaterialKindWidget, Title: "Prices", Address: new("https://w.example.com/"), Width: new(int64(300)), Height: new(int64(200)),
	}, nil)

	materials := apitest.All(t, a.PromoMaterials(ctx, sdk.PromoMaterialsQuery{}))
	require.Len(t, materials, 3)
	require.EqualValues(t, 3, materials[0].ID, "the newest first")
	detail := apitest.OK(w.Partner(t, "b").PromoMaterial(ctx, 1))(t)
	require.Equal(t, m.FileName, detail.FileName)
	require.Equal(t, m.FileSize, detail.FileSize)
	require.Equal(t, new(int64(0)), detail.Clicks)
	for _, tt := range []struct {
		query sdk.PromoMaterialsQuery
		count int64
	}{
		{sdk.PromoMaterialsQuery{Kind: []sdk.MaterialKind{sdk.MaterialKindBanner}}, 1},
		{sdk.PromoMaterialsQuery{Kind: []sdk.MaterialKind{sdk.MaterialKindBanner, sdk.MaterialKindText}}, 2},
		{sdk.PromoMaterialsQuery{Size: []string{"640x200"}}, 1},
		{sdk.PromoMaterialsQuery{Size: []string{"1x1"}}, 0},
		{sdk.PromoMaterialsQuery{Language: []string{"es"}}, 1},
		{sdk.PromoMaterialsQuery{Theme: []string{"dark"}, Product: []string{"metals"}}, 1},
		{sdk.PromoMaterialsQuery{Limit: 1}, 3},
		{sdk.PromoMaterialsQuery{Ordering: []string{"-title"}}, 3},
		{sdk.PromoMaterialsQuery{Offset: 7}, 3},
	} {
		require.Equal(t, tt.count, apitest.OK(a.PromoMaterialsPage(ctx, tt.query))(t).Totals.Count, "%+v", tt.query)
	}
	for fault, query := range map[string]sdk.PromoMaterialsQuery{
		"kind invalid_choice":     {Kind: []sdk.MaterialKind{"x"}},
		"size invalid":            {Size: []string{"0x1"}},
		"ordering invalid_choice": {Ordering: []string{"clicks"}},
	} {
		apitest.Refused(a.PromoMaterialsPage(ctx, query))(t, sdk.ValidationError, fault)
	}
	require.Equal(t, &sdk.MaterialValues{
		Kind: []string{"banner", "text", "widget"}, Language: []string{"en", "es"}, Size: []string{"300x200", "640x200"}, Theme: []string{"dark"}, Product: []string{"metals"},
	}, apitest.OK(a.PromoMaterialFilters(ctx, sdk.FiltersQuery{}))(t))
	require.Equal(t, &sdk.MaterialValues{Size: []string{"640x200"}}, apitest.OK(a.PromoMaterialFilters(ctx, sdk.FiltersQuery{Field: "size", Q: "64"}))(t))
	apitest.Refused(a.PromoMaterial(ctx, 99))(t, sdk.NotFound)
	apitest.Refused(a.PromoMaterialFile(ctx, 99, sdk.PromoMaterialFileQuery{}))(t, sdk.NotFound)
	apitest.Refused(a.PromoMaterialPreview(ctx, 2, sdk.PromoMaterialPreviewQuery{}))(t, sdk.NotFound)
	apitest.Refused(a.PromoMaterialFile(ctx, 1, sdk.PromoMaterialFileQuery{V: 2}))(t, sdk.NotFound)
	apitest.Refused(w.Partner(t, "a:wallet").PromoMaterialFile(ctx, 1, sdk.PromoMaterialFileQuery{}))(t, sdk.PermissionDenied)
}

// TestPromo_ReplacedAndRetired checks that partners get a new version of a file at
// once. Pages that embed the old version must keep showing the old file until the
// material is retired.
func TestPromo_ReplacedAndRetired(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	a, broker, ctx := w.Partner(t, "a"), w.Broker(t), t.Context()
	content := func(file *sdk.File, err error) []byte {
		t.Helper()
		require.NoError(t, err)
		defer file.Close()
		all, err := io.ReadAll(file)
		require.NoError(t, err)
		return all
	}
	image := picture(t, 640, 200)
	w.Shelve(t, sdk.UploadPromoMaterialIn{Kind: sdk.MaterialKindLogo, Title: "Größe"}, image)
	first := content(a.PromoMaterialFile(ctx, 1, sdk.PromoMaterialFileQuery{V: 1}))
	changed := apitest.OK(broker.ReplacePromoMaterial(ctx, 1, sdk.ReplacePromoMaterialIn{
		Title: new("New"), File: &sdk.Upload{Name: "new.png", Content: bytes.NewReader(picture(t, 100, 50))},
	}))(t)
	require.EqualValues(t, 2, changed.Version)
	require.Equal(t, new(int64(100)), changed.Width)
	require.Equal(t, first, content(a.PromoPublicFile(ctx, "1-1")), "embedded files stay the same")
	require.NotEqual(t, first, content(a.PromoMaterialFile(ctx, 1, sdk.PromoMaterialFileQuery{})))
	renamed := apitest.OK(broker.ReplacePromoMaterial(ctx, 1, sdk.ReplacePromoMaterialIn{Theme: new("dark")}))(t)
	require.EqualValues(t, 2, renamed.Version)
	require.Equal(t, "New", renamed.Title)

	for range 2 {
		require.Equal(t, w.Clock.Now(), apitest.OK(broker.RetirePromoMaterial(ctx, 1))(t).Retired)
	}
	apitest.Refused(a.PromoMaterial(ctx, 1))(t, sdk.NotFound)
	apitest.Refused(a.PromoMaterialFile(ctx, 1, sdk.PromoMaterialFileQuery{V: 1}))(t, sdk.NotFound)
	apitest.Refused(a.PromoMaterialPreview(ctx, 1, sdk.PromoMaterialPreviewQuery{}))(t, sdk.NotFound)
	apitest.Refused(a.PromoPublicFile(ctx, "1-1"))(t, sdk.NotFound)
	apitest.Refused(a.EmbedPromoMaterial(ctx, 1, sdk.EmbedPromoMaterialIn{LinkCode: new("alpha")}))(t, sdk.NotFound)
	require.Empty(t, apitest.All(t, a.PromoMaterials(ctx, sdk.PromoMaterialsQuery{})))
	require.EqualValues(t, 4, w.Count(t, "audit_log WHERE action LIKE 'promo_material.%' AND actor = 'broker' AND subject = '1'"), "added, changed twice, retired once")
	require.Empty(t, apitest.All(t, broker.PromoMaterials(ctx, sdk.BrokerPromoMaterialsQuery{Retired: new(false)})))
	apitest.Only(t, broker.PromoMaterials(ctx, sdk.BrokerPromoMaterialsQuery{}))
	_, err := broker.ReplacePromoMaterial(ctx, 1, sdk.ReplacePromoMaterialIn{Title: new("x")})
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	apitest.Refused(broker.ReplacePromoMaterial(ctx, 9, sdk.ReplacePromoMaterialIn{Title: new("x")}))(t, sdk.NotFound)
	apitest.Refused(broker.RetirePromoMaterial(ctx, 9))(t, sdk.NotFound)
}

func TestPromo_Files(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	w.Shelve(t, sdk.UploadPromoMaterialIn{Kind: sdk.MaterialKindLogo, Title: "Größe"}, picture(t, 640, 200))
	file := w.Call(t, "a", "GET", shelf+"1/file/?v=1", "")
	require.Equal(t, http.StatusOK, file.Code)
	require.Equal(t, "image/png", file.Header().Get("Content-Type"))
	require.Equal(t, "attachment; filename*=utf-8''gr%C3%B6%C3%9Fe-1.png", file.Header().Get("Content-Disposition"))
	require.Equal(t, "private, max-age=31536000, immutable", file.Header().Get("Cache-Control"))
	require.Equal(t, "private, no-cache", w.Call(t, "a", "GET", shelf+"1/file/", "").Header().Get("Cache-Control"))
	tag := file.Header().Get("ETag")
	again := w.Send(t, "a", "GET", shelf+"1/file/", nil, "If-None-Match", `"x", W/`+tag)
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.Bytes())
	require.Equal(t, http.StatusOK, w.Send(t, "a", "GET", shelf+"1/file/", nil, "If-None-Match", `"x"`).Code)
	head, asked := httptest.NewRecorder(), httptest.NewRequest(http.MethodHead, shelf+"1/file/", nil)
	asked.Header.Set("Authorization", "JWT "+w.As(t, "a"))
	w.Router.ServeHTTP(head, asked)
	require.Empty(t, head.Body.Bytes())
	require.Equal(t, file.Header().Get("Content-Length"), head.Header().Get("Content-Length"))
	preview := w.Call(t, "a", "GET", shelf+"1/preview/", "")
	c, err := png.DecodeConfig(preview.Body)
	require.NoError(t, err)
	require.Equal(t, [2]int{320, 100}, [2]int{c.Width, c.Height})
	require.NotEqual(t, tag, preview.Header().Get("ETag"))

	public := w.Call(t, "", "GET", "/promo/files/1-1/", "")
	require.Equal(t, file.Body.Bytes(), public.Body.Bytes())
	require.Equal(t, "public, max-age=3600", public.Header().Get("Cache-Control"))
	require.Empty(t, public.Header().Get("Content-Disposition"))
	require.Equal(t, "nosniff", public.Header().Get("X-Content-Type-Options"))
	for _, none := range []string{"1", "1-2", "01-1", "1-01", "1-1-1", "1-0", "-1-1", "x", "1-%2b1", "9-1"} {
		require.Equal(t, http.StatusNotFound, w.Call(t, "", "GET", "/promo/files/"+none+"/", "").Code, none)
	}
}

// TestPromo_UploadsNameWhatIsWrong checks that the error for a bad upload names
// the fields that are wrong, whether the upload is a form or JSON.
func TestPromo_UploadsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	fields := func(answer *httptest.ResponseRecorder, name string) string {
		var list []string
		for _, d := range object(t, answer, http.StatusBadRequest)["details"].([]any) {
			list = append(list, d.(map[string]any)["field"].(string)+" "+d.(map[string]any)["code"].(string))
		}
		return strings.Join(list, ", ")
	}
	img := picture(t, 3, 3)
	for _, c := range []struct {
		want  string
		file  []byte
		pairs []string
	}{
		{"kind required", img, nil},
		{"kind invalid_choice", img, []string{"kind", "exe"}},
		{"title required, file required", nil, []string{"kind", "banner"}},
		{"title blank", img, []string{"kind", "banner", "title", " \n "}},
		{"title max_length", img, []string{"kind", "banner", "title", strings.Repeat("é", 201)}},
		{"title invalid", img, []string{"kind", "banner", "title", "a\u202eb"}},
		{"language invalid, theme invalid, product max_length", img, []string{"kind", "banner", "title", "x", "language", "english", "theme", "a,b", "product", strings.Repeat("x", 65)}},
		{"file invalid_image", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), []string{"kind", "banner", "title", "x"}},
		{"file invalid_video", img, []string{"kind", "video", "title", "x"}},
		{"file max_size", make([]byte, promo.MaxImage+1), []string{"kind", "logo", "title", "x"}},
		{"file max_size", make([]byte, promo.MaxVideo+1), []string{"kind", "video", "title", "x"}},
		{"file max_size", make([]byte, promo.MaxVideo+(2<<20)), []string{"kind", "video", "title", "x"}},
		{"title max_size", img, []string{"kind", "banner", "title", strings.Repeat("x", 1<<17)}},
		{"file not_allowed, text required", img, []string{"kind", "text", "title", "x"}},
		{"width not_allowed", img, []string{"kind", "banner", "title", "x", "width", "5"}},
		{"height invalid", nil, []string{"kind", "widget", "title", "x", "address", "https://w.example.com", "height", "x"}},
		{"width invalid", nil, []string{"kind", "widget", "title", "x", "address", "https://w.example.com", "width", "0"}},
		{"address invalid", nil, []string{"kind", "widget", "title", "x", "address", "javascript:alert(1)"}},
		{"address does_not_exist", nil, []string{"kind", "landing", "title", "x", "address", "https://evil.example.com/"}},
		{"text blank", nil, []string{"kind", "text", "title", "x", "text", " "}},
	} {
		require.Equal(t, c.want, fields(w.Uploads(t, "broker", "POST", library, c.file, c.pairs...), c.want))
	}
	require.Equal(t, "title invalid", fields(w.Call(t, "broker", "POST", library, `{"kind":"text","title":["x"],"text":"x"}`), "a list"))
	for name, send := range map[string][2]string{
		"no boundary":   {"multipart/form-data", "x"},
		"cut off":       {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nban"},
		"too many":      {"multipart/form-data; boundary=b", manyParts(40)},
		"not UTF-8":     {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n\xff\r\n--b--"},
		"no JSON":       {"application/json", "{"},
		"no object":     {"application/json", "[]"},
		"a NUL in JSON": {"application/json", `{"kind":"text","title":"a\u0000b","text":"x"}`},
	} {
		got := w.Send(t, "broker", "POST", library, strings.NewReader(send[1]), "Content-Type", send[0])
		require.JSONEq(t, apitest.BadInput, got.Body.String(), name)
	}
	for name, send := range map[string][2]string{
		"a form":                        {"multipart/form-data; boundary=b", strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ny\r\n", 2) + "--b--"},
		"JSON":                          {"application/json", `{"kind":"text","title":"a","title":"b","text":"x"}`},
		"a title with half a character": {"application/json", `{"kind":"text","title":"\ud800","text":"x"}`},
	} {
		got := w.Send(t, "broker", "POST", library, strings.NewReader(send[1]), "Content-Type", send[0])
		require.Equal(t, http.StatusBadRequest, got.Code, name)
		require.Contains(t, got.Body.String(), `"field":"title"`, name)
	}
	require.Equal(t, http.StatusUnsupportedMediaType, w.Send(t, "broker", "POST", library, bytes.NewReader(img), "Content-Type", "image/png").Code)
	require.Zero(t, w.Count(t, "promo_materials"), "no part of it was kept")
}

func TestPromo_Embeds(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	w.Shelve(t, sdk.UploadPromoMaterialIn{Kind: sdk.MaterialKindBanner, Title: `"><script>`}, picture(t, 30, 20))
	w.Landing(t, "gold", "https://lp.example.com/gold")
	w.Shelve(t, sdk.UploadPromoMaterialIn{Kind: sdk.MaterialKindLanding, Title: "Gold", Address: new("https://lp.example.com/gold")}, nil)
	code := apitest.Campaign(t, a, "x").CampaignCode
	embeds := func(p *sdk.Partner, material int64, in sdk.EmbedPromoMaterialIn) *sdk.Embed {
		t.Helper()
		return apitest.OK(p.EmbedPromoMaterial(ctx, material, in))(t)
	}
	byLink := embeds(a, 1, sdk.EmbedPromoMaterialIn{LinkCode: new("alpha"), SubID: new(`a"b`)})
	require.Equal(t, "https://go.example.com/a/alpha?m=1&sub_id=a%22b", byLink.TrackingLink)
	require.Equal(t, `<a href="https://go.example.com/a/alpha?m=1&amp;sub_id=a%22b" target="_blank" rel="sponsored noopener">`+
		`<img src="https://go.example.com/promo/files/1-1/" width="30" height="20" alt="&#34;&gt;&lt;script&gt;" style="border:0"></a>`, byLink.HTML)
	byCampaign := sdk.EmbedPromoMaterialIn{CampaignCode: &code}
	require.Equal(t, "https://go.example.com/a/alpha?campaign="+code+"&m=1", embeds(a, 1, byCampaign).TrackingLink)
	require.Equal(t, "https://go.example.com/a/c_gamma?m=1",
		embeds(w.Partner(t, "c"), 1, sdk.EmbedPromoMaterialIn{LinkCode: new("gamma"), Domain: new("go.example.com")}).TrackingLink)

	refuses := func(material int64, in sdk.EmbedPromoMaterialIn, fault string) {
		t.Helper()
		apitest.Refused(a.EmbedPromoMaterial(ctx, material, in))(t, sdk.ValidationError, fault)
	}
	refuses(1, sdk.EmbedPromoMaterialIn{LinkCode: new("beta")}, "link_code does_not_exist") // beta is a code of another partner
	refuses(1, sdk.EmbedPromoMaterialIn{CampaignCode: new("nope")}, "campaign_code does_not_exist")
	refuses(1, sdk.EmbedPromoMaterialIn{}, "link_code required")
	refuses(1, sdk.EmbedPromoMaterialIn{LinkCode: new("alpha"), Domain: new("evil.example")}, "domain does_not_exist")

	refuses(2, byCampaign, "campaign_code no_link")
	link := apitest.OK(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: "go.example.com", Page: new("gold")}))(t).Link
	require.Equal(t, link+"&m=2", embeds(a, 2, byCampaign).TrackingLink)

	w.Exec(t, `UPDATE partner_links SET is_blocked = 1 WHERE link_code = 'alpha'`)
	refuses(1, sdk.EmbedPromoMaterialIn{LinkCode: new("alpha")}, "link_code blocked")
	apitest.OK(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Archived: new(true)}))(t)
	refuses(1, byCampaign, "campaign_code archived")
}

func TestPromo_QR(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	var answer sdk.Answer
	code := apitest.OK(a.PromoQR(ctx, sdk.PromoQRQuery{LinkCode: "alpha", Size: 200}, sdk.WithAnswer(&answer)))(t)
	require.Equal(t, "image/png", code.MediaType)
	c, err := png.DecodeConfig(code)
	require.NoError(t, err)
	require.Equal(t, 200, c.Width)
	again := w.Send(t, "a", "GET", "/api/promo/qr/?link_code=alpha&size=200", nil, "If-None-Match", answer.Header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, again.Code)
	drawn := apitest.OK(a.PromoQR(ctx, sdk.PromoQRQuery{LinkCode: "alpha", Format: sdk.QRFormatSVG}))(t)
	require.Equal(t, "image/svg+xml", drawn.MediaType)
	text, err := io.ReadAll(drawn)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), `<svg xmlns="http://www.w3.org/2000/svg" width="512"`))
	apitest.OK(a.PromoQR(ctx, sdk.PromoQRQuery{CampaignCode: apitest.Campaign(t, a, "x").CampaignCode, SubID: "x"}))(t)
	for _, tt := range []struct {
		query sdk.PromoQRQuery
		fault string
	}{
		{sdk.PromoQRQuery{LinkCode: "beta"}, "link_code does_not_exist"},
		{sdk.PromoQRQuery{}, "link_code required"},
		{sdk.PromoQRQuery{LinkCode: "alpha", Size: 63}, "size min_value"},
		{sdk.PromoQRQuery{LinkCode: "alpha", Size: 2049}, "size max_value"},
		{sdk.PromoQRQuery{LinkCode: "alpha", Format: "gif"}, "format invalid_choice"},
		{sdk.PromoQRQuery{LinkCode: "alpha", Domain: "x"}, "domain does_not_exist"},
		{sdk.PromoQRQuery{LinkCode: "alpha", Size: 64, SubID: strings.Repeat("é", 99)}, "size min_value"},
	} {
		apitest.Refused(a.PromoQR(ctx, tt.query))(t, sdk.ValidationError, tt.fault)
	}
}

func manyParts(n int) string {
	var form strings.Builder
	for i := range n {
		fmt.Fprintf(&form, "--b\r\nContent-Disposition: form-data; name=\"x%d\"\r\n\r\ny\r\n", i)
	}
	return form.String() + "--b--"
}
