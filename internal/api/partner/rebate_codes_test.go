package partner_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/sdk"
)

// TestRebates_CodesNameTheFieldThatWasSent checks that the error for a wrong payload
// names the field that the caller sent, whichever path starts the verification.
func TestRebates_CodesNameTheFieldThatWasSent(t *testing.T) {
	t.Parallel()
	w := apitest.SetupRebateRuns(t)
	rebate, rows := w.Closed(t, 2)
	text, err := json.Marshal(apitest.OK(w.A.StartRebateApproval(t.Context(), sdk.StartRebateApprovalIn{RebateRows: rows}))(t).VerificationPayload)
	require.NoError(t, err)
	var shown map[string]any
	require.NoError(t, json.Unmarshal(text, &shown))
	for name, tt := range map[string]struct {
		change      func(map[string]any)
		field, code string // field of the payload; empty means the whole payload
	}{
		"no time":                    {func(p map[string]any) { delete(p, "requested_at") }, ".requested_at", "required"},
		"no partner":                 {func(p map[string]any) { delete(p, "user_uid") }, ".user_uid", "required"},
		"another partner":            {func(p map[string]any) { p["user_uid"] = apitest.PartnerC }, ".user_uid", "invalid"},
		"another operation":          {func(p map[string]any) { p["operation_type"] = "WITHDRAW" }, ".operation_type", "invalid"},
		"an unknown rebate":          {func(p map[string]any) { p["rebate_ids"] = []int64{rebate.ID + 1000} }, ".rebate_ids", "not_pending"},
		"an unknown row":             {func(p map[string]any) { p["rebate_row_ids"] = []int{1} }, ".rebate_row_ids", "not_pending"},
		"fewer rows than were shown": {func(p map[string]any) { p["rebate_row_ids"] = rows[:1] }, "", "invalid"},
		"no ids":                     {func(p map[string]any) { p["rebate_row_ids"] = "all" }, "", "invalid"},
		"an unknown digest":          {func(p map[string]any) { p["digest"] = "00" }, "", "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload := maps.Clone(shown)
			tt.change(payload)
			apitest.Refused(w.A.StartVerification(t.Context(), sdk.StartVerificationIn{OperationType: sdk.OperationTypeApproveRebates, Payload: payload}))(t,
				sdk.ValidationError, "payload"+tt.field+" "+tt.code)
			apitest.Refused(w.A.StartVerificationKYC(t.Context(), sdk.StartVerificationKYCIn{OperationType: sdk.OperationTypeApproveRebates, AdditionalData: payload}))(t,
				sdk.ValidationError, "additional_data"+tt.field+" "+tt.code)
		})
	}
}
