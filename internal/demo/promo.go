package demo

import (
	"bytes"
	"fmt"
	"image/png"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/promo"
)

// Material is one piece of promo material of the demo.
type Material struct {
	Kind promo.Kind
	promo.Draft
}

const demoLanding = "https://broker.example.com/open-account"

// These are the names of landing pages.
const (
	accountPage = "open-account"
	goldPage    = "gold"
)

// LandingPages returns the pages to which the demo's tracked links can lead.
func LandingPages() []campaign.Page {
	return []campaign.Page{
		{URL: "https://broker.example.com/", Title: "Home"},
		{Name: accountPage, URL: demoLanding, Title: "Open an account"},
		{Name: goldPage, URL: "https://broker.example.com/gold", Title: "Trade gold"},
	}
}

type bannerWords struct{ language, head, line, button string }

var (
	goldWords = []bannerWords{
		{"en", "Trade gold", "Spreads from 8 points, day and night", "Open account"},
		{"es", "Opera con oro", "Spreads desde 8 puntos, día y noche", "Abrir cuenta"},
		{"pt", "Negocie ouro", "Spreads a partir de 8 pontos, dia e noite", "Abrir conta"},
	}
	forexWords = []bannerWords{
		{"en", "Currencies, clearly", "One price, no commission, paid out fast", "Start now"},
		{"es", "Divisas, con claridad", "Un precio, sin comisión, retiros rápidos", "Empezar"},
		{"pt", "Moedas, com clareza", "Um preço, sem comissão, saques rápidos", "Começar"},
	}
)

// banners are the banners to draw, in sizes that are common in advertising.
var banners = []struct {
	width, height int
	theme         string
	words         bannerWords
}{
	{728, 90, themeDark, goldWords[0]},
	{728, 90, themeLight, forexWords[1]},
	{728, 90, themeDark, goldWords[2]},
	{300, 250, themeDark, goldWords[0]},
	{300, 250, themeLight, forexWords[0]},
	{300, 250, themeDark, goldWords[1]},
	{300, 250, themeLight, forexWords[2]},
	{160, 600, themeDark, goldWords[0]},
	{160, 600, themeLight, forexWords[1]},
	{1080, 1080, themeDark, goldWords[0]},
	{1080, 1080, themeLight, forexWords[0]},
	{1080, 1080, themeDark, goldWords[1]},
}

// Promo returns a small library of promo material.
func Promo() ([]Material, error) {
	var all []Material
	drawn := func(kind promo.Kind, title, language, theme, product string, c *canvas) error {
		var file bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestSpeed} // the promo library encodes the picture again, so its size does not matter here
		if err := encoder.Encode(&file, c.img); err != nil {
			return fmt.Errorf("drawing %q: %w", title, err)
		}
		all = append(all, Material{kind, promo.Draft{Title: &title, Language: &language, Theme: &theme, Product: &product, File: file.Bytes()}})
		return nil
	}
	fonts, err := newFonts()
	if err != nil {
		return nil, err
	}
	for _, b := range banners {
		product := "forex"
		if b.theme == themeDark {
			product = "metals"
		}
		c := drawBanner(fonts, b.width, b.height, b.theme, b.words)
		if err := drawn(promo.Banner, fmt.Sprintf("%s %dx%d", b.words.head, b.width, b.height), b.words.language, b.theme, product, c); err != nil {
			return nil, err
		}
	}
	for _, theme := range []string{themeLight, themeDark} {
		if err := drawn(promo.Logo, "Logo on "+theme, "", theme, "", drawLogo(fonts, theme)); err != nil {
			return nil, err
		}
	}
	return append(all, otherMaterial()...), nil
}

// otherMaterial returns the material that is not a picture: texts, a landing page and
// a widget.
func otherMaterial() []Material {
	text := func(kind promo.Kind, title, language, product string) Material {
		return Material{kind, promo.Draft{Title: &title, Language: &language, Product: &product}}
	}
	english := text(promo.Text, "Trade gold with tight spreads", "en", "metals")
	words := "Gold moves while others sleep. Trade it with spreads from 8 points, on the account that suits you.\n\n" +
		"Trading is risky: you may lose what you put in."
	english.Text = &words
	spanish := text(promo.Text, "Opera con oro", "es", "metals")
	palabras := "El oro se mueve mientras otros duermen. Opera con spreads desde 8 puntos, en la cuenta que más te convenga.\n\n" +
		"Operar conlleva riesgos: puedes perder lo que inviertes."
	spanish.Text = &palabras
	landing := text(promo.Landing, "Open an account", "en", "")
	address := demoLanding
	landing.Address = &address
	widget := text(promo.Widget, "Live prices", "en", "forex")
	frame, width, height := "https://broker.example.com/widgets/prices", int64(320), int64(240)
	widget.Address, widget.Width, widget.Height = &frame, &width, &height
	return []Material{english, spanish, landing, widget}
}
