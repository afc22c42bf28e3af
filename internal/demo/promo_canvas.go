package demo

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

type fonts struct{ bold, regular *opentype.Font }

func newFonts() (*fonts, error) {
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, fmt.Errorf("reading the bold font: %w", err)
	}
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("reading the regular font: %w", err)
	}
	return &fonts{bold, regular}, nil
}

type canvas struct{ img *image.RGBA }

type point struct{ x, y float32 }

func newCanvas(width, height int) *canvas {
	return &canvas{image.NewRGBA(image.Rect(0, 0, width, height))}
}

// blend mixes two colours. It returns a if ratio is 0, and b if ratio is 1.
func blend(a, b color.RGBA, ratio float64) color.RGBA {
	ratio = math.Max(0, math.Min(1, ratio))
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + (float64(y)-float64(x))*ratio)) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), mix(a.A, b.A)}
}

func fade(c color.RGBA, alpha float64) color.RGBA { return blend(color.RGBA{}, c, alpha) }

// wash fills the canvas with a gradient from the top left to the bottom right
// corner.
func (c *canvas) wash(from, to color.RGBA) {
	b := c.img.Bounds()
	const steps = 256
	var between [steps + 1]color.RGBA
	for i := range between {
		between[i] = blend(from, to, float64(i)/steps)
	}
	reach := b.Dx() + b.Dy()
	for y := range b.Dy() {
		row := c.img.Pix[y*c.img.Stride:]
		for x := range b.Dx() {
			p := between[(x+y)*steps/reach]
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = p.R, p.G, p.B, p.A
		}
	}
}

// pen draws an outline with a rasterizer that covers only a part of the canvas.
// corner is the top left corner of that part.
type pen struct {
	r      *vector.Rasterizer
	corner image.Point
}

func (p pen) toLocal(x, y float32) (px, py float32) {
	return x - float32(p.corner.X), y - float32(p.corner.Y)
}

func (p pen) move(x, y float32) { p.r.MoveTo(p.toLocal(x, y)) }

func (p pen) line(x, y float32) { p.r.LineTo(p.toLocal(x, y)) }

func (p pen) curve(ax, ay, bx, by, x, y float32) {
	ax, ay = p.toLocal(ax, ay)
	bx, by = p.toLocal(bx, by)
	x, y = p.toLocal(x, y)
	p.r.CubeTo(ax, ay, bx, by, x, y)
}

func (c *canvas) fill(paint color.Color, corners ...point) {
	least, most := corners[0], corners[0]
	for _, p := range corners {
		least = point{min(least.x, p.x), min(least.y, p.y)}
		most = point{max(most.x, p.x), max(most.y, p.y)}
	}
	c.paint(paint, least, most, func(to pen) {
		to.move(corners[0].x, corners[0].y)
		for _, p := range corners[1:] {
			to.line(p.x, p.y)
		}
	})
}

// paint fills an outline. The outline must lie within the rectangle from topLeft
// to bottomRight.
func (c *canvas) paint(paint color.Color, topLeft, bottomRight point, outline func(pen)) {
	part := image.Rect(int(topLeft.x)-1, int(topLeft.y)-1, int(bottomRight.x)+2, int(bottomRight.y)+2).Intersect(c.img.Bounds())
	if part.Empty() {
		return
	}
	to := pen{vector.NewRasterizer(part.Dx(), part.Dy()), part.Min}
	outline(to)
	to.r.ClosePath()
	to.r.Draw(c.img, part, image.NewUniform(paint), image.Point{})
}

func (c *canvas) fillRounded(paint color.Color, x, y, width, height, radius float32) {
	right, bottom := x+width, y+height
	c.paint(paint, point{x, y}, point{right, bottom}, func(to pen) {
		const bend = 0.5523 // with control points at this distance, a cubic curve is almost a quarter of a circle
		k := radius * (1 - bend)
		to.move(x+radius, y)
		to.line(right-radius, y)
		to.curve(right-k, y, right, y+k, right, y+radius)
		to.line(right, bottom-radius)
		to.curve(right, bottom-k, right-k, bottom, right-radius, bottom)
		to.line(x+radius, bottom)
		to.curve(x+k, bottom, x, bottom-k, x, bottom-radius)
		to.line(x, y+radius)
		to.curve(x, y+k, x+k, y, x+radius, y)
	})
}

func (c *canvas) circle(paint color.Color, x, y, radius float32) {
	c.fillRounded(paint, x-radius, y-radius, 2*radius, 2*radius, radius)
}

func face(f *opentype.Font, size float64) font.Face {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(fmt.Sprintf("demo: making a font of %f pixels: %v", size, err)) // all sizes come from this package and are valid
	}
	return face
}

// write writes a line of text. x is its left end, and y is its baseline.
func (c *canvas) write(f *opentype.Font, size float64, paint color.Color, text string, x, y float64) {
	d := font.Drawer{
		Dst: c.img, Src: image.NewUniform(paint), Face: face(f, size),
		Dot: fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(y * 64)},
	}
	d.DrawString(text)
}

func long(f *opentype.Font, size float64, text string) float64 {
	return float64(font.MeasureString(face(f, size), text)) / 64
}

// fit returns the largest font size, up to maxSize, at which a line of text is
// not wider than width.
func fit(f *opentype.Font, text string, maxSize, width float64) float64 {
	if l := long(f, maxSize, text); l > width {
		return maxSize * width / l
	}
	return maxSize
}

// wrapLines breaks a text into lines that are not wider than width. A wider word
// gets a line of its own.
func wrapLines(f *opentype.Font, size float64, text string, width float64) []string {
	var broken []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if longer := line + " " + word; line != "" && long(f, size, longer) <= width {
			line = longer
			continue
		}
		if line != "" {
			broken = append(broken, line)
		}
		line = word
	}
	return append(broken, line)
}
