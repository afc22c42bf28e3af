package wire

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/traffic"
)

// SourcePath names a traffic source.
type SourcePath struct {
	UID id.UUID `path:"uid" doc:"The traffic source's uid."`
}

// SourceOut is a traffic source.
type SourceOut struct {
	UID     id.UUID   `json:"uid"`
	Name    string    `json:"name"`
	Type    string    `json:"type" enum:"website,social,email,messenger,mobile_app,other"`
	URL     string    `json:"url"`
	Status  string    `json:"status" enum:"draft,pending,verified,rejected"`
	Created time.Time `json:"created"`
}

// SourceExample is an example of SourceOut without its closing brace.
const SourceExample = `{"uid":"0197c0de-0000-7000-8000-000000000003","name":"My blog","type":"website","url":"https://blog.example.com/",` +
	`"status":"draft","created":"2026-06-30T12:00:00Z"`

// SourceOf describes a traffic source.
func SourceOf(s *traffic.Source) SourceOut {
	return SourceOut{UID: s.ID, Name: s.Name, Type: s.Type, URL: s.URL, Status: string(s.Status), Created: s.CreatedAt}
}
