package level_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// scene is a programme whose first fact arrives on 30 June 2026. Its first
// review is on 1 July.
type scene struct {
	*programmetest.Programme
	t      *testing.T
	levels *level.Service
	ticket int
}

func newScene(t *testing.T, database db.DB) *scene {
	t.Helper()
	s := &scene{Programme: programmetest.New(database), t: t}
	s.levels = programmetest.WithLevels(s.Programme)
	programmetest.WithLevelPlan(t, s.Programme)
	s.MustFeed(t, s.Setting()...)
	return s
}

// addOrder feeds the programme an order of one lot that closed at the given time.
func (s *scene) addOrder(account, closed string) {
	s.t.Helper()
	s.ticket++
	s.MustFeed(s.t, s.Order(account, s.ticket, "EURUSD", closed, ``))
}

// changeOrder feeds the programme a reversal or a reinstatement of an order.
func (s *scene) changeOrder(kind feed.Type, ticket, at string) {
	s.t.Helper()
	s.MustFeed(s.t, s.Fact(kind, at, `"server":"Real","ticket":`+ticket+`,"reason":"test"`))
}

// reviewOn moves the clock to the beginning of a day and runs the reviews.
func (s *scene) reviewOn(day string) {
	s.t.Helper()
	s.moveTo(day)
	require.NoError(s.t, s.levels.Run(s.t.Context()))
}

// moveTo moves the clock to the beginning of a day.
func (s *scene) moveTo(day string) {
	s.t.Helper()
	to, err := time.Parse(time.DateOnly, day)
	require.NoError(s.t, err)
	s.Clock.Advance(to.Sub(s.Clock.Now()))
}

func (s *scene) set(name string, hold bool) {
	s.t.Helper()
	_, err := s.levels.Set(s.t.Context(), programmetest.Alpha, name, hold)
	require.NoError(s.t, err)
}

const june = "2026-06-30T10:00:00Z"

var scenes = []struct {
	name     string
	do       func(*scene)
	levels   string // expected levels of partner A
	progress string
	wallet   string
}{
	{"a partner without orders stays at the first level", func(s *scene) { s.reviewOn("2026-07-01") }, "", "", "0"},
	{"a rise takes effect on the next day and pays for the month before", func(s *scene) {
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
		s.addOrder("1001", "2026-07-01T00:00:00Z") // this order still earns 2 USD
		s.moveTo("2026-07-02")
		s.addOrder("1001", "2026-07-02T00:00:00Z") // this order earns 3 USD
	}, "2026-07-02 Silver", "2026-07-01: 1 rows 1", "8"},
	{"an order of an earlier month counts for the level, and earns nothing more", func(s *scene) {
		s.addOrder("1001", "2026-04-02T00:00:00Z")
		s.reviewOn("2026-07-01")
	}, "2026-07-02 Silver", "2026-07-01: 0 rows 0", "2"},
	{"an order of the 91st day does not count", func(s *scene) {
		s.addOrder("1001", "2026-04-01T23:59:59Z")
		s.reviewOn("2026-07-01")
	}, "", "", "2"},
	{"a rise can pass over levels, if all conditions are met", func(s *scene) {
		s.MustFeed(s.t, s.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"33333333-0000-4000-8000-000000000003","email":"three@example.com","country":"IT","partner_code":"alpha"`))
		s.MustFeed(s.t, s.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"1002","client_uid":"33333333-0000-4000-8000-000000000003","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`))
		for range 3 {
			s.addOrder("1001", june)
		}
		s.addOrder("1002", "2026-06-02T10:00:00Z")
		s.reviewOn("2026-07-01")
	}, "2026-07-02 Gold", "2026-07-01: 4 rows 8", "16"},
	{"the volume of one client is not enough for a level that wants two", func(s *scene) {
		for range 6 {
			s.addOrder("1001", june)
		}
		s.reviewOn("2026-07-01")
	}, "2026-07-02 Silver", "2026-07-01: 6 rows 6", "18"},
	{"a level that is still earned stays", func(s *scene) {
		s.SetLevel(s.t, programmetest.Alpha, "Silver", "2026-05-01")
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
		s.reviewOn("2026-08-01")
	}, "2026-05-01 Silver", "", "3"},
	{"a fall is announced, and takes effect a month later", func(s *scene) {
		s.SetLevel(s.t, programmetest.Alpha, "Silver", "2026-05-01")
		s.reviewOn("2026-07-01")
		s.addOrder("2001", "2026-07-01T00:00:00Z") // this order belongs to another partner
		require.Equal(s.t, "2026-05-01 Silver", s.LevelsOf(s.t, programmetest.Alpha))
		s.reviewOn("2026-08-01")
	}, "2026-05-01 Silver, 2026-08-01 Start", "", "0"},
	{"a level that is earned again by then does not fall", func(s *scene) {
		s.SetLevel(s.t, programmetest.Alpha, "Silver", "2026-05-01")
		s.reviewOn("2026-07-01")
		s.moveTo("2026-07-15")
		s.addOrder("1001", "2026-07-15T00:00:00Z")
		s.reviewOn("2026-09-01")
	}, "2026-05-01 Silver", "", "3"},
	{"a partner falls no further than announced, and then further", func(s *scene) {
		s.SetLevel(s.t, programmetest.Alpha, "Gold", "2026-03-01")
		s.addOrder("1001", "2026-04-03T00:00:00Z") // this order counts in the review of 1 July, but not in that of 1 August
		s.reviewOn("2026-08-01")
		require.Equal(s.t, "2026-03-01 Gold, 2026-08-01 Silver", s.LevelsOf(s.t, programmetest.Alpha))
		s.reviewOn("2026-09-01")
	}, "2026-03-01 Gold, 2026-08-01 Silver, 2026-09-01 Start", "", "4"},
	{"a fall goes only as far as needed", func(s *scene) {
		s.SetLevel(s.t, programmetest.Alpha, "Gold", "2026-03-01")
		s.reviewOn("2026-07-01") // this review announces a fall to Start
		s.moveTo("2026-07-15")
		s.addOrder("1001", "2026-07-15T00:00:00Z")
		s.reviewOn("2026-08-01")
	}, "2026-03-01 Gold, 2026-08-01 Silver", "", "4"},
	{"a review is run again", func(s *scene) {
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
		for range 2 {
			fresh := programmetest.WithLevels(s.Programme) // this is a server after a restart
			require.NoError(s.t, fresh.Run(s.t.Context()))
		}
	}, "2026-07-02 Silver", "2026-07-01: 1 rows 1", "3"},
	{"a review that is days late comes before the next facts", func(s *scene) {
		s.addOrder("1001", june)
		s.moveTo("2026-07-05")
		s.addOrder("1001", "2026-07-01T00:00:00Z") // this order earns 2 USD
		s.addOrder("1001", "2026-07-03T00:00:00Z") // this order earns 3 USD
	}, "2026-07-02 Silver", "2026-07-01: 1 rows 1", "8"},
	{"reviews of several months are made up for in order", func(s *scene) {
		s.addOrder("1001", "2026-06-15T00:00:00Z")
		s.reviewOn("2026-11-01")
	}, "2026-07-02 Silver, 2026-11-01 Start", "2026-07-01: 1 rows 1", "3"},
	{"an order that arrives late is in the progress reward too", func(s *scene) {
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
		s.addOrder("1001", june)
	}, "2026-07-02 Silver", "2026-07-01: 2 rows 2", "6"},
	{"an order that arrives late does not change a decision", func(s *scene) {
		s.reviewOn("2026-07-01")
		s.addOrder("1001", june)
		s.reviewOn("2026-07-31")
	}, "", "", "2"},
	{"and counts in the next review, which pays for its own month alone", func(s *scene) {
		s.reviewOn("2026-07-01")
		s.addOrder("1001", june)
		s.reviewOn("2026-08-01")
	}, "2026-08-02 Silver", "2026-08-01: 0 rows 0", "2"},
	{"a reversal takes the progress reward back, and a reinstatement pays it again", func(s *scene) {
		s.addOrder("1001", june)
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
		s.changeOrder(feed.OrderReversed, "1", "2026-07-01T00:00:00Z")
		require.Equal(s.t, "2026-07-01: 3 rows 1", s.Progress(s.t, programmetest.Alpha))
		s.changeOrder(feed.OrderReversed, "2", "2026-07-01T00:00:00Z")
		s.changeOrder(feed.OrderReinstated, "2", "2026-07-01T00:00:01Z")
	}, "2026-07-02 Silver", "2026-07-01: 5 rows 1", "3"},
	{"an order that was reversed before the review pays nothing", func(s *scene) {
		s.addOrder("1001", june)
		s.changeOrder(feed.OrderReversed, "1", june)
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
	}, "2026-07-02 Silver", "2026-07-01: 3 rows 1", "3"},
	{"a corrected type changes what is paid", func(s *scene) {
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
		s.MustFeed(s.t, s.Fact(feed.AccountTypeChanged, "2026-06-01T00:00:00Z", `"client_account":"1001","account_type":"Raw Spread"`)) // with this type, a lot earns 3.5 USD at Start and 5.25 USD at Silver
	}, "2026-07-02 Silver", "2026-07-01: 1 rows 1.75", "5.25"},
	{"an account that belonged to another partner takes its progress reward along", func(s *scene) {
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
		s.MustFeed(s.t, s.Fact(feed.ClientPartnerChanged, "2026-02-01T12:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`))
	}, "2026-07-02 Silver", "2026-07-01: 0 rows 0", "0"},
	{"a level that the broker holds does not fall", func(s *scene) {
		s.set("Gold", true)
		s.reviewOn("2026-12-01")
	}, "2026-07-01 Gold", "", "0"},
	{"a level that the broker sets without holding it falls like any other", func(s *scene) {
		s.set("Gold", false)
		s.reviewOn("2026-07-31")
		require.Equal(s.t, "2026-07-01 Gold", s.LevelsOf(s.t, programmetest.Alpha))
		s.reviewOn("2026-08-01")
	}, "2026-07-01 Gold, 2026-08-01 Start", "", "0"},
	{"the broker's decision ends an announced fall", func(s *scene) {
		s.SetLevel(s.t, programmetest.Alpha, "Silver", "2026-05-01")
		s.reviewOn("2026-07-10")
		s.set("Silver", false)
		s.reviewOn("2026-08-01")
	}, "2026-05-01 Silver, 2026-07-11 Silver", "", "0"},
	{"a rise by the broker pays nothing, and orders keep the level of their day", func(s *scene) {
		s.addOrder("1001", june)
		s.set("Silver", false)
		s.addOrder("1001", "2026-06-30T11:00:00Z")
		s.reviewOn("2026-07-01")
		s.addOrder("1001", "2026-07-01T00:00:00Z")
	}, "2026-07-01 Silver", "", "7"},
	{"a level that the plan lacks stays, although a higher one is earned", func(s *scene) {
		s.SetLevel(s.t, programmetest.Alpha, "Legacy", "2026-05-01")
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
		s.reviewOn("2026-08-01")
	}, "2026-05-01 Legacy", "", "2"},
	{"a held level can rise", func(s *scene) {
		s.set("Start", true)
		s.addOrder("1001", june)
		s.reviewOn("2026-07-01")
	}, "2026-07-01 Start, 2026-07-02 Silver", "2026-07-01: 1 rows 1", "3"},
}

func TestReviews(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for _, c := range scenes {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, open(t))
				c.do(s)
				require.Equal(t, c.levels, s.LevelsOf(t, programmetest.Alpha))
				require.Equal(t, c.progress, s.Progress(t, programmetest.Alpha))
				require.Equal(t, c.wallet, s.Wallet(t, programmetest.PartnerA))
				programmetest.RequireSound(t, s.DB)
			})
		}
	})
}
