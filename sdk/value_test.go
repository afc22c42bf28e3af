package sdk_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

var start = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

func TestDecimals(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]sdk.Decimal{
		`812.07`: "812.07", `"812.070"`: "812.070", `-0.000001`: "-0.000001", `null`: "", `0`: "0",
		`123456789012345678901234567890.12`: "123456789012345678901234567890.12",
	} {
		var got sdk.Decimal
		require.NoError(t, json.Unmarshal([]byte(wire), &got), wire)
		require.Equal(t, want, got)
	}
	for _, wire := range []string{`true`, `{}`, `"a lot"`, `""`} {
		var got sdk.Decimal
		require.Error(t, json.Unmarshal([]byte(wire), &got), wire)
	}
	for decimal, want := range map[sdk.Decimal]string{
		"812.070": `812.070`, "-1": `-1`, "": `null`,
		"12,5": `"12,5"`, "NaN": `"NaN"`, "[1]": `"[1]"`, "1 2": `"1 2"`, "true": `"true"`, // the server refuses these texts
	} {
		got, err := json.Marshal(decimal)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	require.Equal(t, "3/10", sdk.Decimal("0.3").Rat().String())
	require.Nil(t, sdk.Decimal("").Rat())
}

func TestDates(t *testing.T) {
	t.Parallel()
	require.Equal(t, sdk.Date("2026-06-30"), sdk.DateOf(start))
	day, err := sdk.Date("2026-06-30").Time()
	require.NoError(t, err)
	require.Equal(t, start.Truncate(24*time.Hour), day)
	_, err = sdk.Date("").Time()
	require.Error(t, err)
}

// TestNullable checks that the server can distinguish an absent field, null and
// a value.
func TestNullable(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]sdk.UpdateRebateClientIn{
		`{}`: {},
		`{"rebate_percent":30.5,"destination_client_account":null}`: {
			RebatePercent: sdk.Value(sdk.Decimal("30.5")), DestinationClientAccount: sdk.Null[string](),
		},
		`{"rebate_percent":null}`: {RebatePercent: sdk.Null[sdk.Decimal]()},
	} {
		got, err := json.Marshal(in)
		require.NoError(t, err)
		require.JSONEq(t, want, string(got))
	}
}
