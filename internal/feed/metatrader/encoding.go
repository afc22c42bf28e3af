package metatrader

import (
	"bufio"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// findEncoding finds an encoding by its WHATWG or IANA name. It returns nil for
// the empty name.
func findEncoding(name string) (found encoding.Encoding, known bool) {
	if name == "" {
		return nil, true
	}
	if found, err := htmlindex.Get(name); err == nil {
		return found, true
	}
	if found, err := ianaindex.IANA.Encoding(name); err == nil && found != nil {
		return found, true
	}
	return nil, false
}

// decoder returns a decoder for text without a byte order mark. If the options
// name no encoding, it recognises UTF-16, and leaves the bytes of any other
// text unchanged. Trades in a code page can still be read, because their
// columns contain only ASCII characters, which are the same in all code pages
// of MetaTrader.
func (rd *reader) decoder(src *bufio.Reader) transform.Transformer {
	if named, _ := findEncoding(rd.opt.Encoding); named != nil {
		return named.NewDecoder()
	}
	start, _ := src.Peek(sniffed) // a shorter file is examined completely
	if order, is := utf16Order(start); is {
		return unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()
	}
	return transform.Nop
}

// sniffed is the number of bytes at the start of a file from which UTF-16 is
// recognised.
const sniffed = 512

// utf16Order recognises UTF-16 without a byte order mark by its zero bytes. The
// tags and headers of reports are ASCII characters, and UTF-16 encodes each of
// these as two bytes, one of which is zero. Text in another encoding has no
// zero bytes.
func utf16Order(start []byte) (order unicode.Endianness, is bool) {
	start = start[:len(start)/2*2]
	var zeros [2]int
	for i, b := range start {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(start) / 2
	switch {
	case half > 1 && zeros[1] > half/2 && zeros[0] < half/8+1:
		return unicode.LittleEndian, true
	case half > 1 && zeros[0] > half/2 && zeros[1] < half/8+1:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}
