// Package promo is the library of material that partners advertise with:
// banners, logos, videos, landing pages, texts and widgets. The broker fills
// it. Every partner sees the same material and embeds it with its own tracked
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
	Banner  Kind = "banner"  // an image
	Landing Kind = "landing" // the address of one of the programme's pages
	Logo    Kind = "logo"    // an image
	Video   Kind = "video"   // MP4 or WebM
	Text    Kind = "text"    // words
	Widget  Kind = "widget"  // the address of a frame's content
)

// Kinds returns all kinds, in order.
func Kinds() []Kind { return []Kind{Banner, Landing, Logo, Text, Video, Widget} }

// These limit what can be uploaded.
const (
	MaxMaterials = 10_000
	MaxImage     = 5 << 20  // bytes of an image
	MaxVideo     = 20 << 20 // bytes of a video
	MaxSide      = 8192     // pixels
	MaxPixels    = 12_000_000
	PreviewSide  = 320
)

// Material is one piece of material as it is now.
type Material struct {
	ID        int64      `db:"material_id"`
	Kind      Kind       `db:"kind"`
	Title     string     `db:"title"`
	Language  string     `db:"language"` // such as en or pt-BR; empty: no particular language
	Theme     string     `db:"theme"`
	Product   string     `db:"product"`
	Width     *int64     `db:"width"` // pixels; nil: has none
	Height    *int64     `db:"height"`
	Version   int64      `db:"version"` // from 1, of its file
	CreatedAt time.Time  `db:"created_at"`
	RetiredAt *time.Time `db:"retired_at"` // nil: partners see it

	MediaType  string `db:"media_type"` // of the file
	FileName   string `db:"file_name"`
	Size       int64  `db:"size"` // bytes
	HasPreview bool   `db:"has_preview"`

	Clicks *int64 `db:"-"` // clicks that it brought the partner who asks; nil: not counted
}

// File is a version of a material's file, which never changes.
type File struct {
	MaterialID int64     `db:"material_id"`
	Version    int64     `db:"version"`
	MediaType  string    `db:"media_type"`
	Name       string    `db:"file_name"` // the file name for saving it
	Digest     []byte    `db:"digest"`    // SHA-256 of Content
	Content    []byte    `db:"content"`   // a text's words, a landing's or a widget's address, or the file
	Preview    []byte    `db:"preview"`   // PNG; nil: none
	CreatedAt  time.Time `db:"created_at"`
}

// Size is a width and a height in pixels.
type Size struct{ Width, Height int64 }

// Filter narrows a list of materials; zero fields do not filter.
type Filter struct {
	Kinds     []string
	Languages []string
	Sizes     []Size
	Themes    []string
	Products  []string
	Retired   *bool
	Page      page.Page // newest first unless it says otherwise
}

// Values are the values to filter by, each list sorted.
type Values struct {
	Kinds, Languages, Themes, Products []string
	Sizes                              []Size
}

// Code is what the library needs to know about a partner's link code.
type Code struct {
	Programme string
	Blocked   bool
}

// Store keeps the library. Methods that find one thing return ErrUnknown if
// there is none. SQLStore implements it, and the tests of images and embeds with
// a library of one material.
type Store interface {
	// Materials returns a page of the materials, and how many there are.
	Materials(ctx context.Context, f Filter) (list []Material, count int64, err error)
	// Values returns the values of the materials that are not retired.
	Values(ctx context.Context) (Values, error)
	Material(ctx context.Context, materialID int64) (Material, error)
	// File returns a version of a material's file: its content, or only its
	// preview.
	File(ctx context.Context, materialID, version int64, preview bool) (File, error)
	// Add stores a new material with its first file and gives it its number. It
	// returns ErrTooMany if the library is full.
	Add(ctx context.Context, m *Material, f *File, most int) error
	// Atomically runs fn in one transaction, and never two of these at the same
	// time. What fn does with its context is committed together or not at all.
	// fn may be called several times; the last call counts.
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
	// Update changes a material. change gets its current state, under a lock,
	// and returns the file of its next version, or nil to keep the version.
	Update(ctx context.Context, materialID int64, change func(*Material) (*File, error)) (Material, error)
	// Code finds a link code among the partner's own.
	Code(ctx context.Context, partnerID id.UUID, code string) (Code, error)
}

// Campaigns finds partners' campaigns, and the domains and pages of links.
// *campaign.Service implements it, and the tests with one fixed campaign.
type Campaigns interface {
	Get(ctx context.Context, partnerID id.UUID, code string) (campaign.Campaign, error)
	Domains(ctx context.Context) ([]campaign.Domain, error)
	Pages(ctx context.Context) ([]campaign.Page, error)
}

// Clicks counts the clicks that materials have brought a partner in all time.
type Clicks func(ctx context.Context, partnerID id.UUID, materials []int64) (map[int64]int64, error)
