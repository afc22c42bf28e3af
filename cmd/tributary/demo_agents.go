package main

import (
	"context"
	"fmt"
	"net/url"
	"regexp"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/verification"
)

func (a *advertiser) engage(ctx context.Context) error {
	for _, made := range demo.Agents() {
		link, err := a.p.Agents.CreateLink(ctx, a.owner, made.Alias, made.Email)
		if err != nil {
			return err
		}
		if err := a.agree(ctx, link.ID, made.Terms); err != nil {
			return fmt.Errorf("creating the agreement with agent %s: %w", made.Alias, err)
		}
		if err := a.p.Agents.SetReports(ctx, a.owner, link.ID, made.Reports); err != nil {
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

// mailbox implements mail.QuotaQueue. It stores the last mail instead of sending
// it, so that the demo can read the code in the mail.
type mailbox struct{ last string }

func (m *mailbox) Enqueue(_ context.Context, sent mail.Message) error {
	m.last = sent.Text
	return nil
}

func (*mailbox) Allow(context.Context, string, string) (bool, error) { return true, nil }

// mailedCode matches the code in a mail. No other number in the mail has six
// digits.
var mailedCode = regexp.MustCompile(`\b[0-9]{6}\b`)

func (a *advertiser) agree(ctx context.Context, link int64, terms agent.Terms) error {
	limit := "null"
	if terms.Cap != nil {
		limit = terms.Cap.String()
	}
	asked, err := a.p.Verifications.Start(ctx, a.owner, verification.SetAgentCommission,
		fmt.Appendf(nil, `{"link_id":%d,"share_perc":%s,"cap_amount_usd":%s}`, link, terms.Share, limit))
	if err != nil {
		return err
	}
	token, err := a.p.Verifications.Complete(ctx, a.owner, asked.ID, mailedCode.FindString(a.mails.last))
	if err != nil {
		return err
	}
	return a.p.Agents.SetAgreement(ctx, a.owner, link, terms, token)
}
