package page_test

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/page"
)

func query(t *testing.T, text string) *page.Query {
	t.Helper()
	values, err := url.ParseQuery(text)
	require.NoError(t, err)
	return page.NewQuery(values)
}

func TestPage(t *testing.T) {
	t.Parallel()
	orderable := []string{"reg_date", "reward"}
	for text, want := range map[string]page.Page{
		"":                                  {Limit: 100},
		"limit=&offset=&ordering=":          {Limit: 100},
		"limit=7&offset=3":                  {Limit: 7, Offset: 3},
		"limit=7&limit=8":                   {Limit: 8},
		"limit=+7+":                         {Limit: 7},
		"limit=0":                           {Limit: 0},
		"limit=1000":                        {Limit: 1000},
		"limit=1001":                        {Limit: 1000},
		"limit=99999999999999999999999":     {Limit: 1000},
		"offset=99999999999999999999":       {Limit: 100, Offset: page.MaxOffset},
		"ordering=reward":                   {Limit: 100, Order: []page.Order{{Field: "reward"}}},
		"ordering=-reward,+reg_date":        {Limit: 100, Order: []page.Order{{Field: "reward", Descending: true}, {Field: "reg_date"}}},
		"ordering=reward,-reward":           {Limit: 100, Order: []page.Order{{Field: "reward"}}},
		"ordering=reward&ordering=reg_date": {Limit: 100, Order: []page.Order{{Field: "reward"}, {Field: "reg_date"}}},
		"search=x&page_size=x&email=x":      {Limit: 100},
	} {
		q := query(t, text)
		require.Equal(t, want, q.Page(0, orderable), text)
		require.NoError(t, q.Err(), text)
	}
	require.Equal(t, 1000, query(t, "").Page(1000, nil).Limit)

	for text, field := range map[string]string{
		"limit=ten": "limit", "limit=-1": "limit", "limit=1.5": "limit", "limit=1e3": "limit", "limit=0x10": "limit", "limit=٣": "limit", "limit=--1": "limit",
		"offset=-1": "offset", "offset=x": "offset", "ordering=size": "ordering", "ordering=--reward": "ordering", "ordering=-": "ordering", "ordering=reward;": "ordering",
	} {
		values := url.Values{}
		name, value, _ := strings.Cut(text, "=")
		values.Set(name, value)
		q := page.NewQuery(values)
		q.Page(0, orderable)
		var e *fault.Error
		require.ErrorAs(t, q.Err(), &e, text)
		require.Equal(t, fault.ValidationError, e.Code)
		require.Len(t, e.Fields, 1)
		require.Equal(t, field, e.Fields[0].Name)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	q := query(t, "country=TH,ZA&country=TH&country=,&ids=1,-2&day=2026-01-02,2026-01-03&from=2026-01-01&to=&kyc=True&no=0&kind=a")
	require.Equal(t, []string{"TH", "ZA"}, q.Values("country"))
	require.Nil(t, q.Values("absent"))
	require.Equal(t, []int64{1, -2}, q.Ints("ids"))
	require.Len(t, q.Days("day"), 2)
	require.Equal(t, "2026-01-01", q.Day("from").String())
	require.Nil(t, q.Day("to"))
	require.Equal(t, []bool{true}, q.Bools("kyc"))
	require.Equal(t, []bool{false}, q.Bools("no"))
	require.Nil(t, q.Bools("absent"))
	require.Equal(t, []string{"a"}, q.Choices("kind", []string{"a", "b"}))
	require.NoError(t, q.Err())
}

func TestFilters_EveryFaultIsNoted(t *testing.T) {
	t.Parallel()
	q := query(t, "ids=1,x&day=2026-13-01&from=01.02.2026&kyc=perhaps&kind=c&limit=x&big=9223372036854775808")
	require.Nil(t, q.Ints("ids"))
	require.Nil(t, q.Days("day"))
	require.Nil(t, q.Day("from"))
	require.Nil(t, q.Bools("kyc"))
	require.Nil(t, q.Choices("kind", []string{"a"}))
	require.Nil(t, q.Ints("big"))
	require.Equal(t, 100, q.Page(0, nil).Limit)
	var names []string
	for _, f := range q.Faults() {
		names = append(names, f.Name)
		require.NotEmpty(t, f.Code)
		require.NotEmpty(t, f.Message)
	}
	require.Equal(t, []string{"ids", "day", "from", "kyc", "kind", "big", "limit"}, names)
	require.Error(t, q.Err())
}

func TestFilters_HaveLimits(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range page.MaxValues + 1 {
		many = append(many, strconv.Itoa(i))
	}
	q := page.NewQuery(url.Values{"fits": {strings.Join(many[1:], ",")}, "long": {strings.Join(many, ",")}})
	require.Len(t, q.Values("fits"), page.MaxValues)
	require.NoError(t, q.Err())
	require.Nil(t, q.Values("long"))
	require.Error(t, q.Err())

	var orderable []string
	for i := range page.MaxOrder + 1 {
		orderable = append(orderable, "f"+strconv.Itoa(i))
	}
	q = page.NewQuery(url.Values{"ordering": {strings.Join(orderable, ",")}})
	require.Nil(t, q.Order(orderable))
	require.Error(t, q.Err())
}

func TestList_IsNeverNull(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(page.NewList[int](nil, page.Count{}))
	require.NoError(t, err)
	require.JSONEq(t, `{"data":[],"totals":{"count":0}}`, string(text))
}
