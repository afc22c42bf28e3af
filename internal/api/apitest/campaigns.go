package apitest

import (
	"testing"

	"github.com/tributary-server/tributary/sdk"
)

func Campaign(t *testing.T, p *sdk.Partner, title string) *sdk.Campaign {
	t.Helper()
	return OK(p.CreateCampaign(t.Context(), sdk.CreateCampaignIn{Title: title}))(t)
}

// Landing sets one of the programme's landing pages.
func (w *World) Landing(t *testing.T, page, url string) {
	t.Helper()
	OK(w.Broker(t).SetPage(t.Context(), sdk.SetPageIn{Page: &page, URL: url}))(t)
}
