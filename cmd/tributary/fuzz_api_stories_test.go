package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// stories prepare requests that depend on earlier requests. Each key consists
// of the operation and the expected status. A story gets the request from the
// document's example, and changes it.
var stories = map[string]func(*testing.T, *fuzzer, *fuzzCall){
	"DELETE /api/v1/sessions/{session_id}/ 204": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		var session struct{ Jti string }
		require.NoError(t, json.Unmarshal(decodeBase64(t, strings.Split(f.login(t, "a"), ".")[1]), &session))
		c.target = "/api/v1/sessions/" + session.Jti + "/"
	},
	"DELETE /broker/v1/link-domains/{domain}/ 204": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.target = "/broker/v1/link-domains/gone.example.com/"
		f.mustSend(t, c.as, http.MethodPut, c.target, map[string]any{})
	},
	"GET /api/affiliate/partner/allocation 400": func(_ *testing.T, _ *fuzzer, c *fuzzCall) { c.target = "/api/affiliate/partner/allocation" },
	"GET /api/affiliate/partner/allocation 404": func(_ *testing.T, _ *fuzzer, c *fuzzCall) {
		c.target = "/api/affiliate/partner/allocation?value=nobody@example.com"
	},
	"GET /api/partner_integrations/template/check/ 200": func(_ *testing.T, _ *fuzzer, c *fuzzCall) {
		c.target = "/api/partner_integrations/template/check/?url=" + url.QueryEscape(publicAddress+"?c={click_id}")
	},
	"POST /api/partner_integrations/template/probe/ 200": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"data": map[string]any{"url": receiver(t, "fine")}})
	},
	"POST /api/partner/traffic_sources/{uid}/verify/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		var tag struct {
			MetaTag string `json:"meta_tag"`
		}
		require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodGet, "/api/partner/traffic_sources/validator/", nil), &tag))
		var made struct{ UID string }
		require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, "/api/partner/traffic_sources/",
			map[string]any{"name": "Own", "type": "website", "url": receiver(t, "<html><head>"+tag.MetaTag+"</head></html>")}), &made))
		c.target = "/api/partner/traffic_sources/" + made.UID + "/verify/"
	},
	"DELETE /api/v1/api-keys/{key_id}/ 204": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		f.key(t, caller.Partner, programmetest.PartnerA)
		c.target = fmt.Sprintf("/api/v1/api-keys/%v/", f.firstField(t, "a", "/api/v1/api-keys/?limit=1", "id"))
		c.after = func() { f.renew(t) }
	},
	"POST /api/v2/autorebates/groups/ 201": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"group_title": "Another group"})
	},
	"POST /api/wallet/accounts/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		f.apply(t, `{"id":"rate-jpy","type":"rate.set","at":"2026-01-01T00:00:00Z","currency":"JPY","usd":"0.0064"}`)
		c.json(t, map[string]any{"account_name": "Yen", "currency": "JPY"})
	},
	"POST /api/auth/ 403":                                 secureStory,
	"POST /api/v2/auth/ 403":                              secureStory,
	"GET /api/promo/materials/{material_id}/preview/ 200": previewStory,
	"GET /api/promo/materials/{material_id}/preview/ 304": previewStory,
	"GET /api/promo/qr/ 200":                              qrStory,
	"GET /api/promo/qr/ 304":                              qrStory,
	"GET /promo/files/{file}/ 200":                        fileStory,
	"GET /promo/files/{file}/ 206":                        fileStory,
	"GET /promo/files/{file}/ 304":                        fileStory,
	"GET /broker/v1/partners/{partner_uid}/ 200":          ofPartner(""),
	"POST /broker/v1/partners/{partner_uid}/resume/ 200":  ofPartner("resume/"),
	"POST /broker/v1/partners/{partner_uid}/suspend/ 200": ofPartner("suspend/"),
	"POST /broker/v1/partners/{partner_uid}/verify/ 200":  ofPartner("verify/"),
	"PATCH /api/v2/autorebates/clients/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"group_id": f.firstField(t, "a", "/api/v2/autorebates/groups/", "id"), "client_account": []string{"1001"}})
	},
	"POST /api/auth/ 200":    loginStory,
	"POST /api/v2/auth/ 200": loginStory,
	"POST /api/partner/links/ 201": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"link_code": "another-code"})
	},
	"POST /api/promo/materials/{material_id}/embed/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.target = fmt.Sprintf("/api/promo/materials/%s/embed/", f.banner(t))
		c.json(t, map[string]any{"link_code": f.firstField(t, "a", "/api/partner/links/", "link_code")})
	},
	"POST /api/v1/clients/contact-sharing/ 201": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"client_uid": []string{programmetest.Client1}, "message": "Let us talk."})
	},
	"POST /api/v1/referral-agent-links/ 201": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"alias": "A new alias", "email": "agent@example.com"})
	},
	"POST /broker/v1/promo/materials/{material_id}/retire/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.target = fmt.Sprintf("/broker/v1/promo/materials/%s/retire/", f.firstField(t, "broker", "/broker/v1/promo/materials/", "id"))
	},
	"POST /broker/v1/plans/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, f.laterPlan(t))
	},
	"POST /broker/v1/plans/try/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.target = "/broker/v1/plans/try/?date_from=2026-06-01&date_to=2026-06-30"
		c.json(t, f.laterPlan(t))
	},
	"GET /broker/v1/reports/progress_reward/{compensation_id}/detailed/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		var raised struct{ Data []struct{ ID int64 } }
		require.NoError(t, json.Unmarshal(f.mustSend(t, c.as, http.MethodGet, "/broker/v1/reports/progress_reward/", nil), &raised))
		c.target = fmt.Sprintf("/broker/v1/reports/progress_reward/%d/detailed/", raised.Data[0].ID)
	},
	"GET /broker/v1/reports/rewards/sums/ 200": func(_ *testing.T, _ *fuzzer, c *fuzzCall) {
		c.target = "/broker/v1/reports/rewards/sums/?aggregate_by=partner&reward_date_from=2026-01-01&reward_date_to=2026-12-31"
	},
	"GET /broker/v1/orders/{order_id}/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.target = fmt.Sprintf("/broker/v1/orders/%s/", f.firstField(t, "a", "/api/reports/orders/", "order_id"))
	},
	"POST /broker/v1/partners/{partner_uid}/level/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		ofPartner("level/")(t, f, c)
		plan := f.laterPlan(t)
		c.json(t, map[string]any{"level": plan["levels"].([]any)[0].(map[string]any)["name"]})
	},
	"GET /broker/v1/clients/{client_uid}/evidence/ 200": func(_ *testing.T, _ *fuzzer, c *fuzzCall) {
		c.target = "/broker/v1/clients/" + programmetest.Client1 + "/evidence/?partner_uid=" + programmetest.PartnerB
	},
	"GET /api/v1/clients/{client_uid}/evidence/ 200": func(_ *testing.T, _ *fuzzer, c *fuzzCall) {
		c.target = "/api/v1/clients/" + programmetest.Client1[:8] + "/evidence/"
	},
	"POST /broker/v1/partners/{partner_uid}/move/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		ofPartner("move/")(t, f, c)
		c.json(t, map[string]any{"country": "TH", "reason": "asked", "dry_run": true})
	},
	"POST /broker/v1/clients/moves/ 200": func(t *testing.T, _ *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"client_uids": []string{programmetest.Client1}, "partner_uid": programmetest.PartnerB, "reason": "asked", "dry_run": true})
	},
	"POST /broker/v1/facts/dismiss/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"fact_ids": []string{f.addWaitingFact(t)}, "reason": "a mistyped account"})
	},
	"POST /broker/v1/facts/restore/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		c.json(t, map[string]any{"fact_ids": []string{f.addWaitingFact(t)}})
	},
	"GET /api/v1/exports/{export_id}/ 200":    exportStory(""),
	"DELETE /api/v1/exports/{export_id}/ 204": exportStory(""),
	"GET /api/v1/exports/{export_id}/file/ 200": func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		exportStory("file/")(t, f, c)
		require.NoError(t, f.p.Exports.Run(t.Context()))
	},
	"POST /broker/v1/traffic-sources/{uid}/approve/ 200": trafficStory("approve/"),
	"POST /broker/v1/traffic-sources/{uid}/reject/ 200":  trafficStory("reject/"),
	"POST /broker/v1/cpa/{client_uid}/approve/ 200":      cpaStory("approve/", "c0000001-0000-4000-8000-000000000000"),
	"POST /broker/v1/cpa/{client_uid}/reject/ 200":       cpaStory("reject/", "c0000002-0000-4000-8000-000000000000"),
}

func exportStory(part string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		f.deleteExports(t)
		var made struct{ URL string }
		require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodGet, "/api/reports/orders/?format=xlsx", nil), &made))
		c.target = made.URL + part
	}
}

func (f *fuzzer) deleteExports(t *testing.T) {
	t.Helper()
	for _, export := range f.rows(t, f.validToken(t), "/api/v1/exports/") {
		f.mustSend(t, "a", http.MethodDelete, fmt.Sprint(export["url"]), nil)
	}
}

// publicAddress has an IP address as its host, so that the server can check it
// without DNS.
const publicAddress = "https://93.184.215.14/p"

// tokenOf returns the token of the caller with the given name.
func (f *fuzzer) tokenOf(t *testing.T, name string) string {
	t.Helper()
	switch name {
	case "a":
		return f.validToken(t)
	case "broker":
		return f.brokers[""]
	case "finance":
		return f.staffToken(t, caller.Finance)
	default:
		return ""
	}
}

// mustSend sends a request that must succeed, and returns the body of the
// response.
func (f *fuzzer) mustSend(t *testing.T, as, method, target string, body any) []byte {
	t.Helper()
	var sent *matrixBody
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		sent = &matrixBody{"application/json", string(text)}
	}
	answer := f.send(t, f.tokenOf(t, as), method, target, sent)
	require.Less(t, answer.Code, 300, "%s %s: %s", method, target, answer.Body)
	return answer.Body.Bytes()
}

// firstField returns a field of the first row in a list.
func (f *fuzzer) firstField(t *testing.T, as, target, field string) any {
	t.Helper()
	rows := f.rows(t, f.tokenOf(t, as), target)
	require.NotEmpty(t, rows, target)
	require.Contains(t, rows[0], field, target)
	return rows[0][field]
}

func (f *fuzzer) sendWith(t *testing.T, token, method, target string, body []byte, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	f.clock.Advance(pace)
	r := httptest.NewRequestWithContext(t.Context(), method, target, bytes.NewReader(body))
	r.Header = header.Clone()
	r.Header.Set("Authorization", "JWT "+token)
	answer := httptest.NewRecorder()
	f.handler.ServeHTTP(answer, r)
	return answer
}

var sixDigitCode = regexp.MustCompile(`\b\d{6}\b`)

func (f *fuzzer) latestMail(t *testing.T, kind string) string {
	t.Helper()
	var text string
	require.NoError(t, f.p.DB.QueryRow(t.Context(),
		`SELECT text_body FROM mails WHERE kind = $1 ORDER BY created_at DESC, mail_id DESC LIMIT 1`, kind).Scan(&text))
	return text
}

// temporaryToken returns a temporary token of A for a sensitive operation.
func (f *fuzzer) temporaryToken(t *testing.T, operation string, payload any) string {
	t.Helper()
	var started struct {
		UID string `json:"verification_uid"`
	}
	require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, "/api/v1/verification/operations/",
		map[string]any{"operation_type": operation, "payload": payload}), &started))
	var completed struct {
		Token string `json:"verification_token"`
	}
	code := sixDigitCode.FindString(f.latestMail(t, "verification_code"))
	require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, "/api/v1/verification/operations/"+started.UID+"/complete/",
		map[string]any{"code": code}), &completed))
	return completed.Token
}

func loginStory(t *testing.T, _ *fuzzer, c *fuzzCall) {
	t.Helper()
	c.json(t, map[string]any{"login": "b@example.com", "password": matrixPassword})
}

func (f *fuzzer) apply(t *testing.T, line string) feed.Outcome {
	t.Helper()
	fact, err := feed.ParseLine([]byte(line))
	require.NoError(t, err)
	outcomes, err := f.p.Facts.Apply(t.Context(), []feed.Fact{fact}, "")
	require.NoError(t, err)
	return outcomes[0]
}

// addWaitingFact feeds a fact about an account that will never exist, so that the
// fact waits. It returns the fact's id.
func (f *fuzzer) addWaitingFact(t *testing.T) string {
	t.Helper()
	f.apply(t, `{"id":"waits-for-ever","type":"deposit.received","at":"2026-06-01T00:00:00Z","client_account":"424242","amount_usd":"1"}`)
	return "waits-for-ever"
}

// receiver starts a server that responds to every request with the given page.
func receiver(t *testing.T, page string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

// secureStory logs in with only a password, although the partner must also send
// a code.
func secureStory(t *testing.T, f *fuzzer, c *fuzzCall) {
	t.Helper()
	f.exec(t, `UPDATE partners SET status = 'active' WHERE partner_id = $1`, uuid(matrixC))
	f.exec(t, `INSERT INTO partner_security (partner_id, security_type, changed_at) VALUES ($1, 'secure', 0)`, uuid(matrixC))
	c.after = func() { f.exec(t, `DELETE FROM partner_security WHERE partner_id = $1`, uuid(matrixC)) }
	c.json(t, map[string]any{"login": "c@example.com", "password": matrixPassword})
}

func ofPartner(action string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(_ *testing.T, _ *fuzzer, c *fuzzCall) { c.target = "/broker/v1/partners/" + matrixC + "/" + action }
}

// trafficStory approves or rejects a traffic source after A has proved control of
// it. action is "approve" or "reject".
func trafficStory(action string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		f.mustSend(t, "a", http.MethodPost, "/api/partner/traffic_sources/",
			map[string]any{"name": "Blog " + action, "type": "website", "url": publicAddress + action})
		f.exec(t, `UPDATE traffic_sources SET status = 'pending'`)
		c.target = fmt.Sprintf("/broker/v1/traffic-sources/%s/%s", f.firstField(t, "broker", "/broker/v1/traffic-sources/", "uid"), action)
	}
}

// cpaStory approves or rejects the CPA for a client after the client has met the
// conditions of a plan. action is "approve" or "reject".
func cpaStory(action, client string) func(*testing.T, *fuzzer, *fuzzCall) {
	return func(t *testing.T, f *fuzzer, c *fuzzCall) {
		t.Helper()
		plan, now, account := f.laterPlan(t), f.clock.Now().Format(time.RFC3339), "99"+client[1:8]
		plan["from"] = now
		plan["cpa"] = []any{map[string]any{"name": "All", "amount_usd": 100, "min_deposit_usd": 50, "within_days": 30}}
		f.mustSend(t, "broker", http.MethodPost, "/broker/v1/plans/", plan)
		for i, fact := range []string{
			fmt.Sprintf(`"type":"client.registered","client_uid":%q,"email":"%s@example.com","country":"PL","partner_code":"alpha"`, client, client[:8]),
			fmt.Sprintf(`"type":"account.opened","client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`, account, client),
			fmt.Sprintf(`"type":"deposit.received","client_account":%q,"amount_usd":100`, account),
		} {
			f.apply(t, fmt.Sprintf(`{"id":"cpa-%s-%d","at":%q,%s}`, client, i, now, fact))
		}
		c.target = fmt.Sprintf("/broker/v1/cpa/%s/%s", client, action)
	}
}

func (f *fuzzer) banner(t *testing.T) string {
	t.Helper()
	var dot bytes.Buffer
	require.NoError(t, png.Encode(&dot, image.NewGray(image.Rect(0, 0, 8, 8))))
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"kind": "banner", "title": "Dot", "language": "en"} {
		require.NoError(t, w.WriteField(name, value))
	}
	file, err := w.CreateFormFile("file", "dot.png")
	require.NoError(t, err)
	_, err = file.Write(dot.Bytes())
	require.NoError(t, err)
	require.NoError(t, w.Close())
	answer := f.send(t, f.brokers[""], http.MethodPost, "/broker/v1/promo/materials/", &matrixBody{w.FormDataContentType(), form.String()})
	require.Less(t, answer.Code, 300, answer.Body)
	var made struct {
		ID json.Number `json:"id"`
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &made))
	return made.ID.String()
}

func previewStory(t *testing.T, f *fuzzer, c *fuzzCall) {
	t.Helper()
	c.target = fmt.Sprintf("/api/promo/materials/%s/preview/", f.banner(t))
}

func qrStory(t *testing.T, f *fuzzer, c *fuzzCall) {
	t.Helper()
	c.target = fmt.Sprintf("/api/promo/qr/?link_code=%s", f.firstField(t, "a", "/api/partner/links/", "link_code"))
}

var promoFile = regexp.MustCompile(`/promo/files/[^"?]+`)

func fileStory(t *testing.T, f *fuzzer, c *fuzzCall) {
	t.Helper()
	var material struct {
		File string `json:"file_url"`
	}
	require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodGet, "/api/promo/materials/"+f.banner(t)+"/", nil), &material))
	require.NotEmpty(t, material.File)
	listed := f.firstField(t, "a", "/api/promo/materials/?kind=banner", "id")
	var embed struct{ HTML string }
	require.NoError(t, json.Unmarshal(f.mustSend(t, "a", http.MethodPost, fmt.Sprintf("/api/promo/materials/%v/embed/", listed),
		map[string]any{"link_code": f.firstField(t, "a", "/api/partner/links/", "link_code")}), &embed))
	found := promoFile.FindString(embed.HTML)
	require.NotEmpty(t, found, embed.HTML)
	c.target = found
}

// laterPlan returns a copy of the first plan in the list. The copy takes effect
// in an hour.
func (f *fuzzer) laterPlan(t *testing.T) map[string]any {
	t.Helper()
	var plans struct {
		Data []struct{ Plan json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(f.mustSend(t, "broker", http.MethodGet, "/broker/v1/plans/", nil), &plans))
	plan := map[string]any{}
	require.NoError(t, json.Unmarshal(plans.Data[0].Plan, &plan))
	plan["from"] = f.clock.Now().Add(time.Hour).Format(time.RFC3339)
	return plan
}
