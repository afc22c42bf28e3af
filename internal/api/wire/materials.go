package wire

import (
	"regexp"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/promo"
)

// MaterialsIn chooses from the library of promo material.
type MaterialsIn struct {
	Page      page.Page `ordering:"id,kind,title,language,width,height,theme,product,created"`
	Kinds     []string  `query:"kind" enum:"banner,landing,logo,text,video,widget" maxItems:"10" doc:"Only materials of these kinds."`
	Languages []string  `query:"language" maxItems:"100" doc:"Only materials in these languages, as in en."`
	Sizes     []string  `query:"size" maxItems:"100" doc:"A width and a height, as 300x250."`
	Themes    []string  `query:"theme" maxItems:"100" doc:"Only materials of these themes."`
	Products  []string  `query:"product" maxItems:"100" doc:"Only materials for these products."`
}

// MaterialOut is a promo material in a list.
type MaterialOut struct {
	ID         int64     `json:"id"`
	Kind       string    `json:"kind" enum:"banner,landing,logo,text,video,widget"`
	Title      string    `json:"title"`
	Language   string    `json:"language" doc:"Such as en or pt-BR; empty: none in particular."`
	Width      *int64    `json:"width" doc:"Pixels; null: it has none."`
	Height     *int64    `json:"height"`
	Theme      string    `json:"theme"`
	Product    string    `json:"product"`
	PreviewURL *string   `json:"preview_url" doc:"A PNG of at most 320 pixels, for the same credentials; null: there is none."`
	FileURL    string    `json:"file_url" doc:"What it is, for the same credentials: a file, a text's words, the address of a landing or a widget."`
	Created    time.Time `json:"created"`
	Clicks     *int64    `json:"clicks,omitempty" doc:"That came to the partner through it, ever. Left out where clicks are not counted."`
}

// MaterialDetailOut is a promo material with what is known of its file.
type MaterialDetailOut struct {
	MaterialOut
	MediaType string `json:"media_type"`
	FileName  string `json:"file_name"`
	FileSize  int64  `json:"file_size" doc:"Bytes."`
	Version   int64  `json:"version" doc:"Of the file, from 1. A version never changes."`
}

// MaterialPath names a promo material.
type MaterialPath struct {
	ID int64 `path:"material_id" example:"7" doc:"The material's id."`
}

// MaterialExample is an example of MaterialOut without its closing brace.
const MaterialExample = `{"id":7,"kind":"banner","title":"Trade gold","language":"en","width":300,"height":250,"theme":"dark","product":"metals",` +
	`"preview_url":"/api/promo/materials/7/preview/?v=1","file_url":"/api/promo/materials/7/file/?v=1","created":"2026-06-01T09:00:00Z","clicks":12`

var sizePattern = regexp.MustCompile(`^([1-9][0-9]{0,5})x([1-9][0-9]{0,5})$`)

// Filter converts the query to a filter. It returns a ValidationError for a size that is no width and height.
func (in *MaterialsIn) Filter() (promo.Filter, error) {
	f := promo.Filter{Kinds: in.Kinds, Languages: in.Languages, Themes: in.Themes, Products: in.Products, Page: in.Page}
	for _, text := range in.Sizes {
		parts := sizePattern.FindStringSubmatch(text)
		if parts == nil {
			return f, fault.Invalid("size", "invalid", "A width and a height in pixels, as 300x250.")
		}
		width, _ := strconv.ParseInt(parts[1], 10, 64) // the pattern limits the digits
		height, _ := strconv.ParseInt(parts[2], 10, 64)
		f.Sizes = append(f.Sizes, promo.Size{Width: width, Height: height})
	}
	return f, nil
}

// MaterialOf describes a promo material.
func MaterialOf(m *promo.Material) MaterialOut {
	at := "/api/promo/materials/" + strconv.FormatInt(m.ID, 10) + "/"
	version := "/?v=" + strconv.FormatInt(m.Version, 10)
	out := MaterialOut{
		ID: m.ID, Kind: string(m.Kind), Title: m.Title, Language: m.Language, Width: m.Width, Height: m.Height, Theme: m.Theme,
		Product: m.Product, FileURL: at + "file" + version, Created: m.CreatedAt, Clicks: m.Clicks,
	}
	if m.HasPreview {
		preview := at + "preview" + version
		out.PreviewURL = &preview
	}
	return out
}

// MaterialDetailOf describes a promo material with its file.
func MaterialDetailOf(m *promo.Material) *MaterialDetailOut {
	return &MaterialDetailOut{MaterialOut: MaterialOf(m), MediaType: m.MediaType, FileName: m.FileName, FileSize: m.Size, Version: m.Version}
}
