package promo

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	free "github.com/tributary-server/tributary/internal/text"
)

// Draft has the fields that the broker sends to create or change a material. A
// nil field was not sent. It leaves the value of an existing material
// unchanged, and is empty in a new material.
type Draft struct {
	Title    *string
	Language *string
	Theme    *string
	Product  *string
	Width    *int64 // only for a video or a widget, because the server measures images itself
	Height   *int64
	File     []byte  // for a banner, a logo or a video
	Text     *string // for a text
	Address  *string // for a landing page or a widget
}

// LanguagePattern matches a language, and also the empty string.
const LanguagePattern = `^([a-z]{2,3}(-[A-Z]{2})?)?$`

var (
	languagePattern = regexp.MustCompile(LanguagePattern)
	// namePattern does not match commas, because filters use commas between
	// names.
	namePattern = regexp.MustCompile(`^[\pL\pN][\pL\pN _.&+/-]*$`)
)

// describe copies the draft's title, language, theme and product to m, and adds
// a fault for each invalid field.
func (d *Draft) describe(m *Material, faults *fault.Fields) {
	if d.Title != nil {
		m.Title = strings.Join(strings.Fields(*d.Title), " ")
		if m.Title == "" {
			faults.Add("title", "blank", "This field may not be blank.")
		}
		faults.Text("title", m.Title, free.Title)
	}
	if d.Language != nil {
		m.Language = strings.TrimSpace(*d.Language)
		if !languagePattern.MatchString(m.Language) {
			faults.Add("language", "invalid", "Send a language such as en or pt-BR.")
		}
	}
	for _, f := range []struct {
		name     string
		from, to *string
	}{{"theme", d.Theme, &m.Theme}, {"product", d.Product, &m.Product}} {
		if f.from == nil {
			continue
		}
		*f.to = strings.TrimSpace(*f.from)
		switch long := free.Label.Fault(*f.to); {
		case long != "":
			faults.Add(f.name, "max_length", long)
		case *f.to != "" && !namePattern.MatchString(*f.to):
			faults.Add(f.name, "invalid", "Send only letters, digits, spaces and _ . & + / -.")
		}
	}
	d.measure(m, faults)
}

// measure copies width and height from the draft. It is for kinds of material
// that the server cannot measure.
func (d *Draft) measure(m *Material, faults *fault.Fields) {
	for _, f := range []struct {
		name string
		from *int64
		to   **int64
	}{{"width", d.Width, &m.Width}, {"height", d.Height, &m.Height}} {
		switch {
		case f.from == nil:
		case m.Kind != Video && m.Kind != Widget:
			faults.Add(f.name, "not_allowed", "Only videos and widgets have a size to set. Omit this field.")
		case *f.from < 1 || *f.from > MaxSide:
			faults.Add(f.name, "invalid", fmt.Sprintf("Send a number from 1 to %d.", MaxSide))
		default:
			*f.to = f.from
		}
	}
}

// readContent reads the material's new content, or returns nil if the draft has
// none.
func (d *Draft) readContent(m *Material, isNew bool, faults *fault.Fields) *File {
	fields := []struct {
		name  string
		given bool
		kinds []Kind
	}{
		{"file", d.File != nil, []Kind{Banner, Logo, Video}},
		{"text", d.Text != nil, []Kind{Text}},
		{"address", d.Address != nil, []Kind{Landing, Widget}},
	}
	before := len(*faults)
	for _, f := range fields {
		switch takes := slices.Contains(f.kinds, m.Kind); {
		case f.given && !takes:
			faults.Add(f.name, "not_allowed", fmt.Sprintf("A %s has no such field. Omit it.", m.Kind))
		case !f.given && takes && isNew:
			faults.Add(f.name, "required", "This field is required.")
		}
	}
	if len(*faults) > before {
		return nil
	}
	switch {
	case d.File != nil && m.Kind == Video:
		return videoFile(d.File, faults)
	case d.File != nil:
		return imageFile(m, d.File, faults)
	case d.Text != nil:
		return textFile(*d.Text, faults)
	case d.Address != nil:
		return addressFile(*d.Address, faults)
	}
	return nil
}

func textFile(text string, faults *fault.Fields) *File {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if text == "" {
		faults.Add("text", "blank", "This field may not be blank.")
	}
	faults.Lines("text", text, free.Body)
	return &File{MediaType: "text/plain; charset=utf-8", Content: []byte(text)}
}

func addressFile(address string, faults *fault.Fields) *File {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || free.Link.Exceeded(address) || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil ||
		strings.Trim(u.Host, hostCharacters) != "" {
		faults.Add("address", "invalid", fmt.Sprintf("Send a complete http or https address of at most %d characters.", free.Link))
		return nil
	}
	return &File{MediaType: "text/uri-list; charset=utf-8", Content: []byte(u.String())}
}

const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"
