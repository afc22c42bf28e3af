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
	Languages []string  `query:"language" maxItems:"100" doc:"Only materials in these languages, such as en."`
	Sizes     []string  `query:"size" maxItems:"100" doc:"Only materials of these sizes: width and height in pixels, such as 300x250."`
	Themes    []string  `query:"theme" maxItems:"100" doc:"Only materials with these themes."`
	Products  []string  `query:"product" maxItems:"100" doc:"Only materials for these products."`
}

// MaterialOut is a promo material in a list.
type MaterialOut struct {
	ID         int64     `json:"id" doc:"Id of the material."`
	Kind       string    `json:"kind" enum:"banner,landing,logo,text,video,widget" doc:"Kind of the material."`
	Title      string    `json:"title" doc:"Title of the material."`
	Language   string    `json:"language" doc:"Language of the material, such as en or pt-BR. Empty when it has no particular language."`
	Width      *int64    `json:"width" doc:"Width in pixels. Null when the material has no size."`
	Height     *int64    `json:"height" doc:"Height in pixels. Null when the material has no size."`
	Theme      string    `json:"theme" doc:"Theme of the material, for filtering. May be empty."`
	Product    string    `json:"product" doc:"Product that the material advertises, for filtering. May be empty."`
	PreviewURL *string   `json:"preview_url" doc:"Path of a preview: a PNG of at most 320 pixels a side. It needs the same credentials as this call. Null when there is none."`
	FileURL    string    `json:"file_url" doc:"Path of the content: a file, the words of a text, or the address of a landing or a widget. It needs the same credentials as this call."`
	Created    time.Time `json:"created" doc:"When the material was added."`
	Clicks     *int64    `json:"clicks,omitempty" doc:"Clicks that this material has brought the partner since the beginning. Absent in answers that do not count clicks."`
}

// MaterialDetailOut is a promo material with what is known of its file.
type MaterialDetailOut struct {
	MaterialOut
	MediaType string `json:"media_type" doc:"Media type of the file."`
	FileName  string `json:"file_name" doc:"Name of the file."`
	FileSize  int64  `json:"file_size" doc:"Size of the file in bytes."`
	Version   int64  `json:"version" doc:"Version of the content, from 1. Changing the content makes a new version; existing versions never change."`
}

// MaterialPath names a promo material.
type MaterialPath struct {
	ID int64 `path:"material_id" example:"7" doc:"Id of the material."`
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
