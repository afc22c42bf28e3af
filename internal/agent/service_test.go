package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/verification"
)

func TestAgentService(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *agentBundle){
			"a link brings its owner's clients":    serviceLink,
			"aliases and limits":                   serviceLimits,
			"an agreement costs a token":           serviceAgreement,
			"what a code is asked for":             serviceBind,
			"how many mails an agent gets":         serviceMails,
			"terms":                                serviceTerms,
			"another partner's link":               serviceForeign,
			"whether a client came through a link": serviceAffiliation,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				p.MustFeed(t, p.Setting()...)
				b := &agentBundle{Programme: p, a: programmetest.UUID(programmetest.PartnerA), b: programmetest.UUID(programmetest.PartnerB)}
				b.agents = agent.New(agent.NewSQLStore(p.DB), p.Clock, agent.Config{
					Address: func(_ context.Context, code, programme string) (partner.LinkAddress, error) {
						return partner.LinkAddress{URL: "https://go.example.com/" + programme + "/" + code}, nil
					},
					WakeFacts: p.Accrual.Wake, Mails: mail.NewSQLStore(p.DB, p.Clock, func() {}), Audit: audit.NewSQLLog(p.DB, p.Clock),
				})
				test(t, b)
				programmetest.RequireSound(t, p.DB)
			})
		}
	})
}

type agentBundle struct {
	*programmetest.Programme

	agents *agent.Service
	a, b   id.UUID
}

func (b *agentBundle) link(t *testing.T, alias, email string) agent.Shown {
	t.Helper()
	link, err := b.agents.CreateLink(t.Context(), b.a, alias, email)
	require.NoError(t, err)
	return link
}

func (b *agentBundle) token(t *testing.T, owner id.UUID, payload string) string {
	t.Helper()
	bound, err := b.agents.Bind(t.Context(), owner, json.RawMessage(payload))
	require.NoError(t, err)
	return programmetest.Authorised(t, b.DB, b.Clock.Now(), owner, verification.SetAgentCommission, bound.Digest)
}

func terms(shareE4 int64, limit ...int64) agent.Terms {
	out := agent.Terms{Share: money.Percent(shareE4)}
	for _, cents := range limit {
		most := money.Amount(cents * 10_000)
		out.Cap = &most
	}
	return out
}

func serviceLink(t *testing.T, b *agentBundle) {
	link := b.link(t, "Blog", " B@Example.com ")
	require.Regexp(t, `^[a-z]{12}$`, link.Code)
	require.Equal(t, "https://go.example.com/ib/"+link.Code, link.Address)
	require.Equal(t, "b@example.com", link.Email)
	require.Equal(t, b.Clock.Now(), link.CreatedAt)
	require.Equal(t, agent.Reports{}, link.Reports, "nothing is shared until the owner says so")
	b.MustFeed(t, b.Fact(feed.ClientRegistered, "2026-06-01T00:00:00Z", `"client_uid":"33333333-0000-4000-8000-000000000003","email":"three@example.com","country":"IT","partner_code":"`+link.Code+`"`))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM clients WHERE partner_id = $1 AND link_code = $2`, b.a, link.Code))
	links, _, err := partner.NewStore(b.DB).Links(t.Context(), b.a)
	require.NoError(t, err)
	require.Equal(t, partner.Link{PartnerID: b.a, Code: link.Code, RewardSchema: partner.SchemaRevShare, CreatedAt: link.CreatedAt}, links[0])

	second := b.link(t, "Channel", "b@example.com")
	shown, count, err := b.agents.Links(t.Context(), b.a, page.Page{Limit: 1})
	require.NoError(t, err)
	require.EqualValues(t, 2, count)
	require.Equal(t, []agent.Shown{second}, shown, "newest first")
	require.NoError(t, b.agents.SetReports(t.Context(), b.a, second.ID, agent.Reports{Clients: true}))
	require.NoError(t, b.agents.SetReports(t.Context(), b.a, second.ID, agent.Reports{Clients: true}))
	stored, err := b.agents.Link(t.Context(), b.a, second.ID)
	require.NoError(t, err)
	require.Equal(t, agent.Reports{Clients: true}, stored.Reports)
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'agent_link.created' AND partner_id = $1`, b.a))
	require.EqualValues(t, 1, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'agent_reports.shared'`), "once: then nothing changed")
}

func serviceLimits(t *testing.T, b *agentBundle) {
	b.link(t, "Blog", "x@example.com")
	_, err := b.agents.CreateLink(t.Context(), b.a, "Blog", "y@example.com")
	programmetest.RequireRefused(t, err, "alias", "already_in_use")
	_, err = b.agents.CreateLink(t.Context(), b.b, "Blog", "y@example.com")
	require.NoError(t, err, "another owner's alias is its own")
	_, err = b.agents.CreateLink(t.Context(), id.New(), "Blog", "y@example.com")
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	have := dbtest.Scalar(t, b.DB, `SELECT count(*) FROM partner_links WHERE partner_id = $1`, b.a)
	require.NoError(t, b.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		for n := have; n < partner.MaxLinks; n++ {
			if _, err := q.Exec(ctx, `INSERT INTO partner_links (partner_id, link_code, reward_schema, is_default, is_blocked, is_custom, created_at)
				VALUES ($1, $2, 'revenue_share', $3, $3, $3, 0)`, b.a, fmt.Sprintf("n%d", n), false); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err = b.agents.CreateLink(t.Context(), b.a, "One more", "y@example.com")
	programmetest.RequireRefused(t, err, "alias", "limit_reached")
}

func serviceAgreement(t *testing.T, b *agentBundle) {
	link := b.link(t, "Blog", "b@example.com")
	payload := fmt.Sprintf(`{"link_id":%d,"share_perc":25.5,"cap_amount_usd":1000}`, link.ID)
	token := b.token(t, b.a, payload)
	denied := func(terms agent.Terms, token string) {
		t.Helper()
		require.Equal(t, fault.PermissionDenied, fault.CodeOf(b.agents.SetAgreement(t.Context(), b.a, link.ID, terms, token)))
	}
	denied(terms(25_5000, 100_000), "")
	denied(terms(25_5000, 100_000), "another")
	denied(terms(25_5100, 100_000), token)
	denied(terms(25_5000, 100_001), token)
	denied(terms(25_5000), token)
	other := b.link(t, "Other", "b@example.com")
	require.Equal(t, fault.PermissionDenied, fault.CodeOf(b.agents.SetAgreement(t.Context(), b.a, other.ID, terms(25_5000, 100_000), token)))
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM agent_agreements`))
	require.Zero(t, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails`))

	require.NoError(t, b.agents.SetAgreement(t.Context(), b.a, link.ID, terms(25_5000, 100_000), token), "what was refused spent nothing")
	denied(terms(25_5000, 100_000), token)
	// If two agreements are set at the same moment, the later one applies.
	require.NoError(t, b.agents.SetAgreement(t.Context(), b.a, link.ID, terms(10_0000), b.token(t, b.a, fmt.Sprintf(`{"id":"%d","share_perc":"10"}`, link.ID))))
	list, count, err := b.agents.Agreements(t.Context(), b.a, link.ID, page.Page{Limit: 10})
	require.NoError(t, err)
	require.EqualValues(t, 2, count)
	require.Equal(t, []agent.Agreement{
		{Terms: terms(10_0000), From: b.Clock.Now().Add(time.Microsecond)}, {Terms: terms(25_5000, 100_000), From: b.Clock.Now()},
	}, list)
	require.EqualValues(t, 2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM audit_log WHERE action = 'agent_agreement.set' AND partner_id = $1`, b.a))

	var to, text string
	require.NoError(t, b.DB.QueryRow(t.Context(), `SELECT recipient, text_body FROM mails WHERE kind = 'agent_agreement' AND text_body LIKE '%25.5 %'`).Scan(&to, &text))
	require.Equal(t, "b@example.com", to)
	require.Contains(t, text, link.Code)
	require.Contains(t, text, "at most 1,000.00 USD")
	require.NotRegexp(t, `\d{6}`, text, "only a code has six digits")
	require.NotContains(t, text, "Blog", "nothing of the owner's own words goes to an address that anybody may have typed")

	b.Write(t, `DELETE FROM agent_agreements`)
	b.Write(t, `INSERT INTO agent_agreements (partner_id, link_id, from_at, share_e4, cap_usd_e6, earned_usd_e6)
		WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < $3) SELECT $1, $2, value, 10000, NULL, 0 FROM n`, b.a, link.ID, int64(agent.MaxAgreements))
	err = b.agents.SetAgreement(t.Context(), b.a, link.ID, terms(10_0000), b.token(t, b.a, fmt.Sprintf(`{"id":%d,"share_perc":10}`, link.ID)))
	programmetest.RequireRefused(t, err, "share_perc", "limit_reached")
}

// serviceMails checks that an owner cannot flood an agent's mailbox by setting
// agreements. An agreement without a mail still comes into force, and the mails
// of another owner are still sent.
func serviceMails(t *testing.T, b *agentBundle) {
	link := b.link(t, "Blog", "Agent+blog@example.com")
	second := b.link(t, "Channel", "agent+channel@example.com")
	mails := func() int64 {
		return dbtest.Scalar(t, b.DB, `SELECT count(*) FROM mails WHERE kind = 'agent_agreement'`)
	}
	agree := func(owner id.UUID, link agent.Shown) {
		t.Helper()
		token := b.token(t, owner, fmt.Sprintf(`{"link_id":%d,"share_perc":10}`, link.ID))
		require.NoError(t, b.agents.SetAgreement(t.Context(), owner, link.ID, terms(10_0000), token))
	}
	for range mail.AskerQuota {
		agree(b.a, link)
	}
	require.EqualValues(t, mail.AskerQuota, mails())
	agree(b.a, link)
	agree(b.a, second) // the same mailbox
	require.EqualValues(t, mail.AskerQuota, mails(), "not more than the quota")
	require.EqualValues(t, mail.AskerQuota+2, dbtest.Scalar(t, b.DB, `SELECT count(*) FROM agent_agreements WHERE partner_id = $1`, b.a), "but they are in force")

	theirs, err := b.agents.CreateLink(t.Context(), b.b, "Blog", "agent@example.com")
	require.NoError(t, err)
	agree(b.b, theirs)
	require.EqualValues(t, mail.AskerQuota+1, mails(), "another owner has a share of its own")

	b.Write(t, `UPDATE mail_asks SET created_at = created_at - $1`, mail.QuotaWindow.Microseconds()+1) // an hour passes
	agree(b.a, link)
	require.EqualValues(t, mail.AskerQuota+2, mails(), "an hour later there is room again")
}

func serviceBind(t *testing.T, b *agentBundle) {
	link := b.link(t, "Blog", "b@example.com")
	digests := map[verification.Digest]string{}
	bind := func(payload string) verification.Bound {
		t.Helper()
		bound, err := b.agents.Bind(t.Context(), b.a, json.RawMessage(strings.ReplaceAll(payload, "ID", strconv.FormatInt(link.ID, 10))))
		require.NoError(t, err, payload)
		require.NotRegexp(t, `\d{6}`, bound.Summary)
		return bound
	}
	for _, payload := range []string{
		`{"link_id":ID,"share_perc":25}`, `{"link_id":ID,"share_perc":25,"cap_amount_usd":25}`, `{"link_id":ID,"share_perc":2,"cap_amount_usd":525}`,
		`{"link_id":ID,"share_perc":25.01,"cap_amount_usd":1000000000}`, `{"link_id":ID,"share_perc":25.01,"cap_amount_usd":999999999.99}`,
	} {
		bound := bind(payload)
		require.Empty(t, digests[bound.Digest], payload)
		digests[bound.Digest] = payload
	}
	require.Equal(t, `Give the agent “Blog” 25.01 % of the rewards from the link `+link.Code+`, at most 999,999,999.99 USD`,
		bind(`{"link_id":ID,"share_perc":25.01,"cap_amount_usd":999999999.99}`).Summary)
	for _, same := range []string{
		`{"id":ID,"share_perc":25.00}`, `{"referral_agent_link_id":"ID","share_perc":"25","cap_amount_usd":null}`, `{"link_id":ID.0,"id":0,"share_perc":25,"more":1}`,
	} {
		require.Equal(t, `{"link_id":ID,"share_perc":25}`, digests[bind(same).Digest], same)
	}
	require.Equal(t, "Give one of your agents 25 % of the rewards from its link, with any limit", bind(`{"share_perc":25}`).Summary)
	require.Equal(t, "Give one of your agents 25 % of the rewards from its link, at most 1,000.00 USD", bind(`{"share_perc":25,"cap_amount_usd":1000}`).Summary)
	digits := b.link(t, "x123456", "b@example.com")
	link = digits
	require.Contains(t, bind(`{"link_id":ID,"share_perc":25}`).Summary, "Give the agent 25 %")

	for payload, field := range map[string]string{
		`[]`: verification.Whole, `"x"`: verification.Whole, `{"link_id":"x","share_perc":1}`: "link_id", `{"link_id":1.5,"share_perc":1}`: "link_id",
		`{"link_id":1}`: "share_perc", `{"link_id":1,"share_perc":null}`: "share_perc", `{"link_id":1,"share_perc":"x"}`: "share_perc", `{"link_id":1,"share_perc":101}`: "share_perc",
		`{"link_id":1,"share_perc":{}}`: "share_perc", `{"link_id":1,"share_perc":1,"cap_amount_usd":[]}`: "cap_amount_usd", `{"link_id":1,"share_perc":1,"cap_amount_usd":0}`: "cap_amount_usd",
	} {
		_, err := b.agents.Bind(t.Context(), b.a, json.RawMessage(payload))
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), payload)
		require.ErrorContains(t, err, "; "+field+": ", payload)
	}
	_, err := b.agents.Bind(t.Context(), b.a, json.RawMessage(`{"link_id":1,"share_perc":1}`))
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func serviceTerms(t *testing.T, b *agentBundle) {
	link := b.link(t, "Blog", "b@example.com")
	for _, tt := range []struct {
		terms agent.Terms
		codes []string
	}{
		{terms(-1), []string{"min_value"}},
		{terms(100_0001), []string{"max_value"}},
		{terms(10_0010), []string{"max_decimal_places"}},
		{terms(10_0000, 0), []string{"min_value"}},
		{terms(10_0000, -1), []string{"min_value"}},
		{terms(10_0000, 100_000_000_001), []string{"max_value"}},
		{agent.Terms{Share: 10_0010, Cap: new(money.Amount(10_001))}, []string{"max_decimal_places", "max_decimal_places"}},
	} {
		err := b.agents.SetAgreement(t.Context(), b.a, link.ID, tt.terms, "")
		var e *fault.Error
		require.ErrorAs(t, err, &e)
		var codes []string
		for _, f := range e.Fields {
			codes = append(codes, f.Code)
		}
		require.Equal(t, tt.codes, codes)
	}
	for _, good := range []agent.Terms{terms(0), terms(100_0000), terms(1_0100, 1), terms(10_0000, 100_000_000_000)} {
		require.NoError(t, good.Validate())
	}
}

func serviceForeign(t *testing.T, b *agentBundle) {
	link := b.link(t, "Blog", "b@example.com")
	for _, who := range []id.UUID{b.b, id.New()} {
		_, err := b.agents.Link(t.Context(), who, link.ID)
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
		_, _, err = b.agents.Agreements(t.Context(), who, link.ID, page.Page{Limit: 1})
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
		require.Equal(t, fault.NotFound, fault.CodeOf(b.agents.SetReports(t.Context(), who, link.ID, agent.Reports{Clients: true})))
		require.Equal(t, fault.NotFound, fault.CodeOf(b.agents.SetAgreement(t.Context(), who, link.ID, terms(10_0000), "")))
		_, err = b.agents.Bind(t.Context(), who, json.RawMessage(fmt.Sprintf(`{"link_id":%d,"share_perc":1}`, link.ID)))
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
		links, count, err := b.agents.Links(t.Context(), who, page.Page{Limit: 1})
		require.NoError(t, err)
		require.Zero(t, count)
		require.Empty(t, links)
	}
}

func serviceAffiliation(t *testing.T, b *agentBundle) {
	link, other := b.link(t, "Blog", "b@example.com"), b.link(t, "Channel", "b@example.com")
	const client3, client4 = "33333333-0000-4000-8000-000000000003", "44444444-0000-4000-8000-000000000004"
	register := func(uid, email, code string) string {
		return b.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", fmt.Sprintf(`"client_uid":%q,"email":%q,"country":"IT","partner_code":%q`, uid, email, code))
	}
	b.MustFeed(t, register(client3, "three@example.com", link.Code), register(client4, "four@example.com", "alpha"),
		b.OpenAccount(client3, "8001", link.Code, ""), b.OpenAccount(client3, "8002", "alpha", ""), b.OpenAccount(client3, "8003", other.Code, ""),
		b.OpenAccount(client4, "8004", other.Code, ""))
	ask := func(who id.UUID, email string, most int) (agent.Affiliation, bool) {
		t.Helper()
		found, ok, err := b.agents.Affiliation(t.Context(), who, email, most)
		require.NoError(t, err)
		return found, ok
	}
	for _, tt := range []struct {
		who   id.UUID
		email string
		most  int
		want  agent.Affiliation
	}{
		{b.b, " Three@EXAMPLE.com ", 10, agent.Affiliation{LinkCode: link.Code, Accounts: []string{"8001", "8003"}}},
		{b.b, "three@example.com", 1, agent.Affiliation{LinkCode: link.Code, Accounts: []string{"8001"}}},
		{b.b, "three@example.com", 0, agent.Affiliation{LinkCode: link.Code}},
		{b.b, "three@example.com", -5, agent.Affiliation{LinkCode: link.Code}},
		{b.b, "four@example.com", 10, agent.Affiliation{LinkCode: other.Code, Accounts: []string{"8004"}}}, // only one of the client's accounts came through the link
		{b.b, "one@example.com", 10, agent.Affiliation{}},                                                  // a client of the owner who did not come through an agent's link
		{b.b, "two@example.com", 10, agent.Affiliation{}},                                                  // one of the agent's own clients
		{b.b, "nobody@example.com", 10, agent.Affiliation{}},
		{b.a, "three@example.com", 10, agent.Affiliation{}}, // the owner is not an agent
		{id.New(), "three@example.com", 10, agent.Affiliation{}},
	} {
		found, ok := ask(tt.who, tt.email, tt.most)
		require.Equal(t, tt.want, found, tt.email)
		require.Equal(t, tt.want.LinkCode != "", ok, tt.email)
	}
	b.MustFeed(t, b.Fact(feed.ClientLeft, "2026-03-01T00:00:00Z", `"client_uid":"`+client3+`"`))
	_, ok := ask(b.b, "three@example.com", 10)
	require.False(t, ok, "a client who left is affiliated with no one")
}
