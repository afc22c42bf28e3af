// Package promo is the library of promo material: banners, logos, videos, landing
// pages, texts and widgets. The broker adds material. Every partner sees the same
// material, and embeds it in their pages with their own tracked link.
package promo

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Kind is the kind of a material. The kind of a material never changes.
type Kind string

// These are the kinds of material.
const (
	Banner  Kind = "banner"  // image
	Landing Kind = "landing" // address of one of the programme's pages
	Logo    Kind = "logo"    // image
	Video   Kind = "video"   // MP4 or WebM
	Text    Kind = "text"    // plain text
	Widget  Kind = "widget"  // address of a page to show in a frame
)

// Kinds returns all kinds in alphabetical order.
func Kinds() []Kind { return []Kind{Banner, Landing, Logo, Text, Video, Widget} }

// These are limits of uploads.
const (
	MaxMaterials = 10_000
	MaxImage     = 5 << 20    // maximum size of an image in bytes
	MaxVideo     = 20 << 20   // maximum size of a video in bytes
	MaxSide      = 8192       // maximum width or height in pixels
	MaxPixels    = 12_000_000 // maximum width times height
	PreviewSide  = 320        // longer side of a preview in pixels
)

// Material is the current state of one piece of material.
type Material struct {
	ID        int64      `db:"material_id"`
	Kind      Kind       `db:"kind"`
	Title     string     `db:"title"`
	Language  string     `db:"language"` // for example en or pt-BR; empty if the material has no particular language
	Theme     string     `db:"theme"`
	Product   string     `db:"product"`
	Width     *int64     `db:"width"` // in pixels; nil if the material has no size
	Height    *int64     `db:"height"`
	Version   int64      `db:"version"` // number of the file's current version; the first is 1
	CreatedAt time.Time  `db:"created_at"`
	RetiredAt *time.Time `db:"retired_at"` // nil while partners can use the material

	MediaType  string `db:"media_type"`
	FileName   string `db:"file_name"`
	Size       int64  `db:"size"` // in bytes
	HasPreview bool   `db:"has_preview"`

	Clicks *int64 `db:"-"` // number of the requesting partner's clicks that came through the material; nil if clicks are not counted
}

// File is one version of a material's file. A version never changes.
type File struct {
	MaterialID int64     `db:"material_id"`
	Version    int64     `db:"version"`
	MediaType  string    `db:"media_type"`
	Name       string    `db:"file_name"` // file name for downloads
	Digest     []byte    `db:"digest"`    // SHA-256 of Content
	Content    []byte    `db:"content"`   // bytes of an image or a video, a text, or the address of a landing page or widget
	Preview    []byte    `db:"preview"`   // PNG; nil if there is none
	CreatedAt  time.Time `db:"created_at"`
}

// Size is a width and a height in pixels.
type Size struct{ Width, Height int64 }

// Filter selects materials. A field with a zero value matches all materials.
type Filter struct {
	Kinds     []string
	Languages []string
	Sizes     []Size
	Themes    []string
	Products  []string
	Retired   *bool
	Page      page.Page // the default order is newest first
}

// Values holds the values by which partners can filter. Each list is sorted.
type Values struct {
	Kinds, Languages, Themes, Products []string
	Sizes                              []Size
}

// Code holds the data of a partner's link code that the library needs.
type Code struct {
	Programme string
	Blocked   bool
}

// Store stores the library. Methods for a single material, file or code return
// ErrUnknown if it does not exist. SQLStore implements Store. The tests of images
// and embeds use a store with one material.
type Store interface {
	// Materials returns a page of the materials that match f, and the number of all
	// that match.
	Materials(ctx context.Context, f Filter) (list []Material, count int64, err error)
	// Values returns the values of the materials that are not retired.
	Values(ctx context.Context) (Values, error)
	Material(ctx context.Context, materialID int64) (Material, error)
	// File returns one version of a material's file, either with only its content
	// or with only its preview.
	File(ctx context.Context, materialID, version int64, preview bool) (File, error)
	// Add stores a new material with its first file and sets its ID. It returns
	// ErrTooMany if the library already has the maximum number of materials,
	// which is most.
	Add(ctx context.Context, m *Material, f *File, most int) error
	// Atomically runs fn in one transaction. Writes with fn's context are committed
	// together or not at all. Only one Atomically runs at a time. It may call fn
	// several times, and commits the last call.
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
	// Update changes a material under a lock. It calls change with the current
	// state. change returns the file of the next version, or nil if the file stays
	// the same.
	Update(ctx context.Context, materialID int64, change func(*Material) (*File, error)) (Material, error)
	// Code returns one of the partner's own link codes.
	Code(ctx context.Context, partnerID id.UUID, code string) (Code, error)
}

// Campaigns gives access to campaigns and to the domains and pages of links.
// *campaign.Service implements it. The tests use one fixed campaign.
type Campaigns interface {
	Get(ctx context.Context, partnerID id.UUID, code string) (campaign.Campaign, error)
	Domains(ctx context.Context) ([]campaign.Domain, error)
	Pages(ctx context.Context) ([]campaign.Page, error)
}

// Clicks returns the number of a partner's clicks that came through each of the
// materials.
type Clicks func(ctx context.Context, partnerID id.UUID, materials []int64) (map[int64]int64, error)
