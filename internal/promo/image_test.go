package promo_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/promo"
)

// shelf is a Store with one material. It also implements Campaigns.
type shelf struct {
	promo.Store

	m promo.Material
	f promo.File
}

func (s *shelf) Add(_ context.Context, m *promo.Material, f *promo.File, _ int) error {
	m.ID = 7
	s.m, s.f = *m, *f
	return nil
}

func (*shelf) Atomically(ctx context.Context, fn func(context.Context) error) error { return fn(ctx) }

func (s *shelf) Material(context.Context, int64) (promo.Material, error) { return s.m, nil }

func (s *shelf) File(context.Context, int64, int64, bool) (promo.File, error) { return s.f, nil }

func (*shelf) Code(_ context.Context, _ id.UUID, code string) (promo.Code, error) {
	if code != "alpha" {
		return promo.Code{}, promo.ErrUnknown
	}
	return promo.Code{Programme: "ib"}, nil
}

func (*shelf) Get(context.Context, id.UUID, string) (campaign.Campaign, error) {
	return campaign.Campaign{
		Base:  "https://go.example.com/x/a/alpha?campaign=spring",
		Links: []campaign.Link{{ID: 17, Page: "gold", Address: "https://go.example.com/x/a/alpha?campaign=spring&l=17"}},
	}, nil
}

func (*shelf) Domains(context.Context) ([]campaign.Domain, error) {
	return []campaign.Domain{{Domain: "go.example.com", Scheme: "https"}, {Domain: "two.example.com:8443", Scheme: "http"}}, nil
}

func (*shelf) Pages(context.Context) ([]campaign.Page, error) {
	return []campaign.Page{{URL: "https://lp.example.com/"}, {Name: "gold", URL: "https://lp.example.com/gold"}}, nil
}

func (*shelf) Address(_ context.Context, code, _ string) (partner.LinkAddress, error) {
	return partner.LinkAddress{URL: "https://go.example.com/x/a/" + code}, nil
}

func library(tb testing.TB) (*promo.Service, *shelf) {
	tb.Helper()
	public, err := url.Parse("https://partners.example.com/")
	require.NoError(tb, err)
	base, err := url.Parse("https://go.example.com/x")
	require.NoError(tb, err)
	s := &shelf{}
	return promo.New(s, clock.At(time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)), promo.Config{Campaigns: s, Address: s.Address, Public: public, LinkBase: base}), s
}

func addMaterial(tb testing.TB, s *promo.Service, kind promo.Kind, d promo.Draft) (promo.Material, error) {
	tb.Helper()
	ready, err := s.Prepare(tb.Context(), kind, d)
	if err != nil {
		return promo.Material{}, err
	}
	return s.Add(tb.Context(), ready)
}

func upload(tb testing.TB, kind promo.Kind, file []byte) (*shelf, error) {
	tb.Helper()
	s, kept := library(tb)
	title := "x"
	_, err := addMaterial(tb, s, kind, promo.Draft{Title: &title, File: file})
	return kept, err
}

// requireRefused checks that an upload fails with ValidationError for file and
// this code.
func requireRefused(t *testing.T, code string, kind promo.Kind, file []byte, name string) {
	t.Helper()
	_, err := upload(t, kind, file)
	var e *fault.Error
	require.ErrorAs(t, err, &e, name)
	require.Equal(t, fault.ValidationError, e.Code, name)
	require.Len(t, e.Fields, 1, name)
	require.Equal(t, "file", e.Fields[0].Name, name)
	require.Equal(t, code, e.Fields[0].Code, name)
}

func paintImage(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 7), uint8(y * 11), uint8(x * y), uint8(128 + x%128)})
		}
	}
	return img
}

func pngOf(tb testing.TB, img image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, png.Encode(&out, img))
	return out.Bytes()
}

func chunk(name, body string) string {
	size := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(name+body)))
	return string(size) + name + body + string(sum)
}

const secret = "SECRET-gps-and-<script>"

func samePixels(t *testing.T, want, got image.Image) {
	t.Helper()
	require.Equal(t, want.Bounds().Size(), got.Bounds().Size())
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			a := color.NRGBAModel.Convert(want.At(x+want.Bounds().Min.X, y+want.Bounds().Min.Y))
			b := color.NRGBAModel.Convert(got.At(x+got.Bounds().Min.X, y+got.Bounds().Min.Y))
			require.Equal(t, a, b, "%d, %d", x, y)
		}
	}
}

func TestPNG_KeepsItsPixelsAndNothingElse(t *testing.T) {
	t.Parallel()
	img := paintImage(400, 100)
	raw := string(pngOf(t, img))
	const head = 8 + 25
	hidden := raw[:head] + chunk("tEXt", "Comment\x00"+secret) + chunk("eXIf", secret) + raw[head:] + "PK\x03\x04" + secret
	kept, err := upload(t, promo.Banner, []byte(hidden))
	require.NoError(t, err)
	require.NotContains(t, string(kept.f.Content), secret)
	got, err := png.Decode(bytes.NewReader(kept.f.Content))
	require.NoError(t, err)
	samePixels(t, img, got)
	require.Equal(t, "image/png", kept.f.MediaType)
	require.EqualValues(t, 400, *kept.m.Width)
	require.EqualValues(t, 100, *kept.m.Height)
	preview, err := png.DecodeConfig(bytes.NewReader(kept.f.Preview))
	require.NoError(t, err)
	require.Equal(t, [2]int{320, 80}, [2]int{preview.Width, preview.Height})
}

func TestGIF_KeepsItsFrames(t *testing.T) {
	t.Parallel()
	colours := color.Palette{color.Black, color.White, color.NRGBA{255, 0, 0, 255}}
	all := &gif.GIF{LoopCount: 3}
	for n := range 3 {
		frame := image.NewPaletted(image.Rect(n, n, 20, 10), colours)
		for i := range frame.Pix {
			frame.Pix[i] = uint8((i + n) % 3)
		}
		all.Image, all.Delay, all.Disposal = append(all.Image, frame), append(all.Delay, 10*n), append(all.Disposal, gif.DisposalNone)
	}
	var out bytes.Buffer
	require.NoError(t, gif.EncodeAll(&out, all))
	raw := out.String()
	end := len(raw) - 1
	hidden := raw[:end] + "\x21\xfe" + string(rune(len(secret))) + secret + "\x00" + raw[end:] + secret
	kept, err := upload(t, promo.Logo, []byte(hidden))
	require.NoError(t, err)
	require.NotContains(t, string(kept.f.Content), secret)
	got, err := gif.DecodeAll(bytes.NewReader(kept.f.Content))
	require.NoError(t, err)
	require.Len(t, got.Image, 3)
	require.Equal(t, all.Delay, got.Delay)
	require.Equal(t, all.LoopCount, got.LoopCount)
	for n := range 3 {
		require.Equal(t, all.Image[n].Rect, got.Image[n].Rect)
		samePixels(t, all.Image[n], got.Image[n])
	}
}

// exif returns the EXIF segment of a JPEG with this orientation.
func exif(turn byte) string {
	body := "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string([]byte{turn}) + "\x00\x00\x00\x00\x00\x00" + secret
	return "\xff\xe1" + string(binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))) + body
}

func TestJPEG_IsTurnedAsItsMetadataSays(t *testing.T) {
	t.Parallel()
	img := image.NewRGBA(image.Rect(0, 0, 64, 32)) // red in its top left quarter
	for y := range 32 {
		for x := range 64 {
			c := color.RGBA{0, 0, 255, 255}
			if x < 32 && y < 16 {
				c = color.RGBA{255, 0, 0, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, nil))
	raw := out.String()
	for turn, red := range map[byte]image.Point{ // where the red quarter must be afterwards, in halves of the image
		1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}, 9: {0, 0},
	} {
		kept, err := upload(t, promo.Banner, []byte(raw[:2]+exif(turn)+raw[2:]+secret))
		require.NoError(t, err)
		require.NotContains(t, string(kept.f.Content), secret)
		require.Equal(t, "image/jpeg", kept.f.MediaType)
		got, err := jpeg.Decode(bytes.NewReader(kept.f.Content))
		require.NoError(t, err)
		width, height := 64, 32
		if turn >= 5 && turn <= 8 {
			width, height = 32, 64
		}
		require.Equal(t, image.Pt(width, height), got.Bounds().Size(), turn)
		for y := range 2 {
			for x := range 2 {
				r, _, b, _ := got.At(x*width/2+width/4, y*height/2+height/4).RGBA()
				require.Equal(t, image.Pt(x, y) == red, r > b, "orientation %d at %d, %d", turn, x, y)
			}
		}
	}
}

const tinyWebP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

func TestWebP_BecomesPNG(t *testing.T) {
	t.Parallel()
	raw, err := base64.StdEncoding.DecodeString(tinyWebP)
	require.NoError(t, err)
	kept, err := upload(t, promo.Logo, raw)
	require.NoError(t, err)
	require.Equal(t, "image/png", kept.f.MediaType)
	require.Equal(t, "x-1.png", kept.f.Name)
	require.EqualValues(t, 1, *kept.m.Width)

	large := bytes.Clone(raw)
	binary.LittleEndian.PutUint32(large[21:], 16382|16382<<14)
	requireRefused(t, "max_pixels", promo.Logo, large, "a bomb")
	extended := "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00" + "\xfe\x3f\x00" + "\xfe\x3f\x00"
	requireRefused(t, "max_pixels", promo.Logo, []byte(string(raw[:12])+extended+string(raw[12:])), "a bomb in its frame")
}

func jpegOf(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, paintImage(10, 10), nil))
	return out.Bytes()
}

func TestImages_Refused(t *testing.T) {
	t.Parallel()
	raw := pngOf(t, paintImage(10, 10))
	bomb := func(width, height uint32) []byte {
		head := string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)) + "\x08\x06\x00\x00\x00"
		return []byte(string(raw[:8]) + chunk("IHDR", head) + string(raw[33:]))
	}
	var frames bytes.Buffer
	many := &gif.GIF{}
	for range 24 {
		many.Image, many.Delay = append(many.Image, image.NewPaletted(image.Rect(0, 0, 1500, 1500), color.Palette{color.Black, color.White})), append(many.Delay, 1)
	}
	require.NoError(t, gif.EncodeAll(&frames, many))
	for name, c := range map[string]struct {
		code string
		file []byte
	}{
		"nothing":              {"invalid_image", []byte{}},
		"SVG":                  {"invalid_image", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
		"HTML":                 {"invalid_image", []byte("<!doctype html><script>alert(1)</script>")},
		"a signature":          {"invalid_image", raw[:8]},
		"half":                 {"invalid_image", raw[:len(raw)/2]},
		"behind something":     {"invalid_image", append([]byte("PK\x03\x04"), raw...)},
		"a GIF only in name":   {"invalid_image", []byte("GIF89a\x01\x00\x01\x00*/=1;alert(1)")},
		"BMP":                  {"invalid_image", []byte("BM" + strings.Repeat("\x00", 60))},
		"TIFF":                 {"invalid_image", []byte("II*\x00" + strings.Repeat("\x00", 60))},
		"a video":              {"invalid_image", mp4()},
		"no pixels":            {"invalid_image", bomb(0, 10)},
		"a bomb":               {"max_pixels", bomb(60_000, 60_000)},
		"a long bomb":          {"max_pixels", bomb(promo.MaxSide+1, 1)},
		"a bomb of 16 bits":    {"max_pixels", bomb(5000, 5000)},
		"a bomb of frames":     {"max_pixels", frames.Bytes()},
		"too large":            {"max_size", append(bytes.Clone(raw), make([]byte, promo.MaxImage)...)},
		"a JPEG of many scans": {"invalid_image", slices.Concat(jpegOf(t), bytes.Repeat([]byte("\xff\xda\x00"), 101))},
		"an unfinished JPEG":   {"invalid_image", []byte("\xff\xd8\xff\xe0\x00\x10JFIF")},
	} {
		requireRefused(t, c.code, promo.Banner, c.file, name)
	}
}

func FuzzImage(f *testing.F) {
	f.Add(pngOf(f, paintImage(3, 3)))
	raw, err := base64.StdEncoding.DecodeString(tinyWebP)
	require.NoError(f, err)
	f.Add(raw)
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b"))
	f.Add([]byte("\xff\xd8" + exif(6)))
	f.Fuzz(func(t *testing.T, file []byte) {
		kept, err := upload(t, promo.Banner, file)
		if err != nil {
			require.Equal(t, fault.ValidationError, fault.CodeOf(err))
			return
		}
		_, _, err = image.DecodeConfig(bytes.NewReader(kept.f.Content))
		require.NoError(t, err)
	})
}
