package demo

import (
	"image/color"
	"math"
	"strings"
)

// These are the themes of the demo's promo material.
const (
	themeDark  = "dark"
	themeLight = "light"
)

type look struct {
	from, to          color.RGBA
	head, line        color.RGBA
	button, onButton  color.RGBA
	accent, up, faint color.RGBA
}

var looks = map[string]look{
	themeDark: {
		from: color.RGBA{0x0b, 0x1f, 0x2d, 0xff}, to: color.RGBA{0x14, 0x4b, 0x5c, 0xff},
		head: color.RGBA{0xff, 0xff, 0xff, 0xff}, line: color.RGBA{0xc4, 0xd8, 0xde, 0xff},
		button: color.RGBA{0xf2, 0xb6, 0x3c, 0xff}, onButton: color.RGBA{0x1c, 0x24, 0x2b, 0xff},
		accent: color.RGBA{0xf2, 0xb6, 0x3c, 0xff}, up: color.RGBA{0xf7, 0xd0, 0x7d, 0xff}, faint: color.RGBA{0x5f, 0x8d, 0x9c, 0xff},
	},
	themeLight: {
		from: color.RGBA{0xff, 0xff, 0xff, 0xff}, to: color.RGBA{0xdc, 0xec, 0xf1, 0xff},
		head: color.RGBA{0x0f, 0x2f, 0x3e, 0xff}, line: color.RGBA{0x45, 0x63, 0x70, 0xff},
		button: color.RGBA{0x0f, 0x6b, 0x87, 0xff}, onButton: color.RGBA{0xff, 0xff, 0xff, 0xff},
		accent: color.RGBA{0x0f, 0x6b, 0x87, 0xff}, up: color.RGBA{0x3f, 0xa3, 0xb8, 0xff}, faint: color.RGBA{0x9f, 0xc2, 0xcd, 0xff},
	},
}

type area struct{ x, y, width, height float64 }

// drawBanner draws a banner with text, a button and a chart. The layout depends
// on the shape of the banner.
func drawBanner(f *fonts, width, height int, theme string, words bannerWords) *canvas {
	c, l := newCanvas(width, height), looks[theme]
	c.wash(l.from, l.to)
	w, h := float64(width), float64(height)
	switch {
	case width > 3*height:
		c.drawChart(&l, area{w * 0.5, 0, w * 0.5, h}, 18)
		c.drawMark(&l, 22, h/2-19, 38)
		c.write(f.bold, 28, l.head, words.head, 76, h/2-3)
		c.write(f.regular, fit(f.regular, words.line, 15, w*0.52), l.line, words.line, 77, h/2+22)
		c.drawButton(f, &l, words.button, 16, w-24, h/2, 1)
	case height > 2*width:
		c.drawChart(&l, area{0, h * 0.44, w, h * 0.38}, 7)
		c.drawMark(&l, 18, 24, 34)
		at := c.writeParagraph(f, true, l.head, words.head, 25, 18, 100, w-32)
		c.writeParagraph(f, false, l.line, words.line, 15, 18, at+10, w-32)
		c.drawButton(f, &l, words.button, 15, w/2, h-48, 0.5)
	default:
		unit := w / 300
		c.drawChart(&l, area{w * 0.2, h - w*0.38, w * 0.8, w * 0.38}, 15)
		c.drawMark(&l, 20*unit, 20*unit, 30*unit)
		c.write(f.bold, 13*unit, l.line, "Tributary Demo", 58*unit, 40*unit)
		at := c.writeParagraph(f, true, l.head, words.head, 29*unit, 20*unit, 88*unit, w-40*unit)
		c.writeParagraph(f, false, l.line, words.line, 14*unit, 20*unit, at+6*unit, w-40*unit)
		c.drawButton(f, &l, words.button, 14*unit, 20*unit, h-38*unit, 0)
	}
	return c
}

// writeParagraph writes text on as many lines as the width requires. y is the
// baseline of the first line. The result is the baseline of the next line.
func (c *canvas) writeParagraph(f *fonts, bold bool, paint color.RGBA, text string, size, x, y, width float64) float64 {
	face, leading := f.regular, 1.35
	if bold {
		face, leading = f.bold, 1.12
	}
	for word := range strings.FieldsSeq(text) {
		size = fit(face, word, size, width)
	}
	for _, line := range wrapLines(face, size, text, width) {
		c.write(face, size, paint, line, x, y)
		y += size * leading
	}
	return y
}

// drawButton draws a button. y is its vertical centre. leftShare is the fraction
// of its width that is to the left of x.
func (c *canvas) drawButton(f *fonts, l *look, text string, size, x, y, leftShare float64) {
	width, height := long(f.bold, size, text)+size*2, size*2.3
	x -= width * leftShare
	c.fillRounded(fade(color.RGBA{A: 0xff}, 0.18), float32(x), float32(y-height/2+size/8), float32(width), float32(height), float32(height/2))
	c.fillRounded(l.button, float32(x), float32(y-height/2), float32(width), float32(height), float32(height/2))
	c.write(f.bold, size, l.onButton, text, x+size, y+size*0.35)
}

// drawMark draws the logo of the demo's broker, three streams that join.
func (c *canvas) drawMark(l *look, x, y, side float64) {
	c.fillRounded(l.accent, float32(x), float32(y), float32(side), float32(side), float32(side*0.24))
	ink := l.onButton
	at := func(px, py float64) point { return point{float32(x + px*side), float32(y + py*side)} }
	const half = 0.055
	stroke := func(x1, y1, x2, y2 float64) {
		length := math.Hypot(x2-x1, y2-y1)
		dx, dy := (y2-y1)/length*half, (x1-x2)/length*half
		c.fill(ink, at(x1+dx, y1+dy), at(x2+dx, y2+dy), at(x2-dx, y2-dy), at(x1-dx, y1-dy))
		for _, end := range []point{at(x1, y1), at(x2, y2)} {
			c.circle(ink, end.x, end.y, float32(half*side))
		}
	}
	stroke(0.5, 0.8, 0.5, 0.2)
	stroke(0.22, 0.3, 0.5, 0.58)
	stroke(0.78, 0.22, 0.5, 0.46)
}

// drawChart draws a candlestick chart with a rising trend.
func (c *canvas) drawChart(l *look, a area, candles int) {
	curve := func(at float64) float64 { // returns 0 for the bottom and 1 for the top
		return 0.16 + 0.5*at + 0.09*math.Sin(at*9.5) + 0.05*math.Sin(at*23+1)
	}
	y := func(value float64) float32 { return float32(a.y + a.height*(1-value)) }
	const steps = 96
	bottom := float32(c.img.Bounds().Dy())
	ground := []point{{float32(a.x), bottom}}
	for i := range steps + 1 {
		at := float64(i) / steps
		begins := math.Min(1, 3*at)
		high := y(curve(at) - 0.06)
		ground = append(ground, point{float32(a.x + a.width*at), bottom + (high-bottom)*float32(begins*begins*(3-2*begins))})
	}
	ground = append(ground, point{float32(a.x + a.width), bottom})
	c.fill(fade(l.faint, 0.22), ground...)
	step := a.width / float64(candles)
	for i := range candles {
		at := (float64(i) + 0.5) / float64(candles)
		from, to := curve(at-0.5/float64(candles)), curve(at+0.5/float64(candles))
		paint := fade(l.up, 0.15+0.75*at)
		if to < from {
			from, to = to, from
			paint = fade(l.faint, 0.1+0.7*at)
		}
		to = math.Max(to, from+0.05)
		x := a.x + a.width*at
		wick := math.Max(1, step*0.07)
		c.fillRounded(paint, float32(x-wick/2), y(to+0.05), float32(wick), float32((to-from+0.1)*a.height), 0)
		c.fillRounded(paint, float32(x-step*0.28), y(to), float32(step*0.56), float32((to-from)*a.height), float32(math.Min(step*0.08, 4)))
	}
}

// drawLogo draws the broker's logo and name on a transparent background.
func drawLogo(f *fonts, theme string) *canvas {
	c, l := newCanvas(640, 180), looks[theme]
	c.drawMark(&l, 20, 20, 140)
	c.write(f.bold, 72, l.head, "Tributary", 190, 100)
	c.write(f.regular, 32, l.line, "demo broker", 193, 148)
	return c
}
