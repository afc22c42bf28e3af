package promo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/tributary-server/tributary/internal/fault"
)

// These errors say why an upload is refused.
var (
	errNoImage  = errors.New("the file is not a readable PNG, JPEG, GIF or WebP image")
	errTooLarge = errors.New("the image has too many pixels")
)

// jpegQuality is high enough that photos show no visible loss.
const jpegQuality = 92

// maxScans is the maximum number of scans in a progressive JPEG. The decoder
// processes all pixels for every scan, even for a scan of a few bytes, so many
// scans would be slow. Cameras and editors write about ten. redraw counts the
// marker that begins a scan, which cannot occur inside compressed data.
const maxScans = 100

// maxEncoded is the maximum size in bytes of a redrawn image. It is above
// MaxImage, because a WebP becomes larger when it is written as a PNG.
const maxEncoded = 2 * MaxImage

// imageFile decodes an image and encodes it again. The result has the same
// pixels, but neither metadata nor hidden data.
func imageFile(m *Material, upload []byte, faults *fault.Fields) *File {
	if len(upload) > MaxImage {
		faults.Add("file", "max_size", fmt.Sprintf("Send an image of at most %d MB.", MaxImage>>20))
		return nil
	}
	mediaType, content, first, err := redraw(upload)
	switch {
	case errors.Is(err, errTooLarge):
		faults.Add("file", "max_pixels", fmt.Sprintf("Send an image of at most %d pixels on a side, %d in total, and %d in all frames of an animation.",
			MaxSide, MaxPixels, maxFramePixels))
		return nil
	case err != nil:
		faults.Add("file", "invalid_image", "Send an undamaged PNG, JPEG, GIF or WebP image. SVG and other formats are not accepted.")
		return nil
	case len(content) > maxEncoded:
		faults.Add("file", "max_size", "The image would be too large when stored as "+mediaType+".")
		return nil
	}
	size := first.Bounds().Size()
	width, height := int64(size.X), int64(size.Y)
	m.Width, m.Height = &width, &height
	var preview bytes.Buffer
	if err := png.Encode(&preview, shrink(first, PreviewSide)); err != nil {
		faults.Add("file", "invalid_image", "No preview can be made of the image. Send another one.")
		return nil
	}
	return &File{MediaType: mediaType, Content: content, Preview: preview.Bytes()}
}

// redraw detects the format of an image from its content, decodes the image,
// and encodes it again in the same format. A WebP becomes a PNG.
func redraw(upload []byte) (mediaType string, content []byte, first image.Image, err error) {
	defer func() { // a decoder may panic on a malicious file
		if recover() != nil {
			err = errNoImage
		}
	}()
	var out bytes.Buffer
	switch {
	case bytes.HasPrefix(upload, []byte("\x89PNG\r\n\x1a\n")):
		mediaType = "image/png"
		if first, err = decode(upload, png.DecodeConfig, png.Decode); err == nil {
			err = png.Encode(&out, first)
		}
	case bytes.HasPrefix(upload, []byte("\xff\xd8\xff")):
		mediaType = "image/jpeg"
		if bytes.Count(upload, []byte("\xff\xda")) > maxScans {
			return "", nil, nil, errNoImage
		}
		if first, err = decode(upload, jpeg.DecodeConfig, jpeg.Decode); err == nil {
			first = turnUpright(first, orientation(upload))
			err = jpeg.Encode(&out, first, &jpeg.Options{Quality: jpegQuality})
		}
	case bytes.HasPrefix(upload, []byte("GIF87a")), bytes.HasPrefix(upload, []byte("GIF89a")):
		mediaType = "image/gif"
		first, err = redrawGIF(upload, &out)
	case len(upload) > 12 && string(upload[:4]) == "RIFF" && string(upload[8:12]) == "WEBP":
		mediaType = "image/png"
		if err = checkWebP(upload); err == nil {
			if first, err = decode(upload, webp.DecodeConfig, webp.Decode); err == nil {
				err = png.Encode(&out, first)
			}
		}
	default:
		err = errNoImage
	}
	return mediaType, out.Bytes(), first, err
}

// decode decodes an image, but first checks the size in its header.
func decode(upload []byte, config func(io.Reader) (image.Config, error), whole func(io.Reader) (image.Image, error)) (image.Image, error) {
	c, err := config(bytes.NewReader(upload))
	if err != nil {
		return nil, err
	}
	if err := checkSize(c.Width, c.Height); err != nil {
		return nil, err
	}
	return whole(bytes.NewReader(upload))
}

func checkSize(width, height int) error {
	if width < 1 || height < 1 {
		return errNoImage
	}
	if width > MaxSide || height > MaxSide || width*height > MaxPixels {
		return errTooLarge
	}
	return nil
}

// checkWebP checks the sizes in the parts of a WebP. The decoder allocates
// memory for these sizes, which may differ from the size in the file's header.
func checkWebP(upload []byte) error {
	for rest := upload[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:8]))
		body := rest[8:]
		if size > len(body) {
			return errNoImage
		}
		rest, body = body[min(size+size%2, len(body)):], body[:size]
		width, height := 1, 1
		switch {
		case name == "VP8 " && size >= 10:
			width, height = int(binary.LittleEndian.Uint16(body[6:])&0x3fff), int(binary.LittleEndian.Uint16(body[8:])&0x3fff)
		case name == "VP8L" && size >= 5:
			bits := binary.LittleEndian.Uint32(body[1:])
			width, height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		case name == "VP8X" && size >= 10:
			width = int(body[4]) | int(body[5])<<8 | int(body[6])<<16 + 1
			height = int(body[7]) | int(body[8])<<8 | int(body[9])<<16 + 1
		}
		if err := checkSize(width, height); err != nil {
			return err
		}
	}
	return nil
}

// shrink scales an image down so that neither its width nor its height exceeds
// side. It never enlarges an image.
func shrink(src image.Image, side int) image.Image {
	size := src.Bounds().Size()
	width, height := size.X, size.Y
	if longest := max(width, height); longest > side {
		width, height = max(1, width*side/longest), max(1, height*side/longest)
	}
	dst := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
	return dst
}

// maxFramePixels is the maximum number of pixels in all frames of an animation.
const maxFramePixels = 4 * MaxPixels

// redrawGIF decodes a GIF, and writes its frames, delays and colours to the given
// buffer. It returns the first frame.
func redrawGIF(upload []byte, out *bytes.Buffer) (image.Image, error) {
	c, err := gif.DecodeConfig(bytes.NewReader(upload))
	if err != nil {
		return nil, err
	}
	if err := checkSize(c.Width, c.Height); err != nil {
		return nil, err
	}
	if err := checkFrames(upload); err != nil {
		return nil, err
	}
	all, err := gif.DecodeAll(bytes.NewReader(upload))
	if err != nil {
		return nil, err
	}
	if err := gif.EncodeAll(out, all); err != nil {
		return nil, err
	}
	first := image.NewNRGBA(image.Rect(0, 0, c.Width, c.Height))
	draw.Draw(first, all.Image[0].Bounds(), all.Image[0], all.Image[0].Bounds().Min, draw.Src)
	return first, nil
}

// checkFrames returns errTooLarge if all frames of a GIF together have too many
// pixels. It reads only the headers of the frames.
func checkFrames(data []byte) error {
	const frameSize, perFrame = 10, 4096 // every frame counts as at least perFrame pixels, which limits the number of tiny frames
	table := func(flags byte) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (flags&7 + 1)
	}
	pixels := 0
	for at := 13 + table(data[10]); at < len(data); {
		switch data[at] {
		case 0x21: // extension
			at += 2
		case 0x2c:
			if at+frameSize > len(data) {
				return errNoImage
			}
			width, height := binary.LittleEndian.Uint16(data[at+5:]), binary.LittleEndian.Uint16(data[at+7:])
			if pixels += int(width)*int(height) + perFrame; pixels > maxFramePixels {
				return errTooLarge
			}
			at += frameSize + table(data[at+9]) + 1
		case 0x3b: // end of the file
			return nil
		default:
			return errNoImage
		}
		for at < len(data) && data[at] != 0 {
			at += 1 + int(data[at])
		}
		at++
	}
	return errNoImage
}
