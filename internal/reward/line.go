package reward

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

// FormulaRule is a line of a plan. It selects the formula of the orders to which
// it applies, and can replace the plan's figures for them. An empty list means
// that the line applies whatever the value is.
type FormulaRule struct {
	AccountTypes []string `json:"account_types,omitempty" maxItems:"1000" maxLength:"fact_text" doc:"Account types to which this line applies. If the list is left out, the line applies to all types." example:"Standard,Standard Cent"`
	Groups       []string `json:"groups,omitempty" maxItems:"1000" maxLength:"label" doc:"Instrument groups to which this line applies, as instrument.set names them. If the list is left out, the line applies to all groups." example:"forex,metals"`
	Partners     []string `json:"partner_uids,omitempty" maxItems:"1000" maxLength:"fact_text" doc:"Ids of the partners to whose clients this line applies. If the list is left out, the line applies to all partners." example:"01985f3c-1c2e-7a4b-9d10-2f6b8c0e4a71"`
	Countries    []string `json:"countries,omitempty" maxItems:"300" maxLength:"fact_text" doc:"Countries of the clients to whom this line applies. If the list is left out, the line applies to all countries." example:"TH,VN"`
	LinkCodes    []string `json:"link_codes,omitempty" maxItems:"1000" maxLength:"fact_text" doc:"Link codes of the accounts to which this line applies. If the list is left out, the line applies to all link codes." example:"alpha"`
	Formula      Formula  `json:"formula" required:"true" enum:"formula_classic_v2,formula_classic,formula_institutional_avg,formula_forex,formula_cfd,formula_ecn" doc:"The formula for orders to which this line applies."`

	SharePercent *money.Percent `json:"share_percent,omitempty" minimum:"0" maximum:"100" doc:"The partner's share in percent, in place of the share of its level. Must be more than 0." example:"45"`
	AmountPerLot *money.Amount  `json:"amount_per_lot_usd,omitempty" minimum:"0" maximum:"1000000" doc:"The amount that formula_ecn pays for one lot at the first level, in USD, in place of the amount in amounts_per_lot_usd." example:"4"`
	BonusK       *money.Percent `json:"bonus_k,omitempty" minimum:"0" maximum:"100" doc:"Factor on the reward, in place of the plan's bonus_k." example:"1.2"`
	MinOrderLife *int64         `json:"min_order_life_seconds,omitempty" minimum:"0" maximum:"31536000" doc:"Minimum life of an order, in place of the plan's min_order_life_seconds." example:"60"`
	CapPerOrder  *money.Amount  `json:"cap_per_order_usd,omitempty" minimum:"0" maximum:"1000000000" doc:"The most that one order can earn, in USD, in place of the plan's cap_per_order_usd." example:"50"`
}

// Whose says to whom an order belongs: the partner who earns from it, and the
// country, the link code and the currency of its account.
type Whose struct {
	PartnerID id.UUID
	Country   string
	LinkCode  string
	Currency  string
}

// line returns the first line of the plan that applies to an order. It also
// returns the line's position, which starts at 1. The position is 0 if no line
// applies.
func (p *Plan) line(accountType, group string, whose Whose) (position int, line *FormulaRule) {
	for i := range p.Formulas {
		if f := &p.Formulas[i]; f.covers(accountType, group) && f.coversOwner(whose) {
			return i + 1, f
		}
	}
	return 0, &FormulaRule{}
}

// NamesLink reports whether a line of the plan applies only to some link codes, this
// one among them.
func (p *Plan) NamesLink(code string) bool {
	return slices.ContainsFunc(p.Formulas, func(f FormulaRule) bool { return slices.Contains(f.LinkCodes, code) })
}

// lineAt returns the line at a position that the method line returned.
func (p *Plan) lineAt(position int) *FormulaRule {
	if position < 1 || position > len(p.Formulas) {
		return &FormulaRule{}
	}
	return &p.Formulas[position-1]
}

func (f *FormulaRule) covers(accountType, group string) bool {
	return isIn(f.AccountTypes, accountType) && isIn(f.Groups, group)
}

func (f *FormulaRule) coversOwner(w Whose) bool {
	sameCountry := func(name string) bool { return strings.EqualFold(name, w.Country) }
	return (len(f.Partners) == 0 || slices.Contains(f.Partners, w.PartnerID.String())) && isIn(f.LinkCodes, w.LinkCode) &&
		(len(f.Countries) == 0 || slices.ContainsFunc(f.Countries, sameCountry))
}

// isIn reports whether a list contains a value. An empty list contains every
// value.
func isIn[T comparable](list []T, value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

// formulaAt returns the line's formula for an order that closed on this day.
func (p *Plan) formulaAt(line *FormulaRule, closed clock.Day) Formula {
	if line.Formula == ClassicV2 && closed < p.ClassicBefore {
		return Classic
	}
	return line.Formula
}

// whyNoFormula returns the reason why none of the plan's lines applies to an order
// on this account type. If a line names the account type, but only for other
// groups of instruments, the reason is the instrument's group.
func (p *Plan) whyNoFormula(accountType string) Outcome {
	for _, line := range p.Formulas {
		if isIn(line.AccountTypes, accountType) {
			return SymbolNotInPlan
		}
	}
	return NoRewardType
}

// setFigures sets the figures of the terms that a plan decides: those of the
// line at Terms.Line, and those of the plan and the level where the line has
// none.
func (t *Terms) setFigures(p *Plan, level Level) error {
	line := p.lineAt(t.Line)
	t.Level, t.Percent, t.BonusK, t.MinOrderLife, t.Cap = level.Name, level.SharePercent, p.BonusK, p.MinOrderLife, p.CapPerOrder
	t.MaxPayout, t.AmountPerLot = p.MaxPayoutPercent, 0
	replace(&t.Percent, line.SharePercent)
	replace(&t.BonusK, line.BonusK)
	replace(&t.MinOrderLife, line.MinOrderLife)
	if line.CapPerOrder != nil {
		t.Cap = line.CapPerOrder
	}
	if t.Formula != ECN {
		return nil
	}
	base := p.AmountsPerLot[t.Group]
	replace(&base, line.AmountPerLot)
	amount, err := money.Round[money.Amount](money.Over(money.Mul(money.Of(base), money.Of(t.Percent)), p.Levels[0].SharePercent))
	if err != nil {
		return fmt.Errorf("computing the amount per lot: %w", err)
	}
	t.AmountPerLot = amount
	return nil
}

func replace[T any](figure, by *T) {
	if by != nil {
		*figure = *by
	}
}

const maxLines = 1000

func (p *Plan) validateLines(faults *fault.Fields) {
	if len(p.Formulas) == 0 {
		faults.Add("formulas", "required", "A plan needs at least one formula.")
	}
	if len(p.Formulas) > maxLines {
		faults.Add("formulas", "max_length", fmt.Sprintf(tooManyEntries, maxLines))
		return
	}
	for i := range p.Formulas {
		f, field := &p.Formulas[i], fmt.Sprintf("formulas.%d.", i)
		if !f.Formula.known() {
			faults.Add(field+"formula", "invalid",
				fmt.Sprintf("%q is not a formula. Send one of %s.", f.Formula, strings.Join(feed.Formulas, ", ")))
		}
		f.validateLists(field, faults)
		f.validateFigures(field, faults)
	}
}

func (f *FormulaRule) validateLists(field string, faults *fault.Fields) {
	for i, text := range f.Partners {
		partnerID, err := id.Parse(text)
		if err != nil {
			faults.Add(fmt.Sprintf("%spartner_uids.%d", field, i), "invalid", fmt.Sprintf("%q is not the id of a partner.", text))
			continue
		}
		f.Partners[i] = partnerID.String()
	}
	for _, list := range []struct {
		name  string
		texts []string
		most  int
		long  free.Limit
	}{
		{"partner_uids", f.Partners, maxLines, free.FactText},
		{"account_types", f.AccountTypes, maxLines, free.FactText},
		{"groups", f.Groups, maxLines, free.Label},
		{"countries", f.Countries, maxCountries, free.FactText},
		{"link_codes", f.LinkCodes, maxLines, free.FactText},
	} {
		if len(list.texts) > list.most {
			faults.Add(field+list.name, "max_length", fmt.Sprintf(tooManyEntries, list.most))
		}
		for i, text := range list.texts {
			faults.Text(fmt.Sprintf("%s%s.%d", field, list.name, i), text, list.long)
		}
	}
}

func (f *FormulaRule) validateFigures(field string, faults *fault.Fields) {
	outside := func(name, bounds string, wrong bool) {
		if wrong {
			faults.Add(field+name, "invalid", "Must be "+bounds+".")
		}
	}
	outside("share_percent", "above 0 and at most 100 percent", f.SharePercent != nil && (*f.SharePercent <= 0 || *f.SharePercent > hundred))
	outside("amount_per_lot_usd", "between 0 and 1,000,000 USD", f.AmountPerLot != nil && (*f.AmountPerLot < 0 || *f.AmountPerLot > maxPerLot))
	outside("bonus_k", "between 0 and 100", f.BonusK != nil && (*f.BonusK < 0 || *f.BonusK > hundred))
	outside("min_order_life_seconds", "between 0 and 31536000 seconds, which is a year",
		f.MinOrderLife != nil && (*f.MinOrderLife < 0 || *f.MinOrderLife > maxOrderLife))
	outside("cap_per_order_usd", "between 0 and 1,000,000,000 USD", f.CapPerOrder != nil && (*f.CapPerOrder < 0 || *f.CapPerOrder > maxCapUSD))
}
