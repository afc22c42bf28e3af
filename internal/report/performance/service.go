package performance

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

// ErrTooMany means that a report has more than MaxGroups groups.
var ErrTooMany = errors.New("too many groups")

// Service creates the report from the figures in a Store.
type Service struct {
	store Store
	clock clock.Clock
	zone  *time.Location
}

// New returns a Service. The zone is the programme's time zone.
func New(store Store, c clock.Clock, zone *time.Location) *Service {
	return &Service{store: store, clock: c, zone: zone}
}

// FileName returns the name of the CSV or XLSX file that contains a report.
func (s *Service) FileName(params url.Values, output report.Output) string {
	names := []string{"group_by", "date_from", "date_to", "compare"}
	for _, by := range Filters {
		names = append(names, string(by))
	}
	return report.FileName(ID, params, names, s.zone, output)
}

// Request is a request for the report.
type Request struct {
	Query
	Compare bool // whether to also show the previous period of the same length
	Order   []page.Order
}

// Row is a group with its figures. Before has the figures of the previous
// period.
type Row struct {
	Group
	Before Figures
}

// Report has all groups in order, and their totals.
type Report struct {
	Request
	Rows   []Row
	Totals Row
}

// Report computes the report. It returns ValidationError for group_by if there
// are too many groups.
func (s *Service) Report(ctx context.Context, r *Request) (*Report, error) {
	if r.PartnerID == id.Nil {
		return nil, fault.New(fault.PermissionDenied) // the programme itself (the house) has no reports
	}
	made := &Report{Request: *r}
	rows := map[string]*Row{}
	err := s.eachGroup(ctx, &r.Query, func(g *Group) { row(rows, g.Key).add(&g.Figures) })
	if err != nil {
		return nil, err
	}
	all := r.Query
	all.By = nil
	err = s.eachGroup(ctx, &all, func(g *Group) { made.Totals.add(&g.Figures) })
	if err != nil {
		return nil, err
	}
	if r.Compare {
		previous, by := previousPeriod(&r.Query, slices.Contains(r.By, click.ByMonth))
		err = s.eachGroup(ctx, &previous, func(g *Group) {
			key := make([]string, len(g.Key))
			for i, value := range g.Key {
				key[i] = by.move(r.By[i], value)
			}
			row(rows, key).Before.add(&g.Figures)
		})
		if err != nil {
			return nil, err
		}
		previous.By = nil
		err = s.eachGroup(ctx, &previous, func(g *Group) { made.Totals.Before.add(&g.Figures) })
		if err != nil {
			return nil, err
		}
	}
	if len(rows) > MaxGroups {
		return nil, tooMany()
	}
	for _, row := range rows {
		made.Rows = append(made.Rows, *row)
	}
	sortRows(made.Rows, r.By, r.Order)
	return made, nil
}

func tooMany() error {
	return fault.Invalid("group_by", "max_groups",
		fmt.Sprintf("The report has more than %d groups. Narrow the period or the filters, or group by fewer columns.", MaxGroups))
}

func row(rows map[string]*Row, key []string) *Row {
	name := strings.Join(key, "\x00")
	if rows[name] == nil {
		rows[name] = &Row{Group: Group{Key: key}}
	}
	return rows[name]
}

// eachGroup calls tell with every group. It may pass a key several times.
func (s *Service) eachGroup(ctx context.Context, q *Query, tell func(*Group)) error {
	groups, err := s.store.Figures(ctx, *q)
	if errors.Is(err, ErrTooMany) {
		return tooMany()
	}
	if err != nil {
		return fmt.Errorf("reading the figures of traffic: %w", err)
	}
	tag := slices.Index(q.By, click.ByTag)
	wanted := q.Only[click.ByTag]
	for i := range groups {
		g := &groups[i]
		// A click or client may also have tags that are not in the filter.
		if g.Figures != (Figures{}) && (tag < 0 || wanted == nil || slices.Contains(wanted, g.Key[tag])) {
			tell(g)
		}
	}
	return nil
}

// valuesDays is the number of past days whose clicks Values searches.
const valuesDays = 366

// Values returns distinct values of a dimension that contain the search text, up to
// the limit. The dimension is one of Filters. The values are those of campaigns,
// links and clients, and of clicks within the last year.
func (s *Service) Values(ctx context.Context, partnerID id.UUID, by click.Dimension, search string, limit int) ([]string, error) {
	if partnerID == id.Nil {
		return nil, fault.New(fault.PermissionDenied)
	}
	found, err := s.store.Values(ctx, partnerID, by, clock.DayOf(s.clock.Now(), s.zone)-valuesDays, search, limit)
	if err != nil {
		return nil, fmt.Errorf("listing the values of %s: %w", by, err)
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if len(found) > 0 && found[0] == "" {
		found = found[1:]
	}
	return found[:min(limit, len(found))], nil
}
