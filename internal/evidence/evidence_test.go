package evidence_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/evidence"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/settings"
)

const client3 = "33333333-0000-4000-8000-000000000003"

// scene is a programme with a store of clicks.
type scene struct {
	*programmetest.Programme

	clicks  click.SQLStore
	signer  click.Signer
	service *evidence.Service
}

func newScene(t *testing.T, open func(t *testing.T) (store, clicks db.DB)) *scene {
	t.Helper()
	store, clicks := open(t)
	s := &scene{Programme: programmetest.New(store), clicks: click.NewSQLStore(clicks)}
	var err error
	s.signer, err = click.NewSigner(t.Context(), s.clicks, s.Clock)
	require.NoError(t, err)
	finder := click.NewFinder(s.clicks, s.signer)
	s.Accrual = programmetest.NewAccrual(store, s.Clock, finder)
	s.service = evidence.NewService(evidence.NewStore(store), finder)
	s.MustFeed(t, s.Setting()...)
	return s
}

// click stores a click and returns its id.
func (s *scene) click(t *testing.T, partner, code, at string) string {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, at)
	require.NoError(t, err)
	kept := programmetest.ClickOf(partner, moment, click.Counted)
	kept.Source = click.Source{LinkCode: code, CampaignCode: "spring", LinkID: 7, SubID: "site", Country: "PL", Platform: "web"}
	require.NoError(t, s.clicks.Add(t.Context(), []click.Click{kept}))
	return s.signer.ID(click.Ref{PartnerID: kept.PartnerID, UID: kept.UID})
}

func (s *scene) register(at, more string) string {
	return s.Fact(feed.ClientRegistered, at, `"client_uid":"`+client3+`","email":"three@example.com","country":"DE"`+more)
}

func (s *scene) change(kind feed.Type, at, more string) string {
	return s.Fact(kind, at, `"client_uid":"`+client3+`"`+more)
}

// find returns the evidence for Alpha, or for the partner who claims the client.
func (s *scene) find(t *testing.T, partner string) *evidence.Evidence {
	t.Helper()
	claims := programmetest.UUID(partner)
	found, err := s.service.Find(t.Context(), evidence.Question{ClientUID: programmetest.UUID(client3), Partner: &claims})
	require.NoError(t, err)
	return found
}

func lines(found *evidence.Evidence) []string {
	out := make([]string, len(found.Entries))
	for i, e := range found.Entries {
		decides := "null"
		if e.For != nil {
			decides = strconv.FormatBool(*e.For)
		}
		out[i] = fmt.Sprintf("| %s | %#q | %s | %s |", e.At.UTC().Format("2006-01-02 15:04"), string(e.Kind), decides, e.Text)
	}
	return out
}

func figures(e *evidence.Entry) map[string]string {
	out := map[string]string{}
	for _, f := range e.Figures {
		out[f.Name] = f.Value
	}
	return out
}

// TestTheWorkedExampleOfDisputes runs the example in docs/disputes.md.
func TestTheWorkedExampleOfDisputes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "disputes.md"))
	require.NoError(t, err)
	_, body, _ := strings.Cut(string(text), "## A worked example")
	facts := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindStringSubmatch(body)
	require.NotNil(t, facts)
	tables := strings.SplitN(body, "Alpha's own list", 2)
	require.Len(t, tables, 2)
	rows := regexp.MustCompile(`(?m)^\| 2026.*\|$`)
	sums := regexp.MustCompile("(?m)^> (.*)$")
	dbtest.EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (store, clicks db.DB)) {
		s := newScene(t, open)
		lastClick := s.click(t, programmetest.PartnerB, "beta", "2026-01-25T12:00:00Z")
		lines4 := strings.NewReplacer("FIRST", s.click(t, programmetest.PartnerA, "alpha", "2026-01-20T10:00:00Z"), "LAST", lastClick).Replace(facts[1])
		s.MustFeed(t, strings.Split(lines4, "\n")...)

		found := s.find(t, programmetest.PartnerA)
		require.Equal(t, rows.FindAllString(tables[0], -1), lines(found), strings.Join(lines(found), "\n"))
		require.Equal(t, sums.FindStringSubmatch(tables[0])[1], found.Summary)
		own, err := s.service.FindOwn(t.Context(), programmetest.Alpha, client3[:8])
		require.NoError(t, err)
		require.Equal(t, rows.FindAllString(tables[1], -1), lines(own), strings.Join(lines(own), "\n"))
		require.Equal(t, sums.FindStringSubmatch(tables[1])[1], own.Summary)

		require.Equal(t, evidence.Party{PartnerID: programmetest.Alpha, LinkCode: "alpha"}, found.Partner)
		require.Len(t, found.Accounts, 2)
		for _, e := range found.Entries {
			if e.Kind == evidence.Click && figures(&e)["click_id"] == lastClick {
				require.Equal(t, map[string]string{"click_id": lastClick, "link_code": "beta", "campaign_code": "spring", "tracked_link": "7", "sub_id": "site", "country": "PL"}, figures(&e))
			}
			if e.Kind == "client.moved" {
				require.Equal(t, "The first click was Alpha's.", figures(&e)["reason"])
				require.Equal(t, "feed", figures(&e)["author"])
			}
		}
	})
}

// TestEvidence checks what the list says in the other cases.
func TestEvidence(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (store, clicks db.DB)) {
		for name, test := range map[string]func(*testing.T, *scene){
			"why clicks do not count":  clicksThatDoNotCount,
			"clicks that were deleted": deletedClicks,
			"every event of a client":  everyEvent,
			"self-referrals":           selfReferrals,
			"another partner's view":   ownView,
			"the newest entries":       newest,
			"unknown":                  unknown,
			"query plans":              plans,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, newScene(t, open))
			})
		}
	})
}

func clicksThatDoNotCount(t *testing.T, s *scene) {
	s.MustFeed(t, s.register("2026-03-01T00:00:00Z", fmt.Sprintf(`,"partner_code":"alpha","click_ids":[%q,%q,%q,%q]`,
		s.click(t, programmetest.PartnerA, "alpha", "2026-01-20T00:00:00Z"), s.click(t, programmetest.PartnerA, "alpha", "2026-02-20T00:00:00Z"),
		s.click(t, programmetest.PartnerB, "beta", "2026-02-25T00:00:00Z"), s.click(t, programmetest.PartnerA, "alpha", "2026-03-02T00:00:00Z"))))
	require.Equal(t, []string{
		"| 2026-01-20 00:00 | `click` | null | A click on a link of the partner with the code \"alpha\". It does not count: it is more than 30d older than the registration, which is the attribution window. |",
		"| 2026-02-20 00:00 | `click` | true | A click on a link of the partner with the code \"alpha\". It counts: the plan in force at the registration takes the last of the visitor's clicks on links of the partner whose code the registration names in the 30d before it. |",
		"| 2026-02-25 00:00 | `click` | null | A click on a link of the partner with the code \"beta\". It does not count: the registration names a code, and the click is on a link of another partner than the code's. |",
		"| 2026-03-01 00:00 | `client.registered` | true | The client registered with the code \"alpha\", so it went to the partner with the code \"alpha\". |",
		"| 2026-03-02 00:00 | `click` | null | A click on a link of the partner with the code \"alpha\". It does not count: it is later than the registration. |",
	}, lines(s.find(t, programmetest.PartnerA)))
}

func deletedClicks(t *testing.T, s *scene) {
	counts, other := s.click(t, programmetest.PartnerA, "alpha", "2026-02-20T00:00:00Z"), s.click(t, programmetest.PartnerA, "alpha", "2026-02-10T00:00:00Z")
	s.MustFeed(t, s.register("2026-03-01T00:00:00Z", fmt.Sprintf(`,"click_ids":[%q,%q]`, counts, other)))
	before := s.find(t, programmetest.PartnerA)
	deleted, err := s.clicks.Purge(t.Context(), programmetest.Now, 0)
	require.NoError(t, err)
	require.EqualValues(t, 2, deleted)
	after := s.find(t, programmetest.PartnerA)
	require.Equal(t, before.Entries[1], after.Entries[0], "the click that counts was recorded with the registration")
	require.Equal(t, "| 2026-03-01 00:00 | `click` | null | The registration names a click on a link of the partner "+programmetest.PartnerA+
		". The click itself is no longer stored, so its time is not known. It does not count. |", lines(after)[1])
}

func everyEvent(t *testing.T, s *scene) {
	s.MustFeed(t, s.register("2026-02-01T00:00:00Z", `,"partner_code":"alpha"`), s.change(feed.ClientVerified, "2026-02-02T00:00:00Z", ``),
		s.change(feed.ContactShared, "2026-02-03T00:00:00Z", `,"granted":true`),
		s.change(feed.ClientPartnerChanging, "2026-02-04T00:00:00Z", `,"partner_code":"beta"`), s.change(feed.ClientChangeCancelled, "2026-02-05T00:00:00Z", ``),
		s.change(feed.ClientLeft, "2026-02-06T00:00:00Z", ``), s.change(feed.ClientReturned, "2026-02-07T00:00:00Z", ``),
		s.change(feed.ClientPartnerChanged, "2026-02-08T00:00:00Z", `,"partner_code":"beta"`))
	found := s.find(t, programmetest.PartnerA)
	const alpha = `the partner with the code "alpha"`
	require.Equal(t, []string{
		"| 2026-02-01 00:00 | `client.registered` | true | The client registered with the code \"alpha\", so it went to " + alpha + ". |",
		"| 2026-02-02 00:00 | `client.verified` | null | The broker verified the client, who belonged to " + alpha + ". |",
		"| 2026-02-03 00:00 | `contact.shared` | null | The client agreed to share its contact details with " + alpha + ". |",
		"| 2026-02-04 00:00 | `client.partner_changing` | null | The client asked to change from " + alpha + " to the partner with the code \"beta\". This alone changes nothing. |",
		"| 2026-02-05 00:00 | `client.partner_change_cancelled` | null | The client no longer asks for another partner and stays with " + alpha + ". |",
		"| 2026-02-06 00:00 | `client.left` | false | The client left the broker. Until then it belonged to " + alpha + ". |",
		"| 2026-02-07 00:00 | `client.returned` | true | The client returned to the broker and to " + alpha + ". |",
		"| 2026-02-08 00:00 | `client.partner_changed` | false | The client changed from " + alpha + " to the partner with the code \"beta\". Accounts that are open already stay with their partners. |",
	}, lines(found))
	require.Equal(t, "The client does not belong to this partner now. It did from 1 February 2026, 00:00:00 UTC to 6 February 2026, 00:00:00 UTC "+
		"and from 7 February 2026, 00:00:00 UTC to 8 February 2026, 00:00:00 UTC.", found.Summary)
	require.Equal(t, "The client belongs to this partner, since 8 February 2026, 00:00:00 UTC.", s.find(t, programmetest.PartnerB).Summary)
	for _, e := range found.Entries {
		require.NotEmpty(t, e.FactID)
		require.NotEmpty(t, figures(&e)["received_at"], e.Kind)
	}
}

func selfReferrals(t *testing.T, s *scene) {
	own := s.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+client3+`","email":"A+1@example.com","country":"DE","partner_code":"alpha"`)
	_, err := settings.NewStore(s.DB).Set(t.Context(), &settings.SelfReferral.Info, settings.RefuseSelfReferral, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), programmetest.Now)
	require.NoError(t, err)
	s.MustFeed(t, own, s.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"3001","client_uid":"`+client3+
		`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"alpha"`))
	found := s.find(t, programmetest.PartnerA)
	require.Equal(t, evidence.Party{}, found.Partner)
	got := strings.Join(lines(found), "\n")
	require.Contains(t, got, "`client.registered` | false | The client registered with the code \"alpha\", but has the e-mail address of its partner. The programme refuses this, so the client went to no partner.")
	require.Contains(t, got, "2026-02-01 00:00 | `self_referral` | false | The client has the e-mail address of the partner "+programmetest.PartnerA+". The programme refuses such clients, so this fact attributes nothing to ")
	require.Contains(t, got, "`account.opened` | false | The client opened the account 3001 with the code \"alpha\", but has the e-mail address of its partner.")
	require.Equal(t, "The client never belonged to this partner.", found.Summary)
}

// ownView checks that a partner's list names no other partner.
func ownView(t *testing.T, s *scene) {
	s.MustFeed(t, s.register("2026-02-01T00:00:00Z", fmt.Sprintf(`,"click_ids":[%q,%q]`,
		s.click(t, programmetest.PartnerA, "alpha", "2026-01-20T00:00:00Z"), s.click(t, programmetest.PartnerB, "beta", "2026-01-25T00:00:00Z"))),
		s.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"3001","client_uid":"`+client3+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`))
	_, err := s.service.FindOwn(t.Context(), programmetest.Alpha, client3)
	require.Equal(t, fault.NotFound, fault.CodeOf(err), "a click does not show the client")
	s.MustFeed(t, s.change(feed.ClientMoved, "2026-02-10T00:00:00Z", `,"partner_code":"alpha","reason":"Beta has cheated."`),
		s.change(feed.ClientMoved, "2026-02-20T00:00:00Z", `,"partner_code":"beta","reason":"Beta has not."`))
	for _, partner := range []string{programmetest.PartnerA, programmetest.PartnerB} {
		other := map[string]string{programmetest.PartnerA: "beta", programmetest.PartnerB: "alpha"}[partner]
		own, err := s.service.FindOwn(t.Context(), programmetest.UUID(partner), client3)
		require.NoError(t, err)
		require.Len(t, own.Accounts, 1)
		require.NotEmpty(t, own.Entries)
		for _, e := range own.Entries {
			require.NotContains(t, e.Text, other)
			require.NotContains(t, e.Text, "cheated")
			require.Empty(t, e.FactID)
			require.NotContains(t, fmt.Sprint(e.Figures), other)
			require.NotContains(t, fmt.Sprint(e.Figures), "received_at")
			if e.Partner != nil && e.Partner.PartnerID != programmetest.UUID(partner) {
				require.Empty(t, e.Partner.LinkCode)
			}
		}
	}
	own, err := s.service.FindOwn(t.Context(), programmetest.Alpha, client3)
	require.NoError(t, err)
	require.Equal(t, "LEFT", string(own.Relation))
	require.Equal(t, "The client does not belong to you now. It did from 10 February 2026, 00:00:00 UTC to 20 February 2026, 00:00:00 UTC. Accounts that belonged to you before: 3001.", own.Summary)
	_, err = s.service.FindOwn(t.Context(), programmetest.Alpha, "x")
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func newest(t *testing.T, s *scene) {
	facts := []string{s.register("2026-02-01T00:00:00Z", `,"partner_code":"alpha"`)}
	for i := range evidence.MaxEntries {
		facts = append(facts, s.change(feed.ClientVerified, time.Date(2026, 2, 2, 0, i, 0, 0, time.UTC).Format(time.RFC3339), ``))
	}
	s.MustFeed(t, facts[:evidence.MaxEntries]...)
	require.False(t, s.find(t, programmetest.PartnerA).Cut)
	s.MustFeed(t, facts[evidence.MaxEntries:]...)
	found := s.find(t, programmetest.PartnerA)
	require.True(t, found.Cut)
	require.Len(t, found.Entries, evidence.MaxEntries)
	require.EqualValues(t, "client.verified", found.Entries[0].Kind)
	require.Equal(t, "The client belongs to this partner, since 1 February 2026, 00:00:00 UTC.", found.Summary)
}

func unknown(t *testing.T, s *scene) {
	nowhere := programmetest.UUID(client3)
	_, err := s.service.Find(t.Context(), evidence.Question{ClientUID: nowhere})
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	_, err = s.service.Find(t.Context(), evidence.Question{ClientUID: programmetest.UUID(programmetest.Client1), Partner: &nowhere})
	programmetest.RequireRefused(t, err, "partner_uid", "does_not_exist")
	found, err := s.service.Find(t.Context(), evidence.Question{ClientUID: programmetest.UUID(programmetest.Client1)})
	require.NoError(t, err)
	require.Empty(t, found.Summary)
	require.Nil(t, found.Entries[0].For)
	s.MustFeed(t, s.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"11111111-0000-4000-8000-000000000009","email":"nine@example.com","country":"DE","partner_code":"alpha"`))
	_, err = s.service.FindOwn(t.Context(), programmetest.Alpha, programmetest.Client1[:8])
	programmetest.RequireRefused(t, err, "client_uid", "ambiguous")
}

// plans checks that no query scans a table that grows.
func plans(t *testing.T, s *scene) {
	s.MustFeed(t, s.register("2026-02-01T00:00:00Z", `,"partner_code":"alpha"`), s.change(feed.ClientMoved, "2026-02-10T00:00:00Z", `,"partner_code":"beta","reason":"x"`))
	var made []string
	service := evidence.NewService(evidence.NewStore(dbtest.Planned{DB: s.DB, Plans: &made}), click.NewFinder(s.clicks, s.signer))
	_, err := service.Find(t.Context(), evidence.Question{ClientUID: programmetest.UUID(client3), Partner: &programmetest.Alpha})
	require.NoError(t, err)
	_, err = service.FindOwn(t.Context(), programmetest.Alpha, client3)
	require.NoError(t, err)
	require.Greater(t, len(made), 10)
	all := strings.Join(made, "\n")
	require.Contains(t, all, "self_referrals_client")
	require.Contains(t, all, "audit_log_moved")
	for _, table := range []string{"client_events", "facts", "client_sources", "self_referrals", "audit_log", "clients", "accounts", "account_routes", "account_stays"} {
		require.NotRegexp(t, `(?m)(SCAN|Seq Scan on) `+table+`\b`, all)
	}
}
