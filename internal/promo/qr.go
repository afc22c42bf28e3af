package promo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"github.com/tributary-server/tributary/internal/fault"
)

// These are the limits and the default of a QR code's size, in pixels.
const (
	MinQR     = 64
	MaxQR     = 2048
	DefaultQR = 512
)

// quiet is the width in modules of the white border, which scanners need.
const quiet = 4

// QR is a QR code. A code is a square of black and white modules.
type QR struct {
	side int
	dark []bool // modules row by row; true means black
}

// NewQR encodes text. Scanners can read the code even if about 15 % of it is
// damaged.
func NewQR(text string) (*QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return nil, fmt.Errorf("making a QR code: %w", err)
	}
	side := code.Bounds().Dx()
	q := &QR{side: side, dark: make([]bool, side*side)}
	for y := range side {
		for x := range side {
			red, _, _, _ := code.At(x, y).RGBA()
			q.dark[y*side+x] = red == 0
		}
	}
	return q, nil
}

// PNG returns the code as a picture that is size pixels wide. Every module has
// a whole number of pixels. PNG returns ValidationError for size if the code
// does not fit.
func (q *QR) PNG(size int) ([]byte, error) {
	whole := q.side + 2*quiet
	scale := size / whole
	if scale < 1 {
		return nil, fault.Invalid("size", "min_value", fmt.Sprintf("The QR code of this link needs at least %d pixels.", whole))
	}
	img := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{color.White, color.Black})
	from := (size - q.side*scale) / 2
	for y := range q.side * scale {
		row := img.Pix[(from+y)*img.Stride+from:]
		for x := range q.side * scale {
			if q.dark[y/scale*q.side+x/scale] {
				row[x] = 1
			}
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// SVG returns the code as an SVG image. size is the nominal width in pixels.
func (q *QR) SVG(size int) []byte {
	whole := strconv.Itoa(q.side + 2*quiet)
	var path strings.Builder
	for y := range q.side {
		for x := 0; x < q.side; {
			length := 0
			for x+length < q.side && q.dark[y*q.side+x+length] {
				length++
			}
			if length > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, length, length)
			}
			x += length + 1
		}
	}
	n := strconv.Itoa(size)
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="` + n + `" height="` + n + `" viewBox="0 0 ` + whole + ` ` + whole +
		`" shape-rendering="crispEdges"><rect width="` + whole + `" height="` + whole + `" fill="#fff"/><path d="` + path.String() + `" fill="#000"/></svg>`)
}
