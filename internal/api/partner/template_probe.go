package partner

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/outbox"
)

// AddTemplateProbe declares the operation that tries a postback URL.
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
	} `json:"data" required:"true"`
}

type templateCheckOut struct {
	URL        string   `json:"url" doc:"The URL as it was sent."`
	ExampleURL string   `json:"example_url" doc:"The URL with made-up values in place of its tokens." example:"https://example.com/p?click=d41d8cd98f"`
	Tokens     []string `json:"tokens" doc:"Tokens that the URL contains."`

	Warnings []templateWarning `json:"warnings" doc:"Parts of the URL that look like mistakes. The URL can be used all the same."`
}

type templateWarning struct {
	Text    string `json:"text" doc:"The part of the URL that the warning is about." example:"[sub_id]"`
	Message string `json:"message" doc:"What may be wrong with it." example:"This text is sent unchanged. Write {sub_id} to send the value."`
}

type templateProbeOut struct {
	templateCheckOut

	Success    bool  `json:"success" doc:"Whether the answer had a 2xx status. A delivery would then count as successful."`
	StatusCode int   `json:"status_code" doc:"HTTP status of the answer."`
	TookMS     int64 `json:"took_ms" doc:"How long the call took, in milliseconds."`
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
	Description: "Reads the URL and looks up where it leads; nothing is sent there. A URL that is not a public http or https " +
		"address is a ValidationError on `url`: other schemes and ports, user names, names that don't resolve, addresses that are private, " +
		"local or reserved. `warnings` lists tokens in another notation, such as `[click_id]`, and names that are not tokens. At " +
		"most one call every two seconds, in bursts of ten.",
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
	Description: "Checks the URL and calls it once, by GET with made-up values for its tokens. " +
		"Redirects are not followed; the answer's body is not shown. An address that does not answer in time " +
		"is a ValidationError on `url` with code `unreachable`.",
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
