package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// Store reads what is recorded about a client.
type Store struct{ db db.DB }

// NewStore returns a Store that reads from db.
func NewStore(db db.DB) Store { return Store{db} }

// records holds everything that the main store has recorded about one client.
type records struct {
	history   attribution.History
	accounts  []*attribution.Account
	facts     map[string]factRow // by their ids
	client    *feed.Client       // body of the registration; nil if it is not stored
	source    *sourceRow         // nil if none was recorded
	selfs     []accrual.SelfReferral
	moves     map[string]moveRow // by the id of the fact
	plan      *reward.Plan       // in force at the registration
	window    time.Duration      // attribution window at the registration
	codeOwner *id.UUID           // owner of the code that the registration names; nil if it names none
}

type factRow struct {
	FactID     string    `db:"fact_id"`
	ReceivedAt time.Time `db:"received_at"`
	Body       string    `db:"body,null"`
}

// sourceRow is the click to which a registration was attributed. It is stored for ever,
// but the click itself is not.
type sourceRow struct {
	ClickID      string     `db:"click_id"`
	ClickedAt    *time.Time `db:"clicked_at"`
	LinkCode     string     `db:"link_code"`
	CampaignCode string     `db:"campaign_code"`
	LinkID       int64      `db:"link_id,null"`
	SubID        string     `db:"sub_id"`
	Country      string     `db:"country"`
}

// moveRow is an entry of the audit log about a move.
type moveRow struct {
	At         time.Time `db:"at"`
	Actor      string    `db:"actor"`
	Credential string    `db:"credential"`
	Details    string    `db:"details"`
}

// read returns the records of a client. It returns NotFound if the client is not
// registered.
//
// Query plan: every query uses a key or an index with the client, or with the ids of
// the client's facts and accounts. Plans and settings are few.
func read(ctx context.Context, q db.Querier, clientUID id.UUID) (*records, error) {
	books, r := accrual.Reading(q), &records{facts: map[string]factRow{}, moves: map[string]moveRow{}}
	var err error
	if r.history, err = books.Events(ctx, []id.UUID{clientUID}); err != nil {
		return nil, err
	}
	base, registered := r.history.Registered()
	if !registered {
		return nil, fault.New(fault.NotFound)
	}
	r.history.Sort()
	if r.accounts, err = books.AccountsOf(ctx, []id.UUID{clientUID}); err != nil {
		return nil, err
	}
	for _, load := range []func(context.Context, db.Querier, id.UUID, *attribution.Event) error{r.readFacts, r.readSource, r.readSelfReferrals, r.readMoves, r.readRules} {
		if err := load(ctx, q, clientUID, &base); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *records) readFacts(ctx context.Context, q db.Querier, _ id.UUID, base *attribution.Event) error {
	ids := make([]string, 0, len(r.history)+len(r.accounts))
	for _, e := range r.history {
		ids = append(ids, e.FactID)
	}
	for _, a := range r.accounts {
		ids = append(ids, a.FactID)
	}
	rows, err := db.All[factRow](ctx, q, `SELECT fact_id, received_at, body FROM facts WHERE fact_id @any($1)`, ids)
	if err != nil {
		return err
	}
	for _, row := range rows {
		r.facts[row.FactID] = row
	}
	body, err := bodyOf[feed.Client](r, base)
	r.client = body
	return err
}

// bodyOf returns the body of an event's fact, or nil if it is not stored.
func bodyOf[T any](r *records, e *attribution.Event) (*T, error) {
	row, stored := r.facts[e.FactID]
	if !stored || row.Body == "" {
		return nil, nil //nolint:nilnil // there is no body
	}
	f, err := feed.Decode(e.FactID, e.Kind, e.At, []byte(row.Body))
	if err != nil {
		return nil, err
	}
	body, is := f.Body.(*T)
	if !is {
		return nil, fmt.Errorf("the stored fact %s has the body %T", e.FactID, f.Body) //nolint:err113 // cannot happen
	}
	return body, nil
}

func (r *records) readSource(ctx context.Context, q db.Querier, clientUID id.UUID, base *attribution.Event) error {
	row, found, err := db.One[sourceRow](ctx, q, `SELECT click_id, clicked_at, link_code, campaign_code, link_id, sub_id, country
		FROM client_sources WHERE partner_id = $1 AND client_uid = $2`, base.PartnerID, clientUID)
	if found {
		r.source = &row
	}
	return err
}

func (r *records) readSelfReferrals(ctx context.Context, q db.Querier, clientUID id.UUID, _ *attribution.Event) (err error) {
	r.selfs, err = db.All[accrual.SelfReferral](ctx, q, `SELECT partner_id, client_uid, fact_id, at, email, refused FROM self_referrals WHERE client_uid = $1`, clientUID)
	return err
}

func (r *records) readMoves(ctx context.Context, q db.Querier, clientUID id.UUID, _ *attribution.Event) error {
	rows, err := db.All[moveRow](ctx, q, `SELECT at, actor, credential, details FROM audit_log WHERE action = 'client.moved' AND subject = $1`, clientUID.String())
	if err != nil {
		return err
	}
	for _, row := range rows {
		var details struct {
			FactID string `json:"fact_id"`
		}
		if err := json.Unmarshal([]byte(row.Details), &details); err != nil {
			return fmt.Errorf("reading the audit log's entry about a move of client %s: %w", clientUID, err)
		}
		r.moves[details.FactID] = row
	}
	return nil
}

func (r *records) readRules(ctx context.Context, q db.Querier, _ id.UUID, base *attribution.Event) error {
	books := accrual.Reading(q)
	plans, err := books.Plans(ctx)
	if err != nil {
		return err
	}
	values, err := settings.Load(ctx, q)
	if err != nil {
		return err
	}
	r.plan, r.window = reward.InForce(plans, base.At), settings.AttributionWindow.At(values, base.At)
	if r.client == nil || r.client.PartnerCode == "" {
		return nil
	}
	owner := base.PartnerID
	for _, s := range r.selfs {
		if s.FactID == base.FactID {
			owner = s.PartnerID
		}
	}
	r.codeOwner = &owner
	return nil
}

// author returns who moved the client, in the form of an adjustment's author.
func (m *moveRow) author() string {
	switch audit.Actor(m.Actor) {
	case audit.Staff:
		return "staff:" + m.Credential
	case audit.Broker:
		return "key:" + m.Credential
	default:
		return "command line"
	}
}

// clientOf finds a client of a partner by the whole UUID or its first 8 digits.
// ambiguous reports whether two clients of the partner match. Query plan: the primary
// key of clients.
func clientOf(ctx context.Context, q db.Querier, partnerID id.UUID, text string) (found *id.UUID, ambiguous bool, err error) {
	from, to, ok := id.Between(text)
	if !ok {
		return nil, false, nil
	}
	type row struct {
		ClientUID id.UUID `db:"client_uid"`
	}
	rows, err := db.All[row](ctx, q, `SELECT client_uid FROM clients WHERE partner_id = $1 AND client_uid >= $2 AND client_uid <= $3 LIMIT 2`, partnerID, from, to)
	if err != nil || len(rows) == 0 {
		return nil, false, err
	}
	return &rows[0].ClientUID, len(rows) > 1, nil
}

// exists reports whether there is such a partner.
func exists(ctx context.Context, q db.Querier, partnerID id.UUID) (bool, error) {
	found, err := partner.Load(ctx, q, []id.UUID{partnerID})
	return len(found) > 0, err
}
