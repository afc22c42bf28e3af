package performance

import "github.com/tributary-server/tributary/internal/click"

// figuresExample is one day's figures: 25 of 400 unique clicks registered, 12
// of them deposited.
const figuresExample = `"clicks":431,"unique_clicks":400,"registrations":25,"kyc_passed":18,"ftd":12,"ftt":11,"active_clients":11,` +
	`"volume_lots":38.6,"volume_mln_usd":4.1688,"reward_usd":"93.40","rebate_usd":"8.25","cost_usd":"40.00",` +
	`"roi":112.88,"registration_rate":6.25,"ftd_rate":48`

// Example, ExampleCSV and ExampleValues are examples of the report's answers.
const (
	Example = `{"data":[{"campaign_code":"c_summer",` + figuresExample + `}],"totals":{"count":1,` + figuresExample + `}}`

	ExampleCSV = "campaign_code,clicks,unique_clicks,registrations,kyc_passed,ftd,ftt,active_clients,volume_lots,volume_mln_usd," +
		"reward_usd,rebate_usd,cost_usd,roi,registration_rate,ftd_rate\r\n" +
		"c_summer,431,400,25,18,12,11,11,38.6,4.1688,93.40,8.25,40.00,112.88,6.25,48\r\n"

	ExampleValues = `{"campaign_code":["c_summer"],"link":[7],"tag":["story"],"sub_id":["blog-42"],"country":["ZA"],"platform":["web"]}`
)

// AboutFilter describes what a filter lets through.
func AboutFilter(by click.Dimension) string {
	switch by {
	case click.ByCampaign:
		return "Codes of campaigns."
	case click.ByLink:
		return "Numbers of tracked links."
	case click.ByTag:
		return "Tags of tracked links."
	case click.BySubID:
		return "Values of sub_id that links were followed with."
	case click.ByCountry:
		return "Countries of clicks and clients, ISO 3166 alpha-2."
	case click.ByPlatform:
		return "Platforms of tracked links: web or mobile."
	default:
		return ""
	}
}
