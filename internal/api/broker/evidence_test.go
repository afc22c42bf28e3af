package broker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// TestEvidence checks how the broker and two partners see a client who was moved by
// the broker's key.
func TestEvidence(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	broker, ctx := w.Broker(t), t.Context()
	moved := apitest.OK(broker.MoveClients(ctx, sdk.MoveClientsIn{ClientUIDs: []string{programmetest.Client1}, PartnerUID: programmetest.PartnerB, Reason: "closed"}))(t)

	found := apitest.OK(broker.ClientEvidence(ctx, programmetest.Client1, sdk.BrokerClientEvidenceQuery{PartnerUID: programmetest.PartnerA}))(t)
	require.Equal(t, programmetest.PartnerB, found.Partner.PartnerUID)
	require.EqualValues(t, "CURRENT", found.Relation)
	require.Len(t, found.Accounts, 1)
	require.Contains(t, *found.Summary, "The client does not belong to this partner now.")
	var move *sdk.BrokerEvidenceEntry
	for i, e := range found.Entries {
		if e.Kind == "client.moved" {
			move = &found.Entries[i]
		}
	}
	require.NotNil(t, move)
	require.Equal(t, moved.FactIDs[0], *move.FactID)
	require.False(t, *move.ForPartner)
	figures := map[string]string{}
	for _, f := range move.Figures {
		figures[f.Name] = f.Value
	}
	require.Equal(t, "closed", figures["reason"])
	require.Regexp(t, `^key:.+`, figures["author"])
	require.Equal(t, "2026-06-30T12:00:00Z", figures["ordered_at"])

	found = apitest.OK(broker.ClientEvidence(ctx, programmetest.Client1, sdk.BrokerClientEvidenceQuery{}))(t)
	require.Nil(t, found.Summary)
	require.Nil(t, found.Entries[0].ForPartner)
	apitest.Refused(broker.ClientEvidence(ctx, programmetest.PartnerA, sdk.BrokerClientEvidenceQuery{}))(t, sdk.NotFound)
	apitest.Refused(broker.ClientEvidence(ctx, programmetest.Client1, sdk.BrokerClientEvidenceQuery{PartnerUID: programmetest.Client1}))(t,
		sdk.ValidationError, "partner_uid does_not_exist")

	a, b := w.Partner(t, "a"), w.Partner(t, "b")
	own := apitest.OK(a.ClientEvidence(ctx, programmetest.Client1[:8]))(t)
	require.EqualValues(t, "another_partner", own.Partner.Who)
	require.Nil(t, own.Partner.LinkCode)
	require.EqualValues(t, "LEFT", own.Relation)
	require.EqualValues(t, "you", own.Entries[0].Partner.Who)
	require.Equal(t, `The client registered with the code "alpha", so it went to you (code "alpha").`, own.Entries[0].Text)
	own = apitest.OK(b.ClientEvidence(ctx, programmetest.Client1))(t)
	require.EqualValues(t, "you", own.Partner.Who)
	require.Equal(t, "The broker moved the client, with its accounts, from another partner to you (code \"beta\").", own.Entries[0].Text)
	require.Empty(t, own.Entries[0].Figures)
	apitest.Refused(a.ClientEvidence(ctx, programmetest.Client2))(t, sdk.NotFound)
}
