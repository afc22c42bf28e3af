package wire

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/traffic"
)

// SourcePath holds the id of a traffic source in a path.
type SourcePath struct {
	UID id.UUID `path:"uid" doc:"Id of the traffic source."`
}

// SourceOut is a traffic source.
type SourceOut struct {
	UID     id.UUID   `json:"uid" doc:"Id of the traffic source."`
	Name    string    `json:"name" doc:"Name of the source, chosen by the partner."`
	Type    string    `json:"type" enum:"website,social,email,messenger,mobile_app,other" doc:"Kind of the source."`
	URL     string    `json:"url" doc:"URL of the page that carries the meta tag."`
	Status  string    `json:"status" enum:"draft,pending,verified,rejected" doc:"draft: the meta tag has not been found yet. pending: the tag was found, and the broker must approve the source. verified: the tag was found or the broker approved the source. rejected: the broker rejected the source."`
	Created time.Time `json:"created" doc:"When the partner added the source."`
}

// SourceExample is an example of SourceOut without the closing brace, so that types
// which embed SourceOut can add fields.
const SourceExample = `{"uid":"0197c0de-0000-7000-8000-000000000003","name":"My blog","type":"website","url":"https://blog.example.com/",` +
	`"status":"draft","created":"2026-06-30T12:00:00Z"`

// SourceOf converts a traffic source to its JSON form.
func SourceOf(s *traffic.Source) SourceOut {
	return SourceOut{UID: s.ID, Name: s.Name, Type: s.Type, URL: s.URL, Status: string(s.Status), Created: s.CreatedAt}
}
