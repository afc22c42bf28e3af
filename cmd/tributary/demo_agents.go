package main

import (
	"context"
	"fmt"
	"net/url"
	"regexp"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/verification"
)

// engage gives the main partner's agents their links.
func (a *advertiser) engage(ctx context.Context, base *url.URL) error {
	partners, err := partner.New(sqldb.NewPartners(a.p.store), a.clock, partner.Config{
		Zone: a.zone, LinkBase: base.String(), Base: a.campaigns.DefaultBase, Logger: a.log,
	})
	if err != nil {
		return err
	}
	nothingWaits := func(context.Context) error { return nil }
	e := &engaging{advertiser: a, log: sqldb.NewAudit(a.p.store, a.clock)}
	e.agents = agent.New(sqldb.NewAgents(a.p.store), a.clock, agent.Config{
		Address: partners.Address, Drain: nothingWaits, Mails: e, Audit: e.log, Logger: a.log,
	})
	e.codes = verification.New(sqldb.NewVerifications(a.p.store), a.clock, verification.Config{
		Binders: map[verification.Type]verification.Binder{verification.SetAgentCommission: e.agents}, Security: a.p.identity, Mails: e, Audit: e.log,
	})
	for _, made := range demo.Agents() {
		link, err := e.agents.CreateLink(ctx, a.owner, made.Alias, made.Email)
		if err != nil {
			return err
		}
		if err := e.agree(ctx, link.ID, made.Terms); err != nil {
			return fmt.Errorf("agreeing with %s: %w", made.Alias, err)
		}
		if err := e.agents.SetReports(ctx, a.owner, link.ID, made.Reports); err != nil {
			return err
		}
		address, err := url.Parse(link.Address)
		if err != nil {
			return err
		}
		a.links = append(a.links, address)
	}
	return nil
}

// engaging is an advertiser with its mailbox open: an agreement costs a code,
// and that comes by mail.
type engaging struct {
	*advertiser

	log    sqldb.Audit
	agents *agent.Service
	codes  *verification.Service
	last   string // the text of the last mail
}

// Enqueue implements mail.Queue.
func (e *engaging) Enqueue(_ context.Context, m mail.Message) error {
	e.last = m.Text
	return nil
}

// Allow implements mail.Quota: none of these mails is sent.
func (e *engaging) Allow(context.Context, string, string) (bool, error) { return true, nil }

// mailedCode: a code is the only number of six digits in its mail.
var mailedCode = regexp.MustCompile(`\b[0-9]{6}\b`)

func (e *engaging) agree(ctx context.Context, link int64, terms agent.Terms) error {
	limit := "null"
	if terms.Cap != nil {
		limit = terms.Cap.String()
	}
	asked, err := e.codes.Start(ctx, e.owner, verification.SetAgentCommission,
		fmt.Appendf(nil, `{"link_id":%d,"share_perc":%s,"cap_amount_usd":%s}`, link, terms.Share, limit))
	if err != nil {
		return err
	}
	token, err := e.codes.Complete(ctx, e.owner, asked.ID, mailedCode.FindString(e.last))
	if err != nil {
		return err
	}
	return e.agents.SetAgreement(ctx, e.owner, link, terms, token)
}
