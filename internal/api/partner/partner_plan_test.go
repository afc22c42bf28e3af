package partner_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

// placeholderFiller returns a function that replaces placeholders in a text with
// values from the built-in plan and with partners' ids.
func placeholderFiller(t *testing.T) func(string) string {
	t.Helper()
	next := reward.Default().Levels[1]
	require.Equal(t, "Advanced", next.Name)
	return strings.NewReplacer(
		"%MIN_VOLUME%", next.MinVolumeMlnUSD.String(), "%MIN_CLIENTS%", strconv.Itoa(next.MinActiveClients),
		"%ACCOUNT_A%", partner.AccountNumber(apitest.UID(programmetest.PartnerA)), "%ACCOUNT_B%", partner.AccountNumber(apitest.UID(programmetest.PartnerB)),
	).Replace
}
