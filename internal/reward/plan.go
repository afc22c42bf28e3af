// Package reward computes the exact reward of a closed order. It contains the
// plans, the formulas (docs/rewards.md) and the rounding. Every input of a
// reward is stored with the reward, so that the reward can be recomputed to the
// last digit.
package reward

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/object"
	free "github.com/tributary-server/tributary/internal/text"
)

// Plan contains the rules for what partners earn. An order uses the plan that
// is in force when it closes.
//
// The tags of the fields document them; docs/plans.md and the schema in the
// OpenAPI document are generated from the tags.
type Plan struct {
	ID        id.UUID   `json:"-"`
	CreatedAt time.Time `json:"-"`
	Author    string    `json:"-"` // who applied the plan, as audit.Author says it; empty if it was not recorded

	From             time.Time               `json:"from" doc:"The moment from which the plan is in force (RFC 3339). It stays in force until the next plan begins. If this field is left out, the plan is in force from the beginning of time." example:"2026-07-01T00:00:00Z"`
	Levels           []Level                 `json:"levels" required:"true" maxItems:"100" doc:"Levels of the programme, lowest first, 1 to 100 of them. A new partner starts at the first. Partners see what the next level requires. A monthly review raises and lowers levels."`
	Formulas         []FormulaRule           `json:"formulas" required:"true" maxItems:"1000" doc:"Lines that select the formula of an order by the type of its account, the group of its instrument, and the partner, country and link code of the account. A line can have its own figures, such as a share. The first line that applies to an order is used, so put the more special lines first. If none applies, the order waits until a plan has a line for it. At least one line is required, and at most 1000 are allowed."`
	ClassicBefore    clock.Day               `json:"classic_before,omitzero" doc:"For orders that closed before this day, formula_classic replaces formula_classic_v2. If this field is left out, no order uses formula_classic." example:"2017-12-22"`
	AmountsPerLot    map[string]money.Amount `json:"amounts_per_lot_usd" minimum:"0" maximum:"1000000" doc:"The amount that formula_ecn pays for one lot at the first level, by instrument group, in USD. Higher levels scale it by their share: a level of 25 percent pays 25/20 of what a first level of 20 percent pays. A group that is left out pays 0."`
	CentAccountTypes []string                `json:"cent_account_types" maxLength:"fact_text" doc:"Types of cent accounts: one of their lots counts as a hundredth of a lot." example:"Standard Cent"`
	SymbolSuffixes   []string                `json:"symbol_suffixes" maxItems:"100" minLength:"1" maxLength:"suffix" doc:"Endings of symbols, at most 100. If the symbol of an order is not an instrument, it is looked up without one of these endings. The longest ending is tried first, and case is ignored." example:"m,.,-std"`
	BonusK           money.Percent           `json:"bonus_k" minimum:"0" maximum:"100" default:"1" doc:"Factor on every reward that is computed from a spread. It does not apply to formula_ecn."`
	MinOrderLife     int64                   `json:"min_order_life_seconds" minimum:"0" maximum:"31536000" default:"0" doc:"An order that was open for less than this many seconds earns nothing."`
	CapPerOrder      *money.Amount           `json:"cap_per_order_usd" minimum:"0" maximum:"1000000000" doc:"The most that one order can earn, in USD. Null if there is no cap." example:"500"`
	OverridePercents []money.Percent         `json:"override_percents" maxItems:"10" minimum:"0" maximum:"100" doc:"How many percent of a partner's reward the partners above it earn: first the one directly above, then the next one above that, up to 10. If the list is empty, they earn nothing." example:"10,5"`
	MaxPayoutPercent money.Percent           `json:"max_payout_percent" minimum:"0" maximum:"100" default:"0" doc:"The most that the partner of an order and all partners above it earn together from the order, in percent of what the broker earned on it. The partner comes first, then the partner directly above, and so on. If it is 0, there is no limit. [Limits of one order](rewards.md#limits-of-one-order) says what the broker earned." example:"80"`
	CPA              []CPA                   `json:"cpa" maxItems:"100" doc:"What a partner earns once for each client that meets certain conditions (cost per action). Each bundle has its own conditions, and the list has at most 100 bundles. The first bundle that covers a client applies to it. A client keeps the bundle of the plan that was in force when it registered. If the list is empty, partners earn no CPA."`
	CountedClick     ClickRule               `json:"counted_click" enum:"last,first" default:"last" doc:"Which click a registration is attributed to if the visitor has several: the last or the first."`
	Reason           string                  `json:"reason,omitempty" maxLength:"reason" doc:"Why the plan is applied. The list of plans and the audit log show it." example:"Agreed for the third quarter."`
}

// ClickRule says which of several clicks a registration is attributed to.
type ClickRule string

// These are the click rules. A plan without a click rule uses the last click.
const (
	LastClick  ClickRule = "last"
	FirstClick ClickRule = "first"
)

// Level is a step of the plan. It sets a partner's share of the spread.
type Level struct {
	Name             string        `json:"name" required:"true" minLength:"1" maxLength:"name" doc:"Name of the level, which partners see. Each level has a different one." example:"Silver"`
	SharePercent     money.Percent `json:"share_percent" required:"true" minimum:"0" maximum:"100" doc:"The partner's share of the spread in percent. Must be more than 0." example:"35"`
	MinVolumeMlnUSD  money.Volume  `json:"min_volume_mln_usd" default:"0" doc:"Volume that the partner's clients must trade a month for this level, on average over the last 90 days, in millions of USD." example:"60"`
	MinActiveClients int           `json:"min_active_clients" default:"0" doc:"Number of the partner's clients who must trade within 90 days for this level." example:"30"`
}

//go:embed default_plan.json
var defaultPlan []byte

// Default returns the built-in plan. It is in force until the broker applies
// another plan.
func Default() *Plan {
	p, err := ParsePlan(defaultPlan)
	if err != nil {
		panic(fmt.Sprintf("reward: the built-in plan is invalid: %v", err))
	}
	return p
}

// MaxPlan is the maximum size of a plan's file in bytes.
const MaxPlan = 1 << 20

// ParsePlan parses and checks a plan. It refuses unknown fields, because
// otherwise a misspelt field would be ignored and its default would apply.
func ParsePlan(text []byte) (*Plan, error) {
	if len(text) > MaxPlan {
		return nil, fault.Invalid("plan", "max_length", fmt.Sprintf("The plan is too long: at most %d bytes are allowed.", MaxPlan))
	}
	if wrong, found := errors.AsType[*object.FieldError](object.Check(text)); found {
		return nil, fault.Invalid(wrong.Path, wrong.Code, wrong.Message)
	}
	p := &Plan{BonusK: bonusOne, CountedClick: LastClick}
	err := object.DecodeKnown(text, p)
	if wrong, found := errors.AsType[*object.FieldError](err); found {
		return nil, fault.Invalid(wrong.Path, wrong.Code, wrong.Message)
	}
	if wrong, found := errors.AsType[*json.UnmarshalTypeError](err); found && wrong.Field != "" {
		return nil, fault.Invalid(wrong.Field, "invalid", "This field cannot be a JSON "+wrong.Value+".")
	}
	if err != nil {
		return nil, fault.Invalid("plan", "invalid", "The plan cannot be read: "+err.Error()+".")
	}
	for i := range p.CPA {
		p.CPA[i].Approval = cmp.Or(p.CPA[i].Approval, ManualApproval)
	}
	if err := p.validate(); err != nil {
		return nil, err
	}
	p.fill()
	return p, nil
}

// fill replaces omitted lists with empty ones, so that the API never returns
// null for a list.
func (p *Plan) fill() {
	if p.AmountsPerLot == nil {
		p.AmountsPerLot = map[string]money.Amount{}
	}
	for _, list := range []*[]string{&p.CentAccountTypes, &p.SymbolSuffixes} {
		if *list == nil {
			*list = []string{}
		}
	}
	if p.OverridePercents == nil {
		p.OverridePercents = []money.Percent{}
	}
	if p.CPA == nil {
		p.CPA = []CPA{}
	}
}

const (
	bonusOne   = money.Percent(1_0000)
	hundred    = money.Percent(100_0000)
	maxCapUSD  = money.Amount(1_000_000_000_000_000) // one billion USD; with a higher cap, sums could overflow
	maxPerLot  = money.Amount(1_000_000_000_000)
	maxEntries = 100

	maxGenerations = 10
	maxOrderLife   = 365 * 24 * 60 * 60 // in seconds
)

func (p *Plan) validate() error {
	var faults fault.Fields
	p.From = p.From.UTC().Truncate(time.Microsecond)
	p.validateLevels(&faults)
	p.validateLines(&faults)
	for group, amount := range p.AmountsPerLot {
		if amount < 0 || amount > maxPerLot {
			faults.Add("amounts_per_lot_usd."+group, "invalid", "Must be between 0 and 1,000,000.")
		}
	}
	p.validateLimits(&faults)
	p.validateTexts(&faults)
	p.validateCPA(&faults)
	return faults.Err()
}

func (p *Plan) validateTexts(faults *fault.Fields) {
	check := func(field string, most free.Limit, texts ...string) {
		for i, text := range texts {
			faults.Text(fmt.Sprintf("%s.%d", field, i), text, most)
		}
	}
	for i, l := range p.Levels {
		faults.Text(fmt.Sprintf("levels.%d.name", i), l.Name, free.Name)
	}
	for group := range p.AmountsPerLot {
		faults.Text("amounts_per_lot_usd", group, free.Label)
	}
	faults.Text("reason", p.Reason, free.Reason)
	check("cent_account_types", free.FactText, p.CentAccountTypes...)
	check("symbol_suffixes", free.Suffix, p.SymbolSuffixes...)
}

func (p *Plan) validateLevels(faults *fault.Fields) {
	if len(p.Levels) == 0 || len(p.Levels) > maxEntries {
		faults.Add("levels", "required", "A plan needs at least 1 and at most 100 levels.")
	}
	names := map[string]bool{}
	for i, l := range p.Levels {
		field := fmt.Sprintf("levels.%d", i)
		if l.Name == "" || names[l.Name] {
			faults.Add(field+".name", "invalid", "Give each level a name that no other level has.")
		}
		names[l.Name] = true
		if l.SharePercent <= 0 || l.SharePercent > hundred {
			faults.Add(field+".share_percent", "invalid", "Must be above 0 and at most 100 percent.")
		}
	}
}

func (p *Plan) validateLimits(faults *fault.Fields) {
	if p.CountedClick != LastClick && p.CountedClick != FirstClick {
		faults.Add("counted_click", "invalid", `Choose "last" or "first".`)
	}
	if p.BonusK < 0 || p.BonusK > hundred {
		faults.Add("bonus_k", "invalid", "Must be between 0 and 100.")
	}
	if p.MinOrderLife < 0 || p.MinOrderLife > maxOrderLife {
		faults.Add("min_order_life_seconds", "invalid", "Must be between 0 and 31536000 seconds, which is a year.")
	}
	if p.CapPerOrder != nil && (*p.CapPerOrder < 0 || *p.CapPerOrder > maxCapUSD) {
		faults.Add("cap_per_order_usd", "invalid", "Must be between 0 and 1,000,000,000 USD.")
	}
	if p.MaxPayoutPercent < 0 || p.MaxPayoutPercent > hundred {
		faults.Add("max_payout_percent", "invalid", "Must be between 0 and 100 percent.")
	}
	if len(p.OverridePercents) > maxGenerations {
		faults.Add("override_percents", "invalid", "A plan can have at most 10 override percentages.")
	}
	for i, percent := range p.OverridePercents {
		if percent < 0 || percent > hundred {
			faults.Add(fmt.Sprintf("override_percents.%d", i), "invalid", "Must be between 0 and 100 percent.")
		}
	}
	if len(p.SymbolSuffixes) > maxEntries {
		faults.Add("symbol_suffixes", "invalid", "A plan can have at most 100 suffixes.")
	}
	for i, suffix := range p.SymbolSuffixes {
		if suffix == "" {
			faults.Add(fmt.Sprintf("symbol_suffixes.%d", i), "blank", "This field may not be blank.")
		}
	}
}

// Level returns the level with this name. It returns the first level if the
// plan has no such level.
func (p *Plan) Level(name string) Level {
	for _, l := range p.Levels {
		if l.Name == name {
			return l
		}
	}
	return p.Levels[0]
}

// Cent reports whether the lots of an account type are hundredths of a lot.
func (p *Plan) Cent(accountType string) bool { return slices.Contains(p.CentAccountTypes, accountType) }

// Symbols returns the names under which an instrument with this symbol may be
// stored, the best match first. First comes the symbol itself, and then the
// symbol without one of the plan's suffixes, the longest suffix first.
func (p *Plan) Symbols(symbol string) []string {
	symbol = strings.ToUpper(strings.TrimSpace(symbol))
	names := []string{symbol}
	suffixes := slices.Clone(p.SymbolSuffixes)
	slices.SortStableFunc(suffixes, func(a, b string) int { return len(b) - len(a) })
	for _, suffix := range suffixes {
		if bare, cut := strings.CutSuffix(symbol, strings.ToUpper(suffix)); cut && bare != "" && !slices.Contains(names, bare) {
			names = append(names, bare)
		}
	}
	return names
}

// OverrideDepth returns the maximum number of partners above an order's partner who earn
// from the order under any of the plans.
func OverrideDepth(plans []*Plan) int {
	depth := 0
	for _, p := range plans {
		depth = max(depth, len(p.OverridePercents))
	}
	return depth
}

// InForce returns the plan in force at t. This is the plan with the newest From
// at or before t. If several plans have the same From, it is the plan that was
// applied last. plans must contain the built-in plan.
func InForce(plans []*Plan, t time.Time) *Plan {
	var best *Plan
	for _, p := range plans {
		if p.From.After(t) {
			continue
		}
		if best == nil || p.From.After(best.From) || (p.From.Equal(best.From) && p.CreatedAt.After(best.CreatedAt)) {
			best = p
		}
	}
	if best == nil {
		return Default()
	}
	return best
}
