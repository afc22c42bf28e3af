package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/reward"
)

// AgentTx is what referral agents' shares need of a Tx.
type AgentTx interface{}

// AgentChanges is what agents' shares write.
type AgentChanges struct{}

// agentBooks is the working set of agents' shares.
type agentBooks struct{}

func newAgentBooks() agentBooks { return agentBooks{} }

// fetchAgents loads the agreements of the links that a batch's orders count under.
func (b *books) fetchAgents(context.Context, *wanted) error { return nil }

// bookAgentShare gives the agent of the order's link its share of a reward
// (sign 1), or takes it out again (-1). A reversal takes back what was recorded.
func (b *books) bookAgentShare(context.Context, *attribution.Account, *reward.Reward, int64, string) error {
	return nil
}

// settleAgents puts what changed into the changes.
func (b *books) settleAgents(context.Context) error { return nil }
