package apitest

import (
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// OpenBy returns a fact that opens an account of client 1 with the code of an
// agent's link.
func (w *World) OpenBy(link *sdk.AgentLink, account string) string {
	return w.Fact(feed.AccountOpened, "2026-06-30T12:30:00Z", `"client_account":"`+account+`","client_uid":"`+programmetest.Client1+
		`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"`+link.LinkCode+`"`)
}
