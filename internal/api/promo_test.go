package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/promo"
)

const library, shelf = "/broker/v1/promo/materials/", "/api/promo/materials/"

func setupPromo(t *testing.T) *world {
	t.Helper()
	return setupWorld(t, func(c *programme.Config) { c.PublicURL = "" })
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

// uploads sends a form; a field named file is one.
func (w *world) uploads(t *testing.T, token, method, target string, file []byte, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		require.NoError(t, form.WriteField(pairs[i], pairs[i+1]))
	}
	if file != nil {
		part, err := form.CreateFormFile("file", `../../evil".svg`)
		require.NoError(t, err)
		_, err = part.Write(file)
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	return w.send(t, token, method, target, &body, "Content-Type", form.FormDataContentType())
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
	m := object(t, w.uploads(t, "broker", "POST", library, picture(t, 640, 200),
		"kind", "banner", "title", ` Gold "now" <b> `, "language", "en", "theme", "dark", "product", "metals"), http.StatusCreated)
	require.Equal(t, map[string]any{
		"id": 1.0, "kind": "banner", "title": `Gold "now" <b>`, "language": "en", "width": 640.0, "height": 200.0, "theme": "dark", "product": "metals",
		"preview_url": shelf + "1/preview/?v=1", "file_url": shelf + "1/file/?v=1", "created": "2026-06-30T12:00:00Z", "media_type": "image/png",
		"file_name": "gold-now-b-1.png", "file_size": m["file_size"], "version": 1.0, "retired": nil,
	}, m)
	w.made(t, "broker", "POST", library, `{"kind":"text","title":"Words","language":"es","text":"Hola"}`, http.StatusCreated)
	w.made(t, "broker", "POST", library, `{"kind":"widget","title":"Prices","address":"https://w.example.com/","width":300,"height":200}`, http.StatusCreated)

	list := w.made(t, "a", "GET", shelf, "", http.StatusOK)
	require.Equal(t, map[string]any{"count": 3.0}, list["totals"])
	require.InDelta(t, 3, list["data"].([]any)[0].(map[string]any)["id"], 0, "the newest first")
	delete(m, "retired")
	m["clicks"] = 0.0
	require.Equal(t, m, w.made(t, "b", "GET", shelf+"1/", "", http.StatusOK))
	for query, count := range map[string]float64{
		"kind=banner": 1, "kind=banner&kind=text": 2, "size=640x200": 1, "size=1x1": 0, "language=es": 1, "theme=dark&product=metals": 1, "limit=1": 3,
		"ordering=-title": 3, "offset=7": 3,
	} {
		require.Equal(t, map[string]any{"count": count}, w.made(t, "a", "GET", shelf+"?"+query, "", http.StatusOK)["totals"], query)
	}
	for query, field := range map[string]string{"kind=x": "kind", "size=640": "size", "size=0x1": "size", "ordering=clicks": "ordering", "limit=x": "limit"} {
		details := w.made(t, "a", "GET", shelf+"?"+query, "", http.StatusBadRequest)["details"].([]any)
		require.Equal(t, field, details[0].(map[string]any)["field"], query)
	}
	w.play(t, []scene{
		{name: "values", token: "a", target: shelf + "filters/", status: 200, answer: `{"kind":["banner","text","widget"],"language":["en","es"],"size":["300x200","640x200"],"theme":["dark"],"product":["metals"]}`},
		{name: "some", token: "a", target: shelf + "filters/?field=size&q=64", status: 200, answer: `{"size":["640x200"]}`},
		{name: "no such", token: "a", target: shelf + "99/", status: 404, answer: notFound},
		{name: "no number", token: "a", target: shelf + "x/", status: 404, answer: notFound},
		{name: "no file", token: "a", target: shelf + "99/file/", status: 404, answer: notFound},
		{name: "no preview of words", token: "a", target: shelf + "2/preview/", status: 404, answer: notFound},
		{name: "no such version", token: "a", target: shelf + "1/file/?v=2", status: 404, answer: notFound},
		{name: "nobody", target: shelf + "1/file/", status: 401, answer: nobody},
		{name: "a key for something else", token: "a:wallet", target: shelf + "1/file/", status: 403, answer: denied},
		{name: "a partner uploads", token: "a", method: "POST", target: library, body: `{"kind":"text"}`, status: 403, answer: denied},
		{name: "a partner retires", token: "a", method: "POST", target: library + "1/retire/", status: 403, answer: denied},
	})
}

func TestPromo_Files(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	object(t, w.uploads(t, "broker", "POST", library, picture(t, 640, 200), "kind", "logo", "title", "Größe"), http.StatusCreated)
	file := w.call(t, "a", "GET", shelf+"1/file/?v=1", "")
	require.Equal(t, http.StatusOK, file.Code)
	require.Equal(t, "image/png", file.Header().Get("Content-Type"))
	require.Equal(t, "attachment; filename*=utf-8''gr%C3%B6%C3%9Fe-1.png", file.Header().Get("Content-Disposition"))
	require.Equal(t, "private, max-age=31536000, immutable", file.Header().Get("Cache-Control"))
	require.Equal(t, "private, no-cache", w.call(t, "a", "GET", shelf+"1/file/", "").Header().Get("Cache-Control"))
	tag := file.Header().Get("ETag")
	again := w.send(t, "a", "GET", shelf+"1/file/", nil, "If-None-Match", `"x", W/`+tag)
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.Bytes())
	require.Equal(t, http.StatusOK, w.send(t, "a", "GET", shelf+"1/file/", nil, "If-None-Match", `"x"`).Code)
	head, asked := httptest.NewRecorder(), httptest.NewRequest(http.MethodHead, shelf+"1/file/", nil)
	asked.Header.Set("Authorization", "JWT "+w.as(t, "a"))
	w.router.ServeHTTP(head, asked)
	require.Empty(t, head.Body.Bytes())
	require.Equal(t, file.Header().Get("Content-Length"), head.Header().Get("Content-Length"))
	preview := w.call(t, "a", "GET", shelf+"1/preview/", "")
	c, err := png.DecodeConfig(preview.Body)
	require.NoError(t, err)
	require.Equal(t, [2]int{320, 100}, [2]int{c.Width, c.Height})
	require.NotEqual(t, tag, preview.Header().Get("ETag"))

	public := w.call(t, "", "GET", "/promo/files/1-1/", "")
	require.Equal(t, file.Body.Bytes(), public.Body.Bytes())
	require.Equal(t, "public, max-age=3600", public.Header().Get("Cache-Control"))
	require.Empty(t, public.Header().Get("Content-Disposition"))
	require.Equal(t, "nosniff", public.Header().Get("X-Content-Type-Options"))
	for _, none := range []string{"1", "1-2", "01-1", "1-01", "1-1-1", "1-0", "-1-1", "x", "1-%2b1", "9-1"} {
		require.Equal(t, http.StatusNotFound, w.call(t, "", "GET", "/promo/files/"+none+"/", "").Code, none)
	}

	changed := object(t, w.uploads(t, "broker", "PUT", library+"1/", picture(t, 100, 50), "title", "New"), http.StatusOK)
	require.InDelta(t, 2, changed["version"], 0)
	require.InDelta(t, 100, changed["width"], 0)
	require.Equal(t, file.Body.Bytes(), w.call(t, "", "GET", "/promo/files/1-1/", "").Body.Bytes(), "what is embedded stays as it was")
	require.NotEqual(t, file.Body.Bytes(), w.call(t, "a", "GET", shelf+"1/file/", "").Body.Bytes())
	named := w.made(t, "broker", "PUT", library+"1/", `{"theme":"dark"}`, http.StatusOK)
	require.InDelta(t, 2, named["version"], 0)
	require.Equal(t, "New", named["title"])

	w.made(t, "broker", "POST", library+"1/retire/", "", http.StatusOK)
	retired := w.made(t, "broker", "POST", library+"1/retire/", "", http.StatusOK)
	require.Equal(t, "2026-06-30T12:00:00Z", retired["retired"])
	for _, gone := range []string{shelf + "1/", shelf + "1/file/", shelf + "1/preview/", shelf + "1/file/?v=1"} {
		require.Equal(t, http.StatusNotFound, w.call(t, "a", "GET", gone, "").Code, gone)
	}
	require.Equal(t, http.StatusNotFound, w.call(t, "", "GET", "/promo/files/1-1/", "").Code)
	w.made(t, "a", "POST", shelf+"1/embed/", `{"link_code":"alpha"}`, http.StatusNotFound)
	require.Empty(t, w.made(t, "a", "GET", shelf, "", http.StatusOK)["data"])
	require.EqualValues(t, 4, w.count(t, "audit_log WHERE action LIKE 'promo_material.%' AND actor = 'broker' AND subject = '1'"), "added, changed twice, retired once")
	require.Empty(t, w.made(t, "broker", "GET", library+"?retired=false", "", http.StatusOK)["data"])
	require.Len(t, w.made(t, "broker", "GET", library, "", http.StatusOK)["data"], 1)
	w.made(t, "broker", "PUT", library+"1/", `{"title":"x"}`, http.StatusForbidden)
	w.made(t, "broker", "PUT", library+"9/", `{"title":"x"}`, http.StatusNotFound)
	w.made(t, "broker", "POST", library+"9/retire/", "", http.StatusNotFound)
}

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
		require.Equal(t, c.want, fields(w.uploads(t, "broker", "POST", library, c.file, c.pairs...), c.want))
	}
	require.Equal(t, "title invalid", fields(w.call(t, "broker", "POST", library, `{"kind":"text","title":["x"],"text":"x"}`), "a list"))
	for name, send := range map[string][2]string{
		"no boundary":   {"multipart/form-data", "x"},
		"cut off":       {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nban"},
		"too many":      {"multipart/form-data; boundary=b", manyParts(40)},
		"not UTF-8":     {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n\xff\r\n--b--"},
		"no JSON":       {"application/json", "{"},
		"no object":     {"application/json", "[]"},
		"a NUL in JSON": {"application/json", `{"kind":"text","title":"a\u0000b","text":"x"}`},
	} {
		got := w.send(t, "broker", "POST", library, strings.NewReader(send[1]), "Content-Type", send[0])
		require.JSONEq(t, badInput, got.Body.String(), name)
	}
	for name, send := range map[string][2]string{
		"a form":          {"multipart/form-data; boundary=b", strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ny\r\n", 2) + "--b--"},
		"JSON":            {"application/json", `{"kind":"text","title":"a","title":"b","text":"x"}`},
		"half of a title": {"application/json", `{"kind":"text","title":"\ud800","text":"x"}`},
	} {
		got := w.send(t, "broker", "POST", library, strings.NewReader(send[1]), "Content-Type", send[0])
		require.Equal(t, http.StatusBadRequest, got.Code, name)
		require.Contains(t, got.Body.String(), `"field":"title"`, name)
	}
	require.Equal(t, http.StatusUnsupportedMediaType, w.send(t, "broker", "POST", library, bytes.NewReader(img), "Content-Type", "image/png").Code)
	require.Empty(t, w.made(t, "broker", "GET", library, "", http.StatusOK)["data"], "nothing of it was kept")
}

func TestPromo_EmbedsAndCodes(t *testing.T) {
	t.Parallel()
	w := setupPromo(t)
	object(t, w.uploads(t, "broker", "POST", library, picture(t, 30, 20), "kind", "banner", "title", `"><script>`), http.StatusCreated)
	w.made(t, "broker", "PUT", "/broker/v1/landing-pages/", `{"page":"gold","url":"https://lp.example.com/gold"}`, http.StatusOK)
	w.made(t, "broker", "POST", library, `{"kind":"landing","title":"Gold","address":"https://lp.example.com/gold"}`, http.StatusCreated)
	code := w.made(t, "a", "POST", "/api/campaigns/", `{"title":"x"}`, http.StatusCreated)["campaign_code"].(string)

	e := w.made(t, "a", "POST", shelf+"1/embed/", `{"link_code":"alpha","sub_id":"a\"b"}`, http.StatusOK)
	require.Equal(t, "https://go.example.com/a/alpha?m=1&sub_id=a%22b", e["tracking_link"])
	require.Equal(t, `<a href="https://go.example.com/a/alpha?m=1&amp;sub_id=a%22b" target="_blank" rel="sponsored noopener">`+
		`<img src="https://go.example.com/promo/files/1-1/" width="30" height="20" alt="&#34;&gt;&lt;script&gt;" style="border:0"></a>`, e["html"])
	e = w.made(t, "a", "POST", shelf+"1/embed/", `{"campaign_code":"`+code+`"}`, http.StatusOK)
	require.Equal(t, "https://go.example.com/a/alpha?campaign="+code+"&m=1", e["tracking_link"])
	e = w.made(t, "c", "POST", shelf+"1/embed/", `{"link_code":"gamma","domain":"go.example.com"}`, http.StatusOK)
	require.Equal(t, "https://go.example.com/a/c_gamma?m=1", e["tracking_link"])

	field := func(body string) string {
		details := w.made(t, "a", "POST", shelf+"1/embed/", body, http.StatusBadRequest)["details"].([]any)
		return details[0].(map[string]any)["field"].(string) + " " + details[0].(map[string]any)["code"].(string)
	}
	require.Equal(t, "link_code does_not_exist", field(`{"link_code":"beta"}`), "another partner's")
	require.Equal(t, "campaign_code does_not_exist", field(`{"campaign_code":"nope"}`))
	require.Equal(t, "link_code required", field(`{}`))
	require.Equal(t, "domain does_not_exist", field(`{"link_code":"alpha","domain":"evil.example"}`))

	w.made(t, "a", "POST", shelf+"2/embed/", `{"campaign_code":"`+code+`"}`, http.StatusBadRequest)
	link := w.made(t, "a", "POST", "/api/campaigns/"+code+"/links/", `{"domain":"go.example.com","page":"gold"}`, http.StatusCreated)["link"]
	e = w.made(t, "a", "POST", shelf+"2/embed/", `{"campaign_code":"`+code+`"}`, http.StatusOK)
	require.Equal(t, link.(string)+"&m=2", e["tracking_link"])

	qr := "/api/promo/qr/?link_code=alpha"
	picture := w.call(t, "a", "GET", qr+"&size=200", "")
	require.Equal(t, "image/png", picture.Header().Get("Content-Type"))
	c, err := png.DecodeConfig(bytes.NewReader(picture.Body.Bytes()))
	require.NoError(t, err)
	require.Equal(t, 200, c.Width)
	require.Equal(t, http.StatusNotModified, w.send(t, "a", "GET", qr+"&size=200", nil, "If-None-Match", picture.Header().Get("ETag")).Code)
	svg := w.call(t, "a", "GET", qr+"&format=svg", "")
	require.Equal(t, "image/svg+xml", svg.Header().Get("Content-Type"))
	require.True(t, strings.HasPrefix(svg.Body.String(), `<svg xmlns="http://www.w3.org/2000/svg" width="512"`))
	require.Equal(t, http.StatusOK, w.call(t, "a", "GET", "/api/promo/qr/?campaign_code="+code+"&sub_id=x", "").Code)
	for query, want := range map[string]string{
		"link_code=beta": "link_code", "": "link_code", "link_code=alpha&size=63": "size", "link_code=alpha&size=2049": "size", "link_code=alpha&size=x": "size",
		"link_code=alpha&format=gif": "format", "link_code=alpha&domain=x": "domain", "link_code=alpha&size=64&sub_id=" + strings.Repeat("%C3%A9", 99): "size",
	} {
		details := w.made(t, "a", "GET", "/api/promo/qr/?"+query, "", http.StatusBadRequest)["details"].([]any)
		require.Equal(t, want, details[0].(map[string]any)["field"], query)
	}
	w.exec(t, `UPDATE partner_links SET is_blocked = 1 WHERE link_code = 'alpha'`)
	require.Equal(t, "link_code blocked", field(`{"link_code":"alpha"}`))
	w.made(t, "a", "PATCH", "/api/campaigns/"+code+"/", `{"archived":true}`, http.StatusOK)
	require.Equal(t, "campaign_code archived", field(`{"campaign_code":"`+code+`"}`))
}

// manyParts is a form of n fields.
func manyParts(n int) string {
	var form strings.Builder
	for i := range n {
		fmt.Fprintf(&form, "--b\r\nContent-Disposition: form-data; name=\"x%d\"\r\n\r\ny\r\n", i)
	}
	return form.String() + "--b--"
}
