package promo_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/promo"
)

func box(name, body string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))) + name + body
}

func mp4() []byte {
	return []byte(box("ftyp", "isom\x00\x00\x02\x00isomavc1") + box("moov", strings.Repeat("m", 40)) + box("mdat", strings.Repeat("d", 80)))
}

// ebml returns an EBML element. Its size field has one byte.
func ebml(name, body string) string { return name + string([]byte{0x80 | byte(len(body))}) + body }

func webm(docType string) string {
	return ebml("\x1a\x45\xdf\xa3", ebml("\x42\x86", "\x01")+ebml("\x42\x82", docType)) + ebml("\x18\x53\x80\x67", strings.Repeat("s", 50))
}

func TestVideos(t *testing.T) {
	t.Parallel()
	whole := string(mp4())
	for name, c := range map[string]struct{ mediaType, file string }{
		"MP4":                           {"video/mp4", whole},
		"MP4, a box to the end":         {"video/mp4", whole + "\x00\x00\x00\x00freexyz"},
		"MP4, a box of 64 bits":         {"video/mp4", whole + "\x00\x00\x00\x01free\x00\x00\x00\x00\x00\x00\x00\x12xy"},
		"WebM":                          {"video/webm", webm("webm")},
		"WebM of unknown length":        {"video/webm", webm("webm")[:len(webm("webm"))-51] + "\x01\xff\xff\xff\xff\xff\xff\xff" + "cluster"},
		"Matroska":                      {"", webm("matroska")},
		"MP4 with a zip appended":       {"", whole + "PK\x03\x04" + strings.Repeat("z", 40)},
		"MP4 with a page appended":      {"", whole + "<script>alert(1)</script>"},
		"MP4 cut off":                   {"", whole[:len(whole)-1]},
		"MP4 without a movie":           {"", box("ftyp", "isom\x00\x00\x02\x00") + box("mdat", "x")},
		"MP4 that is HEIC":              {"", box("ftyp", "heic\x00\x00\x02\x00") + box("moov", "x") + box("mdat", "x")},
		"a box smaller than its header": {"", whole + "\x00\x00\x00\x04free"},
		"a box whose size overflows":    {"", whole + "\x00\x00\x00\x01free\xff\xff\xff\xff\xff\xff\xff\xff"},
		"WebM with a page appended":     {"", webm("webm") + "<script>"},
		"WebM cut off":                  {"", webm("webm")[:20]},
		"an image":                      {"", string(pngOf(t, paintImage(2, 2)))},
		"nothing":                       {"", ""},
		"text":                          {"", "#EXTM3U"},
	} {
		if c.mediaType == "" {
			requireRefused(t, "invalid_video", promo.Video, []byte(c.file), name)
			continue
		}
		kept, err := upload(t, promo.Video, []byte(c.file))
		require.NoError(t, err, name)
		require.Equal(t, c.mediaType, kept.f.MediaType, name)
		require.Equal(t, c.file, string(kept.f.Content), name)
		require.Nil(t, kept.f.Preview)
	}
	requireRefused(t, "max_size", promo.Video, make([]byte, promo.MaxVideo+1), "too large")
}

func FuzzVideo(f *testing.F) {
	f.Add(mp4())
	f.Add([]byte(webm("webm")))
	f.Fuzz(func(t *testing.T, file []byte) {
		if kept, err := upload(t, promo.Video, file); err == nil {
			require.Equal(t, file, kept.f.Content)
		}
	})
}
