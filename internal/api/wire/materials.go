package wire

import (
	"regexp"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/promo"
)

// MaterialsIn holds the filters of the list of promo materials.
type MaterialsIn struct {
	Page      page.Page `ordering:"id,kind,title,language,width,height,theme,product,created"`
	Kinds     []string  `query:"kind" enum:"banner,landing,logo,text,video,widget" maxItems:"10" doc:"Only materials of these kinds."`
	Languages []string  `query:"language" maxItems:"100" doc:"Only materials in these languages, such as en."`
	Sizes     []string  `query:"size" maxItems:"100" doc:"Only materials of these sizes. A size is a width and a height in pixels, such as 300x250."`
	Themes    []string  `query:"theme" maxItems:"100" doc:"Only materials with these themes."`
	Products  []string  `query:"product" maxItems:"100" doc:"Only materials for these products."`
}

// MaterialOut is a promo material in a list.
type MaterialOut struct {
	ID         int64     `json:"id" doc:"Id of the material."`
	Kind       string    `json:"kind" enum:"banner,landing,logo,text,video,widget" doc:"Kind of the material."`
	Title      string    `json:"title" doc:"Title of the material."`
	Language   string    `json:"language" doc:"Language of the material, such as en or pt-BR. Empty if it has no particular language."`
	Width      *int64    `json:"width" doc:"Width in pixels. Null if the material has no size."`
	Height     *int64    `json:"height" doc:"Height in pixels. Null if the material has no size."`
	Theme      string    `json:"theme" doc:"Theme of the material, for filtering. May be empty."`
	Product    string    `json:"product" doc:"Product that the material advertises, for filtering. May be empty."`
	PreviewURL *string   `json:"preview_url" doc:"Path of a preview, which is a PNG of at most 320 pixels a side. It needs the same credentials as this request. Null if there is no preview."`
	FileURL    string    `json:"file_url" doc:"Path of the content. The content is a file, the text of a text material, or the address of a landing page or a widget. It needs the same credentials as this request."`
	Created    time.Time `json:"created" doc:"When the material was added."`
	Clicks     *int64    `json:"clicks,omitempty" doc:"Number of clicks that this material has brought the partner so far. Absent from responses that do not report clicks."`
}

// MaterialDetailOut is a promo material with the details of its file.
type MaterialDetailOut struct {
	MaterialOut
	MediaType string `json:"media_type" doc:"Media type of the file."`
	FileName  string `json:"file_name" doc:"Name of the file."`
	FileSize  int64  `json:"file_size" doc:"Size of the file in bytes."`
	Version   int64  `json:"version" doc:"Version of the content, starting at 1. A change of the content creates a new version. Existing versions never change."`
}

// MaterialPath holds the id of a promo material in a path.
type MaterialPath struct {
	ID int64 `path:"material_id" example:"7" doc:"Id of the material."`
}

// MaterialExample is an example of MaterialOut without the closing brace, so that types
// which embed MaterialOut can add fields.
const MaterialExample = `{"id":7,"kind":"banner","title":"Trade gold","language":"en","width":300,"height":250,"theme":"dark","product":"metals",` +
	`"preview_url":"/api/promo/materials/7/preview/?v=1","file_url":"/api/promo/materials/7/file/?v=1","created":"2026-06-01T09:00:00Z","clicks":12`

var sizePattern = regexp.MustCompile(`^([1-9][0-9]{0,5})x([1-9][0-9]{0,5})$`)

// Filter converts the query to a filter. It returns a ValidationError if a size
// is not a width and a height, such as 300x250.
func (in *MaterialsIn) Filter() (promo.Filter, error) {
	f := promo.Filter{Kinds: in.Kinds, Languages: in.Languages, Themes: in.Themes, Products: in.Products, Page: in.Page}
	for _, text := range in.Sizes {
		parts := sizePattern.FindStringSubmatch(text)
		if parts == nil {
			return f, fault.Invalid("size", "invalid", "Must be a width and a height in pixels, such as 300x250.")
		}
		width, _ := strconv.ParseInt(parts[1], 10, 64) // the pattern allows at most 6 digits, so parsing cannot fail
		height, _ := strconv.ParseInt(parts[2], 10, 64)
		f.Sizes = append(f.Sizes, promo.Size{Width: width, Height: height})
	}
	return f, nil
}

// MaterialOf converts a promo material to its JSON form.
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

// MaterialDetailOf converts a promo material to its JSON form, with the details
// of its file.
func MaterialDetailOf(m *promo.Material) *MaterialDetailOut {
	return &MaterialDetailOut{MaterialOut: MaterialOf(m), MediaType: m.MediaType, FileName: m.FileName, FileSize: m.Size, Version: m.Version}
}
