package reward

import "github.com/tributary-server/tributary/internal/db"

// Rows is the table of rewards.
var Rows = db.NewTable[*Reward]("rewards")
