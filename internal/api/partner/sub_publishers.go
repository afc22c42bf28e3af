package partner

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/page"
)

// AddSubPublishers declares the operations on sub-publishers. A sub-publisher sends
// traffic to a partner, and is identified by a sub_id.
func AddSubPublishers(r *httpapi.Router, s *click.Publishers) {
	h := subPublishersAPI{s}
	r.Mount(wire.TagCampaigns,
		httpapi.GET("/api/partner/sub_publisher/list/", wire.Read, h.subPublisherList, subPublisherList),
		httpapi.GET("/api/partner/sub_publisher/summary/", wire.Read, h.subPublisherSummary, subPublisherSummary),
		httpapi.POST("/api/partner/sub_publisher/{sub_id}/block/", wire.Write, h.subPublisherBlock, subPublisherBlock),
		httpapi.POST("/api/partner/sub_publisher/{sub_id}/unblock/", wire.Write, h.subPublisherUnblock, subPublisherUnblock),
	)
}

type subPublishersAPI struct{ s *click.Publishers }

type publisherPeriod struct {
	From *clock.Day `query:"date_from" doc:"First day of the period, YYYY-MM-DD. If absent, the period has 90 days. A period has at most 366 days."`
	To   *clock.Day `query:"date_to" doc:"Last day of the period, YYYY-MM-DD. If absent, today."`
}

type publishersIn struct {
	publisherPeriod
	Page     page.Page `ordering:"sub_id,clicks,unique_clicks,registrations,deposits,reward"`
	Statuses []string  `query:"status" enum:"active,blocked" maxItems:"10" doc:"Only sub_ids with one of these statuses."`
}

type publisherPath struct {
	SubID string `path:"sub_id" doc:"The sub_id, as it appears in links." example:"site-1"`
}

type publisherSums struct {
	Clicks        int64       `json:"clicks" doc:"Number of clicks. Clicks of bots, prefetches and HEAD requests are not included."`
	Uniques       int64       `json:"unique_clicks" doc:"Number of visitors. A visitor is counted once for each day."`
	Registrations int64       `json:"registrations" doc:"Number of clients who registered in the period."`
	Deposits      int64       `json:"deposits" doc:"Number of these clients who have made a deposit."`
	Reward        json.Number `json:"reward" doc:"Rewards that the partner has earned from these clients so far, in USD with 2 decimal places."`
}

type publisherOut struct {
	SubID string `json:"sub_id" doc:"The sub_id."`
	publisherSums
	Status string `json:"status" enum:"active,blocked" doc:"Status of the sub_id. Links with a blocked sub_id lead to a page without attribution."`
}

type publisherTotals struct {
	Count int64 `json:"count" doc:"Number of sub_ids that match the filters, on all pages together."`
	publisherSums
}

type publisherSummary struct {
	Count   int64 `json:"sub_publishers" doc:"Number of sub_ids."`
	Blocked int64 `json:"blocked" doc:"Number of blocked sub_ids."`
	publisherSums
}

type publisherStatus struct {
	SubID  string `json:"sub_id" doc:"The sub_id."`
	Status string `json:"status" enum:"active,blocked" doc:"Status of the sub_id after this request."`
}

const publisherSumsExample = `"clicks":120,"unique_clicks":97,"registrations":4,"deposits":3,"reward":12.5`

func statusOf(blocked bool) string {
	if blocked {
		return click.StatusBlock
	}
	return click.StatusActive
}

func publisherSumsOf(p *click.Publisher) publisherSums {
	return publisherSums{Clicks: p.Clicks, Uniques: p.Uniques, Registrations: p.Registrations, Deposits: p.Deposits, Reward: formatCents(p.RewardUSD)}
}

var subPublisherList = httpapi.Op{
	ID:          "sub_publisher_list",
	Summary:     "List sub_ids",
	Description: "Lists the sub_ids seen on the partner's links, and all blocked sub_ids. The sub_ids with the most clicks come first.",
	Example: json.RawMessage(`{"data":[{"sub_id":"site-1",` + publisherSumsExample + `,"status":"active"}],` +
		`"totals":{"count":1,` + publisherSumsExample + `}}`),
}

func (h subPublishersAPI) subPublisherList(ctx context.Context, in *publishersIn) (*page.List[publisherOut, publisherTotals], error) {
	f := click.PublisherFilter{From: in.From, To: in.To, Page: in.Page}
	if wanted := slices.Compact(slices.Sorted(slices.Values(in.Statuses))); len(wanted) == 1 {
		blocked := wanted[0] == click.StatusBlock
		f.Blocked = &blocked
	}
	list, total, count, _, err := h.s.List(ctx, partnerOf(ctx), f)
	if err != nil {
		return nil, err
	}
	rows := make([]publisherOut, len(list))
	for i := range list {
		rows[i] = publisherOut{SubID: list[i].SubID, publisherSums: publisherSumsOf(&list[i]), Status: statusOf(list[i].Blocked)}
	}
	return page.NewList(rows, publisherTotals{Count: count, publisherSums: publisherSumsOf(&total)}), nil
}

var subPublisherSummary = httpapi.Op{
	ID:          "sub_publisher_summary",
	Summary:     "Get the totals of all sub_ids",
	Description: "Returns the number of sub_ids and their totals over the period.",
	Example:     json.RawMessage(`{"sub_publishers":1,"blocked":0,` + publisherSumsExample + `}`),
}

func (h subPublishersAPI) subPublisherSummary(ctx context.Context, in *publisherPeriod) (*publisherSummary, error) {
	_, total, count, blocked, err := h.s.List(ctx, partnerOf(ctx), click.PublisherFilter{From: in.From, To: in.To})
	if err != nil {
		return nil, err
	}
	return &publisherSummary{Count: count, Blocked: blocked, publisherSums: publisherSumsOf(&total)}, nil
}

var subPublisherBlock = httpapi.Op{
	ID:          "sub_publisher_block",
	Summary:     "Block a sub_id",
	Description: "Blocks a sub_id. Within a few seconds, links with this sub_id lead to a page without attribution.",
	Example:     publisherStatus{SubID: "site-1", Status: statusOf(true)},
}

func (h subPublishersAPI) subPublisherBlock(ctx context.Context, in *publisherPath) (*publisherStatus, error) {
	return &publisherStatus{SubID: in.SubID, Status: statusOf(true)}, h.s.SetBlocked(ctx, partnerOf(ctx), in.SubID, true)
}

var subPublisherUnblock = httpapi.Op{
	ID:          "sub_publisher_unblock",
	Summary:     "Unblock a sub_id",
	Description: "Unblocks a sub_id, so that clicks on links with this sub_id are attributed to the partner again.",
	Example:     publisherStatus{SubID: "site-1", Status: statusOf(false)},
}

func (h subPublishersAPI) subPublisherUnblock(ctx context.Context, in *publisherPath) (*publisherStatus, error) {
	return &publisherStatus{SubID: in.SubID, Status: statusOf(false)}, h.s.SetBlocked(ctx, partnerOf(ctx), in.SubID, false)
}
