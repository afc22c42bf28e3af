package demo

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/feed"
)

// Line returns a fact as one line of the feed, without the newline.
func Line(fact feed.Fact) []byte {
	head, err := json.Marshal(struct {
		ID   string    `json:"id"`
		Type feed.Type `json:"type"`
		At   string    `json:"at"`
	}{fact.ID, fact.Type, fact.At.UTC().Format(time.RFC3339Nano)})
	if err != nil {
		panic(fmt.Sprintf("demo: encoding the fact %s: %v", fact.ID, err)) // this cannot happen, because strings can always be encoded
	}
	body := fact.Encode()
	head[len(head)-1] = ','
	return append(head, body[1:]...)
}
