package click_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/id"
)

func TestCounted(t *testing.T) {
	t.Parallel()
	registered := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	alpha, beta := id.New(), id.New()
	at := func(before time.Duration, owner id.UUID) click.Click {
		return click.Click{PartnerID: owner, At: registered.Add(-before)}
	}
	found := map[string]click.Click{
		"early": at(72*time.Hour, alpha), "late": at(time.Hour, beta), "twin": at(time.Hour, beta),
		"skewed": at(-click.Skew, alpha), "ahead": at(-click.Skew-time.Microsecond, alpha),
		"edge": at(30*24*time.Hour, alpha), "old": at(30*24*time.Hour+time.Microsecond, alpha),
	}
	set := click.NewWorkingSet(nil, found, click.NoOwner)
	for _, c := range []struct {
		names []string
		first bool
		of    id.UUID
		want  string
	}{
		{names: nil, want: ""},
		{names: []string{"forged"}, want: ""},
		{names: []string{"early", "late"}, want: "late"},
		{names: []string{"late", "early"}, want: "late"},
		{names: []string{"late", "early"}, first: true, want: "early"},
		{names: []string{"twin", "late"}, want: "late"},
		{names: []string{"late", "twin"}, want: "late"},
		{names: []string{"early", "late"}, of: alpha, want: "early"},
		{names: []string{"late"}, of: alpha, want: ""},
		{names: []string{"skewed", "late"}, want: "skewed"},
		{names: []string{"ahead", "late"}, want: "late"},
		{names: []string{"edge"}, want: "edge"},
		{names: []string{"old"}, want: ""},
		{names: []string{"old", "early"}, first: true, want: "early"},
	} {
		got := set.Counted(c.names, click.Rule{Window: 30 * 24 * time.Hour, First: c.first}, registered, c.of)
		if c.want == "" {
			require.Nil(t, got, "%+v", c)
			continue
		}
		require.NotNil(t, got, "%+v", c)
		require.Equal(t, c.want, got.Name, "%+v", c)
		require.Equal(t, found[c.want], got.Click)
	}
}

func TestReadable(t *testing.T) {
	t.Parallel()
	alpha := id.New()
	set := click.NewWorkingSet(nil, nil, func(clickID string) (id.UUID, bool) { return alpha, clickID == "alpha's" })
	require.Equal(t, "alpha's", set.Readable("alpha's", alpha))
	require.Empty(t, set.Readable("alpha's", id.New()), "another partner would learn whose click it was")
	require.Equal(t, "the broker's own", set.Readable("the broker's own", id.New()), "an id that is not ours reveals nothing")
}

func TestAdd(t *testing.T) {
	t.Parallel()
	set := click.NewWorkingSet(nil, nil, click.NoOwner)
	by := &click.Named{Name: "an id"}
	by.CampaignCode, by.SubID = "spring", "blog"
	require.Equal(t, click.Origin{CampaignCode: "spring", SubID: "blog", Click: &by.Click, ClickID: "an id"}, set.Add(click.Origin{}, by))
	require.Equal(t, "typed", set.Add(click.Origin{CampaignCode: "typed"}, by).CampaignCode, "the broker's information counts more")
	require.Equal(t, click.Origin{SubID: "7"}, set.Add(click.Origin{SubID: "7"}, nil))
}
