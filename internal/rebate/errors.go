package rebate

import (
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

// These are the API's names for the fields that this package reports as faulty.
const (
	fieldTitle       = "group_title"
	fieldType        = "group_type"
	fieldPercent     = "rebate_percent"
	fieldPeriod      = "rebate_period"
	fieldValue       = "rebate_period_value"
	fieldLink        = "link_code"
	fieldGroup       = "group_id"
	fieldAccount     = "client_account"
	fieldDestination = "destination_client_account"
)

const codeTaken, codeUnknown, codeInvalid = "already_in_use", "does_not_exist", "invalid"

const maxNamed = 100

func strangers(accounts []string) error {
	var faults fault.Fields
	for _, number := range accounts[:min(maxNamed, len(accounts))] {
		faults.Add(fieldAccount, codeUnknown, fmt.Sprintf("There is no account %s.", free.Clip(number)))
	}
	if more := len(accounts) - maxNamed; more > 0 {
		faults.Add(fieldAccount, codeUnknown, fmt.Sprintf("%d other accounts do not exist either.", more))
	}
	return faults.Err()
}

func (s *Settings) checkPercent(percent money.Percent, faults *fault.Fields) {
	switch {
	case percent%percentStep != 0:
		faults.Add(fieldPercent, "max_decimal_places", "Ensure that there are no more than 2 decimal places.")
	case percent < s.min:
		faults.Add(fieldPercent, "min_value", fmt.Sprintf("Ensure this value is greater than or equal to %s.", s.min))
	case percent > s.max:
		faults.Add(fieldPercent, "max_value", fmt.Sprintf("Ensure this value is less than or equal to %s.", s.max))
	}
}

func checkTitle(title string, faults *fault.Fields) {
	if strings.TrimSpace(title) == "" {
		faults.Add(fieldTitle, "blank", "This field may not be blank.")
	}
	faults.Text(fieldTitle, title, free.Name)
}
