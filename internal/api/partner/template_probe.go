package partner

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/outbox"
)

// AddTemplateProbe declares the operations that check a postback's URL, or send a test
// request to it.
func AddTemplateProbe(r *httpapi.Router, p *outbox.Prober) {
	h := templateProbeAPI{p}
	r.Mount(wire.TagPostbacks,
		httpapi.GET(templatePath+"check/", wire.Read, h.templateCheck, templateCheck),
		httpapi.POST(templatePath+"probe/", wire.Read, h.templateProbe, templateProbe),
	)
}

type templateProbeAPI struct{ p *outbox.Prober }

const templatePath = "/api/partner_integrations/template/"

type templateCheckIn struct {
	URL string `query:"url" required:"true" maxLength:"url" doc:"URL of a postback, with its tokens." example:"https://example.com/p?click={click_id}"`
}

type templateProbeIn struct {
	Data struct {
		URL string `json:"url" required:"true" maxLength:"url" doc:"URL of a postback, with its tokens." example:"https://example.com/p?click={click_id}"`
	} `json:"data" required:"true" doc:"Object with the URL of a postback."`
}

type templateCheckOut struct {
	URL        string   `json:"url" doc:"URL from the request."`
	ExampleURL string   `json:"example_url" doc:"The URL with made-up values in place of its tokens." example:"https://example.com/p?click=d41d8cd98f"`
	Tokens     []string `json:"tokens" doc:"Tokens that the URL contains."`

	Warnings []templateWarning `json:"warnings" doc:"Parts of the URL that look like mistakes. The URL can still be used."`
}

type templateWarning struct {
	Text    string `json:"text" doc:"Part of the URL that the warning is about." example:"[sub_id]"`
	Message string `json:"message" doc:"What may be wrong with this part." example:"This text is sent unchanged. Write {sub_id} to send the value."`
}

type templateProbeOut struct {
	templateCheckOut

	Success    bool  `json:"success" doc:"Whether the response had a 2xx status. A delivery would then be successful."`
	StatusCode int   `json:"status_code" doc:"HTTP status of the response."`
	TookMS     int64 `json:"took_ms" doc:"Duration of the request, in milliseconds."`
}

const checkedExample = `"url":"https://example.com/p?click={click_id}","example_url":"https://example.com/p?click=d41d8cd98f","tokens":["click_id"],` +
	`"warnings":[]`

func checkedOf(url string, c *outbox.Checked) templateCheckOut {
	out := templateCheckOut{URL: url, ExampleURL: c.Example, Tokens: c.Tokens, Warnings: []templateWarning{}}
	for _, w := range c.Warnings {
		out.Warnings = append(out.Warnings, templateWarning(w))
	}
	if out.Tokens == nil {
		out.Tokens = []string{}
	}
	return out
}

var templateCheck = httpapi.Op{
	ID:      "template_check",
	Summary: "Check a postback's URL",
	Description: "Checks a URL and resolves its host name. Nothing is sent to the URL. A URL that is not a public http or https " +
		"address is a ValidationError on `url`. This includes other schemes and ports, user names in the URL, names that " +
		"do not resolve, and private, local or reserved addresses. `warnings` lists tokens in another notation, such as " +
		"`[click_id]`, and names that are not tokens. A partner can send one such request every two seconds, in bursts " +
		"of ten.",
	Example: json.RawMessage(`{` + checkedExample + `}`),
	Errors:  []fault.Code{fault.ValidationError},
}

func (h templateProbeAPI) templateCheck(ctx context.Context, in *templateCheckIn) (*templateCheckOut, error) {
	checked, err := h.p.Check(ctx, partnerOf(ctx), in.URL)
	if err != nil {
		return nil, err
	}
	out := checkedOf(in.URL, &checked)
	return &out, nil
}

var templateProbe = httpapi.Op{
	ID:      "template_probe",
	Unkeyed: true,
	Summary: "Call a postback's URL",
	Description: "Checks the URL and calls it once by GET, with made-up values for its tokens. Redirects are not followed, and " +
		"the body of the URL's response is not shown. An address that does not respond in time is a ValidationError on " +
		"`url` with code `unreachable`.",
	Request: map[string]any{"data": map[string]string{"url": "https://example.com/p?click={click_id}"}},
	Example: json.RawMessage(`{` + checkedExample + `,"success":true,"status_code":200,"took_ms":112}`),
	Errors:  []fault.Code{fault.ValidationError},
}

func (h templateProbeAPI) templateProbe(ctx context.Context, in *templateProbeIn) (*templateProbeOut, error) {
	probed, err := h.p.Probe(ctx, partnerOf(ctx), in.Data.URL)
	if err != nil {
		return nil, err
	}
	return &templateProbeOut{
		checkedOf(in.Data.URL, &probed.Checked), probed.StatusCode >= 200 && probed.StatusCode <= 299, probed.StatusCode, probed.Took.Milliseconds(),
	}, nil
}
