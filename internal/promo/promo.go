// Package promo is the library of promo material: banners, logos, videos,
// landing pages, texts and widgets. The broker adds the material. Every partner
// sees the same material, and shows it on pages with the partner's own tracked
// link.
package promo

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Kind is the kind of a material, which never changes.
type Kind string

// These are the kinds of material.
const (
	Banner  Kind = "banner"  // image
	Landing Kind = "landing" // address of one of the programme's landing pages
	Logo    Kind = "logo"    // image
	Video   Kind = "video"   // MP4 or WebM
	Text    Kind = "text"    // plain text
	Widget  Kind = "widget"  // address of a page that is shown in a frame
)

// Kinds returns all kinds in alphabetical order.
func Kinds() []Kind { return []Kind{Banner, Landing, Logo, Text, Video, Widget} }

// These are the limits on uploads.
const (
	MaxMaterials = 10_000
	MaxImage     = 5 << 20    // maximum size of an image in bytes
	MaxVideo     = 20 << 20   // maximum size of a video in bytes
	MaxSide      = 8192       // maximum width or height in pixels
	MaxPixels    = 12_000_000 // maximum width times height
	PreviewSide  = 320        // length of a preview's longer side in pixels
)

// Material is one piece of material in its current state.
type Material struct {
	ID        int64      `db:"material_id"`
	Kind      Kind       `db:"kind"`
	Title     string     `db:"title"`
	Language  string     `db:"language"` // such as en or pt-BR; empty if the material has no particular language
	Theme     string     `db:"theme"`
	Product   string     `db:"product"`
	Width     *int64     `db:"width"` // in pixels; nil if the material has no size
	Height    *int64     `db:"height"`
	Version   int64      `db:"version"` // number of the current version of the file; the first version is 1
	CreatedAt time.Time  `db:"created_at"`
	RetiredAt *time.Time `db:"retired_at"` // nil while partners can use the material

	MediaType  string `db:"media_type"`
	FileName   string `db:"file_name"`
	Size       int64  `db:"size"` // size of the file in bytes
	HasPreview bool   `db:"has_preview"`

	Clicks *int64 `db:"-"` // number of clicks that this material brought the requesting partner; nil if clicks are not counted
}

// File is one version of a material's file, which never changes.
type File struct {
	MaterialID int64     `db:"material_id"`
	Version    int64     `db:"version"`
	MediaType  string    `db:"media_type"`
	Name       string    `db:"file_name"` // name of the file when it is downloaded
	Digest     []byte    `db:"digest"`    // SHA-256 of Content
	Content    []byte    `db:"content"`   // bytes of an image or video, a text, or the address of a landing page or widget
	Preview    []byte    `db:"preview"`   // PNG image; nil if there is no preview
	CreatedAt  time.Time `db:"created_at"`
}

// Size is a width and a height in pixels.
type Size struct{ Width, Height int64 }

// Filter selects materials. A zero field selects all materials.
type Filter struct {
	Kinds     []string
	Languages []string
	Sizes     []Size
	Themes    []string
	Products  []string
	Retired   *bool
	Page      page.Page // the default order is newest first
}

// Values has the values by which partners can filter. Each list is sorted.
type Values struct {
	Kinds, Languages, Themes, Products []string
	Sizes                              []Size
}

// Code holds the properties of a partner's link code that the library uses.
type Code struct {
	Programme string
	Blocked   bool
}

// Store stores the library. A method for one material, file or code returns
// ErrUnknown if there is none. SQLStore implements Store. A test also
// implements it, with a single material.
type Store interface {
	// Materials returns a page of the materials that match f, and how many
	// match in total.
	Materials(ctx context.Context, f Filter) (list []Material, count int64, err error)
	// Values returns the values by which materials that are not retired can be
	// filtered.
	Values(ctx context.Context) (Values, error)
	Material(ctx context.Context, materialID int64) (Material, error)
	// File returns one version of a material's file. It returns only the
	// content, or only the preview if preview is true.
	File(ctx context.Context, materialID, version int64, preview bool) (File, error)
	// Add stores a new material with its first file, and sets its ID. Add returns
	// ErrTooMany if the library already has limit materials.
	Add(ctx context.Context, m *Material, f *File, limit int) error
	// Atomically runs fn in one transaction. Statements that fn runs with its
	// context belong to this transaction. Only one call of Atomically runs at a
	// time. It may call fn several times, and commits only the last call.
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
	// Update locks a material and calls changeMaterial with its current state.
	// changeMaterial returns the next version of the file, or nil if the file stays
	// the same.
	Update(ctx context.Context, materialID int64, changeMaterial func(*Material) (*File, error)) (Material, error)
	// Code returns one of the partner's own link codes.
	Code(ctx context.Context, partnerID id.UUID, code string) (Code, error)
}

// Campaigns looks up campaigns and the programme's domains and landing pages.
// *campaign.Service implements it. Tests use one fixed campaign.
type Campaigns interface {
	Get(ctx context.Context, partnerID id.UUID, code string) (campaign.Campaign, error)
	Domains(ctx context.Context) ([]campaign.Domain, error)
	Pages(ctx context.Context) ([]campaign.Page, error)
}

// Clicks returns how many clicks each of the materials brought a partner.
type Clicks func(ctx context.Context, partnerID id.UUID, materials []int64) (map[int64]int64, error)
