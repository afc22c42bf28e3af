package reward

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

// CPA (cost per action) is a bundle of countries, links and campaigns. It sets
// the amount that a partner earns, once, for a client who meets its conditions.
// docs/cpa.md explains the rules.
type CPA struct {
	Name              string        `json:"name" required:"true" minLength:"1" maxLength:"name" doc:"Name of the bundle, which partners see. Each bundle has a different one." example:"Europe"`
	Countries         []string      `json:"countries,omitempty" maxItems:"300" maxLength:"fact_text" doc:"Countries of the clients that the bundle covers. If it is left out, it covers clients of all countries." example:"TH,VN"`
	LinkCodes         []string      `json:"link_codes,omitempty" maxItems:"1000" maxLength:"fact_text" doc:"Link codes of the clients that the bundle covers. If it is left out, it covers the clients of all link codes." example:"alpha"`
	CampaignCodes     []string      `json:"campaign_codes,omitempty" maxItems:"1000" maxLength:"fact_text" doc:"Campaigns of the clients that the bundle covers. If it is left out, it covers clients with any campaign and without one." example:"spring"`
	AmountUSD         money.Amount  `json:"amount_usd" minimum:"0" maximum:"1000000" default:"0" doc:"Fixed amount that the partner earns for a client, in USD." example:"200"`
	DepositPercent    money.Percent `json:"deposit_percent" minimum:"0" maximum:"100" default:"0" doc:"Percentage of the client's first deposit that the partner earns in addition. If it is above 0, cap_per_client_usd is required." example:"10"`
	MinDepositUSD     money.Amount  `json:"min_deposit_usd" required:"true" minimum:"0.01" maximum:"1000000000" doc:"Least first deposit of the client, in USD. The first deposit is everything that the client deposits within 24 hours of the first deposit." example:"100"`
	MinLots           money.Lots    `json:"min_lots" minimum:"0" maximum:"1000000" default:"0" doc:"Least number of lots that the client must trade." example:"1"`
	LotsWithinDays    int           `json:"lots_within_days" minimum:"0" maximum:"3650" default:"0" doc:"Number of days after the day of the first deposit within which the client must trade these lots. If it is 0, only within_days limits the time." example:"14"`
	WithinDays        int           `json:"within_days" required:"true" minimum:"1" maximum:"3650" doc:"Number of days (of 24 hours) after the registration within which the client must meet all conditions." example:"30"`
	Approval          Approval      `json:"approval" enum:"manual,automatic" default:"manual" doc:"Who approves a client who has met the conditions: the broker (manual), or the server at once (automatic)."`
	CapPerClientUSD   *money.Amount `json:"cap_per_client_usd,omitempty" minimum:"0.01" maximum:"1000000" doc:"The most that the partner earns for one client, in USD. If it is left out, there is no limit." example:"500"`
	CapPerMonthUSD    *money.Amount `json:"cap_per_month_usd,omitempty" minimum:"0.01" maximum:"1000000000" doc:"The most that one partner earns from the bundle in one monthly payment, in USD. If it is left out, there is no limit." example:"5000"`
	CapPerCampaignUSD *money.Amount `json:"cap_per_campaign_usd,omitempty" minimum:"0.01" maximum:"1000000000" doc:"The most that one partner earns from the bundle for the clients of one campaign, in USD. Clients without a campaign count as one campaign. If it is left out, there is no limit." example:"20000"`
}

// Approval says who approves the CPA for a client.
type Approval string

// These are the kinds of approval. A bundle that names none needs the broker's
// approval.
const (
	ManualApproval    Approval = "manual"
	AutomaticApproval Approval = "automatic"
)

// CPAFor returns the bundle for a client: the first one of the plan that covers
// the client's country, link code and campaign. It returns nil if none does.
func (p *Plan) CPAFor(country, linkCode, campaignCode string) *CPA {
	covers := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	for i := range p.CPA {
		c := &p.CPA[i]
		inCountry := len(c.Countries) == 0 || slices.ContainsFunc(c.Countries, func(name string) bool { return strings.EqualFold(name, country) })
		if inCountry && covers(c.LinkCodes, linkCode) && covers(c.CampaignCodes, campaignCode) {
			return c
		}
	}
	return nil
}

// CPANamed returns the bundle with this name, or nil if the plan has none.
func (p *Plan) CPANamed(name string) *CPA {
	i := slices.IndexFunc(p.CPA, func(c CPA) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &p.CPA[i]
}

// Window returns the last moment at which a client who registered at this time
// can meet the conditions.
func (c *CPA) Window(registered time.Time) time.Time {
	return registered.Add(time.Duration(c.WithinDays) * 24 * time.Hour)
}

// Earns returns the amount that the partner earns for a client with this first
// deposit, in USD, before the caps per month and per campaign. The percentage
// is rounded half to even.
func (c *CPA) Earns(firstDeposit money.Amount) (money.Amount, error) {
	share, err := Share(firstDeposit, c.DepositPercent)
	if err != nil {
		return 0, fmt.Errorf("computing a percentage of a first deposit: %w", err)
	}
	if c.CapPerClientUSD != nil {
		return min(c.AmountUSD+share, *c.CapPerClientUSD), nil
	}
	return c.AmountUSD + share, nil
}

const (
	maxCPAUSD      = money.Amount(1_000_000_000_000)
	maxCPALots     = money.Lots(1_000_000_00000000)
	leastCPAUSD    = money.Amount(10_000)
	maxCPADays     = 3650
	maxCountries   = 300
	maxCPALinks    = 1000
	tooManyEntries = "Ensure this field has no more than %d elements."
)

func (p *Plan) validateCPA(faults *fault.Fields) {
	if len(p.CPA) > maxEntries {
		faults.Add("cpa", "max_length", fmt.Sprintf(tooManyEntries, maxEntries))
		return
	}
	names := map[string]bool{}
	for i := range p.CPA {
		c, field := &p.CPA[i], fmt.Sprintf("cpa.%d.", i)
		if c.Name == "" || names[c.Name] {
			faults.Add(field+"name", "invalid", "Give each bundle a name that no other bundle has.")
		}
		names[c.Name] = true
		faults.Text(field+"name", c.Name, free.Name)
		c.validateLists(field, faults)
		c.validateAmounts(field, faults)
	}
}

func (c *CPA) validateLists(field string, faults *fault.Fields) {
	for _, list := range []struct {
		name  string
		texts []string
		most  int
	}{{"countries", c.Countries, maxCountries}, {"link_codes", c.LinkCodes, maxCPALinks}, {"campaign_codes", c.CampaignCodes, maxCPALinks}} {
		if len(list.texts) > list.most {
			faults.Add(field+list.name, "max_length", fmt.Sprintf(tooManyEntries, list.most))
		}
		for i, text := range list.texts {
			faults.Text(fmt.Sprintf("%s%s.%d", field, list.name, i), text, free.FactText)
		}
	}
}

func (c *CPA) validateAmounts(field string, faults *fault.Fields) {
	outside := func(name, bounds string, wrong bool) {
		if wrong {
			faults.Add(field+name, "invalid", "Must be between "+bounds+".")
		}
	}
	outside("amount_usd", "0 and 1,000,000 USD", c.AmountUSD < 0 || c.AmountUSD > maxCPAUSD)
	outside("deposit_percent", "0 and 100 percent", c.DepositPercent < 0 || c.DepositPercent > hundred)
	outside("min_deposit_usd", "0.01 and 1,000,000,000 USD", c.MinDepositUSD < leastCPAUSD || c.MinDepositUSD > maxCapUSD)
	outside("min_lots", "0 and 1,000,000", c.MinLots < 0 || c.MinLots > maxCPALots)
	outside("lots_within_days", "0 and 3650 days", c.LotsWithinDays < 0 || c.LotsWithinDays > maxCPADays)
	outside("within_days", "1 and 3650 days", c.WithinDays < 1 || c.WithinDays > maxCPADays)
	capped := func(name, bounds string, most money.Amount, value *money.Amount) {
		outside(name, bounds, value != nil && (*value < leastCPAUSD || *value > most))
	}
	capped("cap_per_client_usd", "0.01 and 1,000,000 USD", maxCPAUSD, c.CapPerClientUSD)
	capped("cap_per_month_usd", "0.01 and 1,000,000,000 USD", maxCapUSD, c.CapPerMonthUSD)
	capped("cap_per_campaign_usd", "0.01 and 1,000,000,000 USD", maxCapUSD, c.CapPerCampaignUSD)
	if c.AmountUSD == 0 && c.DepositPercent == 0 {
		faults.Add(field+"amount_usd", "required", "A bundle needs amount_usd or deposit_percent, or both.")
	}
	if c.DepositPercent > 0 && c.CapPerClientUSD == nil {
		faults.Add(field+"cap_per_client_usd", "required", "A bundle with deposit_percent needs a cap per client.")
	}
	if c.Approval != ManualApproval && c.Approval != AutomaticApproval {
		faults.Add(field+"approval", "invalid", `Choose "manual" or "automatic".`)
	}
}
