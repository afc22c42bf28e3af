package partner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/promo"
	free "github.com/tributary-server/tributary/internal/text"
)

// addPromoFiles declares the operations that return files: materials, their
// previews, QR codes, and the public files of embedded materials.
func addPromoFiles(r *httpapi.Router, s *promo.Service) {
	h, params := promoFilesAPI{s}, fileParams()
	whole, ranges := openapi.Responses{NotModified: true}, openapi.Responses{NotModified: true, Partial: true}
	name := []openapi.Param{{Name: "file", In: openapi3.ParameterInPath, Doc: "Name of the file, as in the snippet of an embed."}}
	drawn := openapi.Responses{NotModified: true, Examples: map[string]any{formatSVG.Type: svgExample}}
	r.Mount(wire.TagPromo,
		httpapi.Data("GET", "/api/promo/materials/{material_id}/file/", wire.Read, h.promoMaterialFile, promoMaterialFile, params, ranges),
		httpapi.Data("GET", "/api/promo/materials/{material_id}/preview/", wire.Read, h.promoMaterialPreview, promoMaterialPreview, params, whole),
		httpapi.Data("GET", promo.PublicPath+"{file}/", wire.Anyone, h.promoPublicFile, promoPublicFile, name, ranges),
		httpapi.Data("GET", "/api/promo/qr/", wire.Read, h.promoQr, promoQr, qrParams(), drawn),
	)
}

type promoFilesAPI struct{ s *promo.Service }

// These are values of Cache-Control. A file with a version in its URL never
// changes, so caches may store it for a year. The URL of a public file contains
// a version too, but the broker can retire the file's material, so caches must
// check the file again after an hour.
const (
	cacheVersion = "private, max-age=31536000, immutable"
	cacheLatest  = "private, no-cache"
	cachePublic  = "public, max-age=3600"
	cacheQR      = "private, max-age=300"
)

var (
	formatAny = httpapi.Format{Name: "file", Type: "*/*"}
	formatPNG = httpapi.Format{Name: "png", Type: "image/png"}
	formatSVG = httpapi.Format{Name: "svg", Type: "image/svg+xml"}
)

func fileParams() []openapi.Param {
	return []openapi.Param{
		{Name: "material_id", In: openapi3.ParameterInPath, Doc: "Id of the material.", Schema: openapi3.NewInt64Schema(), Example: 7},
		{Name: "v", Doc: "Version of the file. If absent, the current version.", Schema: openapi3.NewInt64Schema().WithMin(1)},
	}
}

var promoMaterialFile = httpapi.Op{
	ID:      "promo_material_file",
	Summary: "Download a material",
	Description: "Returns the content of a material, or the `Range` of bytes that the request asks for. The content of a text is " +
		"the text itself. The content of a landing page or a widget is its address.",
	Formats: []httpapi.Format{formatAny}, AnyAccept: true,
	Errors: []fault.Code{fault.ValidationError},
}

func (h promoFilesAPI) promoMaterialFile(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	f, cache, err := h.version(ctx, req, false)
	if err != nil {
		return httpapi.Response{}, err
	}
	res := addCaching(req, cache, hex.EncodeToString(f.Digest), httpapi.Response{Body: f.Content, ContentType: f.MediaType, Filename: f.Name})
	return applyRange(req, res), nil
}

var promoMaterialPreview = httpapi.Op{
	ID:          "promo_material_preview",
	Summary:     "Download a preview of a material",
	Description: "Returns a PNG of at most 320 pixels a side. Only images have a preview. Other materials are refused with 404.",
	Formats:     []httpapi.Format{formatPNG}, AnyAccept: true,
	Errors: []fault.Code{fault.ValidationError},
}

func (h promoFilesAPI) promoMaterialPreview(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	f, cache, err := h.version(ctx, req, true)
	if err != nil {
		return httpapi.Response{}, err
	}
	return addCaching(req, cache, "p"+hex.EncodeToString(f.Digest), httpapi.Response{Body: f.Preview, ContentType: formatPNG.Type}), nil
}

// version returns the file of the requested version, and the value of Cache-Control
// for the response.
func (h promoFilesAPI) version(ctx context.Context, req *httpapi.Request, preview bool) (*promo.File, string, error) {
	materialID, err := strconv.ParseInt(req.Path("material_id"), 10, 64)
	if err != nil {
		return nil, "", fault.New(fault.NotFound)
	}
	asked, err := wholeNumber(req, "v", 0, 1, 1<<31)
	if err != nil {
		return nil, "", err
	}
	f, err := h.s.File(ctx, materialID, asked, preview)
	if asked != 0 {
		return &f, cacheVersion, err
	}
	return &f, cacheLatest, err
}

var promoPublicFile = httpapi.Op{
	ID:      "promo_public_file",
	Summary: "Download a file of an embedded material",
	Description: "Returns the file to visitors of a page that embeds the material, as a whole or as the `Range` that the request " +
		"asks for. It needs no credentials. It returns 404 after the material is retired.",
	Formats: []httpapi.Format{formatAny}, AnyAccept: true,
}

func (h promoFilesAPI) promoPublicFile(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	f, err := h.s.Public(ctx, req.Path("file"))
	if err != nil {
		return httpapi.Response{}, err
	}
	res := applyRange(req, addCaching(req, cachePublic, hex.EncodeToString(f.Digest), httpapi.Response{Body: f.Content, ContentType: f.MediaType}))
	res.Header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return res, nil
}

const svgExample = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 29 29">` +
	`<path d="M0 0h29v29H0z" fill="#fff"/><path d="M2 2h7v1H2z"/></svg>`

func qrParams() []openapi.Param {
	size := openapi3.NewIntegerSchema().WithMin(promo.MinQR).WithMax(promo.MaxQR)
	size.Default = promo.DefaultQR
	text := func(most free.Limit) *openapi3.Schema { return openapi3.NewStringSchema().WithMaxLength(int64(most)) }
	return []openapi.Param{
		{Name: "link_code", Doc: "One of your link codes. Send either this or campaign_code.", Schema: text(free.FactText)},
		{Name: "campaign_code", Doc: "Code of one of your campaigns. Send either this or link_code.", Schema: text(free.FactText)},
		{
			Name: "sub_id", Schema: text(free.FactText),
			Doc: "Your own id for the place where you publish the code. Reports and postbacks show it for each click and client.",
		},
		{
			Name: "domain", Schema: text(free.Host),
			Doc: "Domain of the link. /api/campaigns/domains/ lists the domains to choose from. If absent, the link's own domain.",
		},
		{Name: "size", Doc: "Width and height in pixels.", Schema: size},
	}
}

var promoQr = httpapi.Op{
	ID:      "promo_qr",
	Summary: "Create a QR code of a tracked link",
	Description: "Returns a QR code for one of the partner's link codes or campaigns, as PNG or SVG. Send either `link_code` or " +
		"`campaign_code`.",
	Formats: []httpapi.Format{formatPNG, formatSVG}, AnyAccept: true,
	Errors: []fault.Code{fault.ValidationError},
}

func (h promoFilesAPI) promoQr(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	size, err := wholeNumber(req, "size", promo.DefaultQR, promo.MinQR, promo.MaxQR)
	if err != nil {
		return httpapi.Response{}, err
	}
	q := page.NewQuery(req.Query)
	var l promo.Link
	for name, to := range map[string]*string{"link_code": &l.LinkCode, "campaign_code": &l.CampaignCode, "sub_id": &l.SubID, "domain": &l.Domain} {
		*to, _ = q.Text(name)
	}
	link, err := h.s.Address(ctx, partnerOf(ctx), l)
	if err != nil {
		return httpapi.Response{}, err
	}
	code, err := promo.NewQR(link.String())
	if err != nil {
		return httpapi.Response{}, err
	}
	res := httpapi.Response{ContentType: req.Format.Type}
	if req.Format == formatSVG {
		res.Body = code.SVG(int(size))
	} else if res.Body, err = code.PNG(int(size)); err != nil {
		return httpapi.Response{}, err
	}
	return addCaching(req, cacheQR, tagOf(res.Body), res), nil
}

// wholeNumber returns the integer in a query parameter, or fallback if the
// query does not have this parameter. It returns a ValidationError if the value
// is not an integer in the range from lowest to highest.
func wholeNumber(req *httpapi.Request, name string, fallback, lowest, highest int64) (int64, error) {
	text, given := page.NewQuery(req.Query).Text(name)
	if !given {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, fault.Invalid(name, "invalid", "A valid integer is required.")
	case n < lowest:
		return 0, fault.Invalid(name, "min_value", "Ensure this value is greater than or equal to "+strconv.FormatInt(lowest, 10)+".")
	case n > highest:
		return 0, fault.Invalid(name, "max_value", "Ensure this value is less than or equal to "+strconv.FormatInt(highest, 10)+".")
	}
	return n, nil
}

// addCaching adds the headers for caching to a response. If the caller already has the
// content, it returns a 304 response instead.
func addCaching(req *httpapi.Request, control, tag string, res httpapi.Response) httpapi.Response {
	tag = `"` + tag + `"`
	header := http.Header{"Cache-Control": {control}, "Etag": {tag}}
	for _, line := range req.HTTP.Header.Values("If-None-Match") {
		for known := range strings.SplitSeq(line, ",") {
			if known = strings.TrimPrefix(strings.TrimSpace(known), "W/"); known == tag || known == "*" {
				return httpapi.Response{Status: http.StatusNotModified, Header: header}
			}
		}
	}
	res.Header = header
	return res
}

func tagOf(body []byte) string {
	digest := sha256.Sum256(body)
	return hex.EncodeToString(digest[:16])
}
