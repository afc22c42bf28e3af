package click_test

import (
	"context"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
)

// memoryStore is a Store that keeps only the last click.
type memoryStore struct {
	click.Store
	last click.Click
	err  error
	hold chan struct{} // if it is not nil, Add waits for a value
}

func (m *memoryStore) Salt(_ context.Context, _ clock.Day, fresh []byte) ([]byte, error) {
	return fresh, nil
}

func (m *memoryStore) Keys(_ context.Context, fresh click.Key) ([]click.Key, error) {
	return []click.Key{fresh}, nil
}

func (m *memoryStore) Add(_ context.Context, clicks []click.Click) error {
	if m.hold != nil {
		<-m.hold
	}
	m.last = clicks[len(clicks)-1]
	return m.err
}

var (
	owner  = id.UUID{1}
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	landed = "https://broker.example.com/signup?lang=en#form"
)

// testLinks implements Codes and Targets for one partner with a link code, a
// campaign and a blocked sub_id.
type testLinks struct{}

func (testLinks) Codes(_ context.Context, codes []string) ([]click.Code, error) {
	var found []click.Code
	for _, code := range codes {
		if code == "alpha" {
			found = append(found, click.Code{Code: linkcode.Code{Text: code}, PartnerID: owner})
		}
	}
	return found, nil
}

func (testLinks) BlockedSubIDs(context.Context, id.UUID) ([]string, error) {
	return []string{"bad"}, nil
}

func (testLinks) Campaign(_ context.Context, _ id.UUID, code string) (campaign.Campaign, error) {
	if code != "spring" {
		return campaign.Campaign{}, campaign.ErrUnknown
	}
	return campaign.Campaign{Code: code, Links: []campaign.Link{{ID: 7, Platform: "mobile", Tags: []string{"news"}}}}, nil
}

func (testLinks) Pages(context.Context) ([]campaign.Page, error) {
	return []campaign.Page{{URL: landed}}, nil
}

func follow(tb testing.TB, m *memoryStore, queue int) (*click.Service, click.Signer) {
	tb.Helper()
	signer, err := click.NewSigner(tb.Context(), m, clock.At(noon))
	require.NoError(tb, err)
	recorder := click.NewRecorder(tb.Context(), m, queue)
	tb.Cleanup(recorder.Close)
	dead, err := url.Parse("https://broker.example.com/gone")
	require.NoError(tb, err)
	return click.New(recorder, signer, testLinks{}, testLinks{}, clock.At(noon), click.Config{Zone: time.UTC, Dead: dead, Home: dead}), signer
}

// FuzzFollow checks that every link leads to one of two pages. It also checks
// that both the text stored with a click and the text added to the page's
// address have a limited length.
func FuzzFollow(f *testing.F) {
	for _, query := range []string{
		"", "campaign=spring&l=7&sub_id=s1&utm_source=x&gclid=1&m=3", "campaign=spring&campaign=other&l=-1&m=9223372036854775808",
		"sub_id=bad", "sub_id=%00%ff%C3%28a&utm_source=%E2%80%AE", "utm_" + strings.Repeat("a", 50) + "=1", strings.Repeat("utm_a=1&", 2000),
		"click_id=forged&partner_code=evil&url=https://evil.example&utm_term=" + strings.Repeat("%F0%9F%98%80", 400), "%zz=1&sub_id=%zz&;=&&&=",
	} {
		f.Add("alpha", query, "Mozilla/5.0", "PL")
	}
	f.Add("c_alpha", "", "", "xx")
	f.Add("https://evil.example", "", "curl/8", "\x00")
	m := &memoryStore{}
	s, signer := follow(f, m, click.DefaultQueue)
	f.Fuzz(func(t *testing.T, segment, query, agent, country string) {
		m.last = click.Click{}
		location, err := s.Follow(t.Context(), click.Request{
			Code: segment, Query: query, Kind: click.Counted, Country: country,
			Visitor: click.Visitor{Address: netip.MustParseAddr("192.0.2.1"), Agent: agent},
		})
		require.NoError(t, err)
		target, err := url.Parse(location)
		require.NoError(t, err)
		require.Equal(t, "https://broker.example.com", target.Scheme+"://"+target.Host)
		require.Less(t, len(location), 12<<10)
		require.Equal(t, strings.Trim(location, "\r\n\x00"), location)
		if m.last.PartnerID == id.Nil {
			require.Equal(t, "https://broker.example.com/gone", location)
			return
		}
		require.Equal(t, "/signup", target.Path)
		require.Equal(t, "form", target.Fragment)
		values := target.Query()
		ref, genuine := signer.Ref(values.Get("click_id"))
		require.True(t, genuine)
		require.Equal(t, click.Ref{PartnerID: owner, UID: m.last.UID}, ref)
		require.Equal(t, "alpha", values.Get("partner_code"))
		require.Equal(t, "en", values.Get("lang"))
		require.LessOrEqual(t, len(values), 16+6)
		require.LessOrEqual(t, len(m.last.Params), click.MaxParams)
		for _, text := range []string{m.last.LinkCode, m.last.CampaignCode, m.last.SubID, m.last.Tags, m.last.Country, m.last.Platform, m.last.Params} {
			require.True(t, utf8.ValidString(text))
			require.NotContains(t, text, "\x00")
		}
		require.LessOrEqual(t, utf8.RuneCountInString(m.last.SubID), 100)
		require.Contains(t, []string{"", "spring"}, m.last.CampaignCode)
		require.Contains(t, []int{0, 2}, len(m.last.Country))
		require.GreaterOrEqual(t, m.last.MaterialID, int64(0))
	})
}
