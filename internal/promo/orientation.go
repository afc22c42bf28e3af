package promo

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/draw"
)

// orientation returns the EXIF orientation of a JPEG, from 1 to 8. It returns 1
// (upright) if the file has none. turnUpright applies the orientation
// to the pixels, because the server removes the metadata.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xff && data[at+1] != 0xda; {
		size := int(binary.BigEndian.Uint16(data[at+2:]))
		if size < 2 || at+2+size > len(data) {
			return 1
		}
		if segment := data[at+4 : at+2+size]; data[at+1] == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return exifOrientation(segment[6:])
		}
		at += 2 + size
	}
	return 1
}

func exifOrientation(tiff []byte) int {
	const entrySize, orientationTag, isShort = 12, 0x112, 3
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := int(order.Uint32(tiff[4:]))
	if at < 8 || at+2 > len(tiff) {
		return 1
	}
	for n := int(order.Uint16(tiff[at:])); n > 0; n-- {
		entry := tiff[min(at+2+(n-1)*entrySize, len(tiff)):]
		if len(entry) >= entrySize && order.Uint16(entry) == orientationTag && order.Uint16(entry[2:]) == isShort {
			if turn := int(order.Uint16(entry[8:])); turn >= 1 && turn <= 8 {
				return turn
			}
		}
	}
	return 1
}

// turnUpright turns and mirrors an image as its EXIF orientation requires.
func turnUpright(src image.Image, turn int) image.Image {
	if turn == 1 {
		return src
	}
	b := src.Bounds()
	width, height := b.Dx(), b.Dy()
	from := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(from, from.Bounds(), src, b.Min, draw.Src)
	if turn >= 5 {
		width, height = height, width
	}
	to := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := x, y
			if turn >= 5 {
				u, v = y, x
			}
			if turn == 2 || turn == 3 || turn == 7 || turn == 8 {
				u = from.Rect.Dx() - 1 - u
			}
			if turn == 3 || turn == 4 || turn == 6 || turn == 7 {
				v = from.Rect.Dy() - 1 - v
			}
			to.SetRGBA(x, y, from.RGBAAt(u, v))
		}
	}
	return to
}
