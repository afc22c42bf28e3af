package accrual

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// inboxRow is a row of the table facts. The fact of an order has neither type
// nor body, because its content is in the reward or in the table of waiting
// facts. It has a time only if the time differs from the order's close.
type inboxRow struct {
	ID         string      `db:"fact_id"`
	Digest     feed.Digest `db:"digest"`
	ReceivedAt time.Time   `db:"received_at"`
	Type       string      `db:"type,null"`
	At         *time.Time  `db:"at"`
	Body       string      `db:"body,null"`
}

type waitingRow struct {
	factRow

	WaitsFor  string `db:"waits_for"`
	OrderKey  string `db:"order_key,null"`
	RequestID string `db:"request_id"`
	Message   string `db:"message"`
}

var (
	inbox        = db.NewTable[*inboxRow]("facts")
	factsWaiting = db.NewTable[*waitingRow]("facts_waiting")
)

func (w *Waiting) row() *waitingRow {
	row := &waitingRow{
		factRow:  factRow{w.Fact.ID, w.Fact.Type, w.Fact.At, w.Fact.Encode()},
		WaitsFor: w.For.Key, RequestID: w.RequestID, Message: w.For.Message,
	}
	if w.OrderKey != nil {
		row.OrderKey = w.OrderKey.String()
	}
	return row
}

// againSuffix is appended to the type of a fact that repeats the content of
// another fact.
const againSuffix = ".again"

func (tx SQLTx) saveInbox(ctx context.Context, c *Changes) error {
	rows := make([]*inboxRow, len(c.Facts))
	for i := range c.Facts {
		f := &c.Facts[i]
		row := &inboxRow{ID: f.ID, Digest: f.Digest, ReceivedAt: c.Now, At: &f.At}
		order, is := f.Body.(*feed.Order)
		switch {
		case f.Again:
			row.Type, row.Body = string(f.Type)+againSuffix, string(f.Encode())
		case !is:
			row.Type, row.Body = string(f.Type), string(f.Encode())
		case order.CloseTime.Equal(f.At):
			row.At = nil
		}
		rows[i] = row
	}
	return inbox.Insert(ctx, tx.q, rows...)
}

func (tx SQLTx) saveConfiguration(ctx context.Context, c *Changes) error {
	if err := instruments.Insert(ctx, tx.q, c.Instruments...); err != nil {
		return err
	}
	if err := rates.Insert(ctx, tx.q, c.Rates...); err != nil {
		return err
	}
	return tx.saveCorrections(ctx, c)
}

type partnerAccount struct {
	PartnerID id.UUID   `db:"partner_id"`
	Account   string    `db:"partner_account"`
	Name      string    `db:"name"`
	Currency  string    `db:"currency"`
	Kind      string    `db:"kind"`
	CreatedAt time.Time `db:"created_at"`
}

type signInEmail struct {
	Email     string  `db:"email"`
	PartnerID id.UUID `db:"partner_id"`
}

var (
	partnerAccounts = db.NewTable[partnerAccount]("partner_accounts")
	signInEmails    = db.NewTable[signInEmail]("sign_in_emails")
)

func (tx SQLTx) savePartners(ctx context.Context, c *Changes) error {
	accounts, emails := make([]partnerAccount, len(c.NewPartners)), make([]signInEmail, len(c.NewPartners))
	for i, p := range c.NewPartners {
		accounts[i] = partnerAccount{p.ID, p.Account, partner.AccountName(p.Email), p.Currency, "reward", p.RegisteredAt}
		emails[i] = signInEmail{p.Email, p.ID}
	}
	if err := partner.Table.Insert(ctx, tx.q, c.NewPartners...); err != nil {
		return err
	}
	if err := partnerAccounts.Insert(ctx, tx.q, accounts...); err != nil {
		return err
	}
	if err := signInEmails.Insert(ctx, tx.q, emails...); err != nil {
		return err
	}
	if err := partner.SaveLinks(ctx, tx.q, c.NewLinks); err != nil {
		return err
	}
	for _, p := range c.Partners {
		if _, err := tx.q.Exec(ctx, `UPDATE partners SET next_number = $2 WHERE partner_id = $1`, p.ID, p.NextNumber); err != nil {
			return err
		}
	}
	return partner.SaveChanges(ctx, tx.q, c.ChangedPartners)
}

type revisionRow struct {
	PartnerID id.UUID   `db:"partner_id"`
	ID        id.UUID   `db:"revision_id"`
	FactID    string    `db:"fact_id"`
	BookedAt  time.Time `db:"booked_at"`
	Body      string    `db:"body"`
}

var revisions = db.NewTable[revisionRow]("reward_revisions")

// saveUndone deletes removed rewards and stores a copy of each in
// reward_revisions.
func (tx SQLTx) saveUndone(ctx context.Context, c *Changes) error {
	rows := make([]revisionRow, len(c.Undone))
	for i, u := range c.Undone {
		body, err := json.Marshal(u.Reward) //nolint:musttag // people read these copies, with the names of the Go fields
		if err != nil {
			panic(fmt.Sprintf("accrual: a reward does not encode: %v", err)) // cannot happen, because a reward has only simple fields
		}
		rows[i] = revisionRow{u.Reward.PartnerID, id.New(), u.FactID, c.Now, string(body)}
	}
	if err := revisions.Insert(ctx, tx.q, rows...); err != nil {
		return err
	}
	for _, u := range c.Undone {
		if err := reward.Delete(ctx, tx.q, u.Reward); err != nil {
			return err
		}
	}
	for _, o := range c.UndoneOverrides {
		if _, err := tx.q.Exec(ctx, `DELETE FROM overrides WHERE partner_id = $1 AND sub_partner_id = $2 AND server = $3 AND ticket = $4 AND part = $5
			AND client_account = $6 AND kind = $7`,
			o.PartnerID, o.SubPartnerID, o.Key.Server, o.Key.Ticket, o.Key.Part, o.Key.ClientAccount, int64(o.Kind)); err != nil {
			return err
		}
	}
	for _, o := range c.DroppedChanges {
		if _, err := tx.q.Exec(ctx, `DELETE FROM order_changes WHERE partner_id = $1 AND client_account = $2 AND ticket = $3 AND part = $4`,
			o.PartnerID, o.ClientAccount, o.Ticket, o.Part); err != nil {
			return err
		}
	}
	for _, key := range c.EmptyAccountDays {
		if _, err := tx.q.Exec(ctx, `DELETE FROM account_days WHERE partner_id = $1 AND reward_day = $2 AND client_account = $3`,
			key.PartnerID, int64(key.Day), key.ClientAccount); err != nil {
			return err
		}
	}
	return nil
}

// Settings returns all values of the programme's settings.
func (tx SQLTx) Settings(ctx context.Context) (settings.Values, error) {
	return settings.Load(ctx, tx.q)
}

// saveZone stores the programme's time zone permanently, with the first facts.
func (tx SQLTx) saveZone(ctx context.Context, c *Changes) error {
	if c.FixedZone == nil {
		return nil
	}
	_, err := settings.FixZone(ctx, tx.q, c.FixedZone, c.Now)
	return err
}
