package partner

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/view"
)

// AddViews declares the operations on a partner's saved views.
func AddViews(r *httpapi.Router, s *view.Service) {
	h := viewsAPI{s}
	r.Mount(wire.TagPartner,
		httpapi.GET("/api/v1/views/", wire.Read, h.viewList, viewList),
		httpapi.POST("/api/v1/views/", wire.Write, h.viewCreate, viewCreate),
		httpapi.PATCH("/api/v1/views/{uid}/", wire.Write, h.viewUpdate, viewUpdate),
		httpapi.DELETE("/api/v1/views/{uid}/", wire.Write, h.viewDelete, viewDelete),
	)
}

type viewsAPI struct{ s *view.Service }

type viewsIn struct {
	Screen string `query:"screen" maxLength:"label" doc:"Only views of this screen." example:"/rewards"`
}

type viewIn struct {
	Screen string `json:"screen" required:"true" minLength:"1" maxLength:"label" doc:"Path of the screen." example:"/rewards"`
	Name   string `json:"name" required:"true" minLength:"1" maxLength:"name" doc:"Your name for the view." example:"Gold in Asia"`
	Query  string `json:"query" maxLength:"link" doc:"Query of the address, without the question mark." example:"rows=orders&country=TH,VN&symbol=XAUUSD"`
}

type viewPath struct {
	UID id.UUID `path:"uid" doc:"UUID of the view." example:"0197c0de-5f1a-7000-8000-0000000000a1"`
}

type viewChangeIn struct {
	viewPath

	Name  *string `json:"name" minLength:"1" maxLength:"name" doc:"New name of the view."`
	Query *string `json:"query" maxLength:"link" doc:"New query of the address."`
}

type viewOut struct {
	UID     id.UUID   `json:"uid" doc:"UUID of the view."`
	Screen  string    `json:"screen" doc:"Path of the screen."`
	Name    string    `json:"name" doc:"The partner's name for the view."`
	Query   string    `json:"query" doc:"Query of the address, without the question mark."`
	Created time.Time `json:"created" doc:"When the view was saved."`
}

func viewOf(v *view.View) *viewOut {
	return &viewOut{UID: v.ID, Screen: v.Screen, Name: v.Name, Query: v.Query, Created: v.CreatedAt}
}

func viewAnswer(v view.View, err error) (*viewOut, error) {
	if err != nil {
		return nil, err
	}
	return viewOf(&v), nil
}

const viewExample = `{"uid":"0197c0de-5f1a-7000-8000-0000000000a1","screen":"/rewards","name":"Gold in Asia",` +
	`"query":"rows=orders&country=TH,VN&symbol=XAUUSD","created":"2026-11-27T14:05:02Z"}`

var viewList = httpapi.Op{
	ID:      "view_list",
	Summary: "List saved views",
	Description: "Lists the partner's saved views, oldest first. A view is a name for the address of a screen of the Personal " +
		"Area. The list has no pages, because a partner can have at most 100 views.",
	Example: json.RawMessage(`{"data":[` + viewExample + `],"totals":{"count":1}}`),
}

func (h viewsAPI) viewList(ctx context.Context, in *viewsIn) (*page.List[viewOut, page.Count], error) {
	list, err := h.s.List(ctx, partnerOf(ctx), in.Screen)
	if err != nil {
		return nil, err
	}
	return page.ListOf(list, viewOf, page.Count{Count: int64(len(list))}), nil
}

var viewCreate = httpapi.Op{
	ID:          "view_create",
	Status:      http.StatusCreated,
	Summary:     "Save a view",
	Description: "Saves the address of a screen under a name. The names of a screen's views are distinct. A partner can have at most 100 views.",
	Request:     map[string]string{"screen": "/rewards", "name": "Gold in Asia", "query": "rows=orders&country=TH,VN&symbol=XAUUSD"},
	Example:     json.RawMessage(viewExample),
}

func (h viewsAPI) viewCreate(ctx context.Context, in *viewIn) (*viewOut, error) {
	return viewAnswer(h.s.Create(ctx, partnerOf(ctx), in.Screen, in.Name, in.Query))
}

var viewUpdate = httpapi.Op{
	ID:          "view_update",
	Summary:     "Rename or change a view",
	Description: "Changes the fields that are sent.",
	Request:     map[string]string{"name": "Gold in South-East Asia"},
	Example:     json.RawMessage(viewExample),
	Errors:      []fault.Code{fault.NotFound},
}

func (h viewsAPI) viewUpdate(ctx context.Context, in *viewChangeIn) (*viewOut, error) {
	return viewAnswer(h.s.Change(ctx, partnerOf(ctx), in.UID, view.Change{Name: in.Name, Query: in.Query}))
}

var viewDelete = httpapi.Op{
	ID:          "view_delete",
	Status:      http.StatusNoContent,
	Summary:     "Delete a view",
	Description: "Deletes one of the partner's views.",
	Errors:      []fault.Code{fault.NotFound},
}

func (h viewsAPI) viewDelete(ctx context.Context, in *viewPath) (*struct{}, error) {
	return nil, h.s.Delete(ctx, partnerOf(ctx), in.UID)
}
