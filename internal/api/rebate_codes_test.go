package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// A refusal of a code for rebates names the field that was sent, on both
// verification paths.
func TestRebates_CodesNameTheFieldThatWasSent(t *testing.T) {
	t.Parallel()
	b := setupRebateRuns(t)
	rebateID, rows := b.closed(t, 2)
	shown := decoded(t, b.post(t, "a", "approve/start/", selecting(nil, rows)), 200)["verification_payload"].(map[string]any)
	number, err := strconv.Atoi(rebateID)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		change      func(map[string]any)
		field, code string // the field inside the payload; empty: the payload as a whole
	}{
		"no time":             {func(p map[string]any) { delete(p, "requested_at") }, ".requested_at", "required"},
		"no partner":          {func(p map[string]any) { delete(p, "user_uid") }, ".user_uid", "required"},
		"another partner":     {func(p map[string]any) { p["user_uid"] = partnerC }, ".user_uid", "invalid"},
		"another operation":   {func(p map[string]any) { p["operation_type"] = "WITHDRAW" }, ".operation_type", "invalid"},
		"an unknown rebate":   {func(p map[string]any) { p["rebate_ids"] = []int{number + 1000} }, ".rebate_ids", "not_pending"},
		"an unknown row":      {func(p map[string]any) { p["rebate_row_ids"] = []int{1} }, ".rebate_row_ids", "not_pending"},
		"less than was shown": {func(p map[string]any) { p["rebate_row_ids"] = rows[:1] }, "", "invalid"},
		"no ids":              {func(p map[string]any) { p["rebate_row_ids"] = "all" }, "", "invalid"},
		"an unknown digest":   {func(p map[string]any) { p["digest"] = "00" }, "", "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload := maps.Clone(shown)
			tt.change(payload)
			for path, field := range map[string]string{
				"/api/v1/verification/operations/":          "payload",
				"/v4/kyc_back/api/v3/verify/operation/init": "additional_data",
			} {
				body, err := json.Marshal(map[string]any{"operation_type": "APPROVE_REBATES", field: payload})
				require.NoError(t, err)
				refusedField(t, b.call(t, "a", http.MethodPost, path, string(body)), field+tt.field, tt.code)
			}
		})
	}
}
