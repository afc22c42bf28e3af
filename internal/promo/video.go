package promo

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/tributary-server/tributary/internal/fault"
)

// videoFile checks the structure of a video and returns it unchanged. From the
// first byte to the last, the file may contain only MP4 boxes or only WebM
// elements, so that no other kind of file can be hidden in it.
func videoFile(upload []byte, faults *fault.Fields) *File {
	if len(upload) > MaxVideo {
		faults.Add("file", "max_size", fmt.Sprintf("Send a video of at most %d MB.", MaxVideo>>20))
		return nil
	}
	switch {
	case isMP4(upload):
		return &File{MediaType: "video/mp4", Content: upload}
	case isWebM(upload):
		return &File{MediaType: "video/webm", Content: upload}
	}
	faults.Add("file", "invalid_video", "Upload a complete MP4 or WebM file.")
	return nil
}

// mp4Boxes are the boxes that may occur at the top level of an MP4.
var mp4Boxes = map[string]bool{
	"ftyp": true, "moov": true, "mdat": true, "free": true, "skip": true, "wide": true, "moof": true, "mfra": true, "sidx": true,
	"styp": true, "ssix": true, "prft": true, "emsg": true, "pdin": true, "meta": true, "udta": true, "uuid": true,
}

// mp4Brands are the MP4 brands that browsers can play.
var mp4Brands = map[string]bool{
	"isom": true, "iso2": true, "iso3": true, "iso4": true, "iso5": true, "iso6": true, "iso7": true, "iso8": true, "iso9": true,
	"mp41": true, "mp42": true, "mp71": true, "avc1": true, "av01": true, "dash": true, "M4V\x20": true, "M4VH": true, "M4VP": true, "MSNV": true,
}

func isMP4(data []byte) bool {
	if len(data) < 16 || string(data[4:8]) != "ftyp" || !mp4Brands[string(data[8:12])] {
		return false
	}
	seen := map[string]bool{}
	for rest := data; len(rest) > 0; {
		if len(rest) < 8 || !mp4Boxes[string(rest[4:8])] {
			return false
		}
		size, header := uint64(binary.BigEndian.Uint32(rest)), uint64(8)
		switch {
		case size == 0: // the box extends to the end of the file
			size = uint64(len(rest))
		case size == 1 && len(rest) >= 16:
			size, header = binary.BigEndian.Uint64(rest[8:]), 16
		}
		if size < header || size > uint64(len(rest)) {
			return false
		}
		seen[string(rest[4:8])] = true
		rest = rest[size:]
	}
	return seen["moov"] && seen["mdat"]
}

// These are the ids of elements in a WebM file. The format is called EBML.
const (
	ebmlHead = 0x1a45dfa3
	docType  = 0x4282
	segment  = 0x18538067
	ebmlVoid = 0xec
)

func isWebM(data []byte) bool {
	head, body, rest, ok := element(data)
	if !ok || head != ebmlHead {
		return false
	}
	isType := false
	for len(body) > 0 {
		var name uint64
		var value []byte
		if name, value, body, ok = element(body); !ok {
			return false
		}
		isType = isType || (name == docType && string(value) == "webm")
	}
	found := false
	for len(rest) > 0 {
		var name uint64
		if name, body, rest, ok = element(rest); !ok || (name != segment && name != ebmlVoid) {
			return false
		}
		found = found || (name == segment && len(body) > 0)
	}
	return isType && found
}

// element reads one EBML element. An element of unknown size extends to the end
// of the data.
func element(data []byte) (name uint64, body, rest []byte, ok bool) {
	if len(data) == 0 {
		return 0, nil, nil, false
	}
	nameSize := bits.LeadingZeros8(data[0]) + 1
	if nameSize > 4 || len(data) <= nameSize {
		return 0, nil, nil, false
	}
	for _, b := range data[:nameSize] {
		name = name<<8 | uint64(b)
	}
	data = data[nameSize:]
	sizeSize := bits.LeadingZeros8(data[0]) + 1
	if sizeSize > 8 || len(data) < sizeSize {
		return 0, nil, nil, false
	}
	size := uint64(data[0]) & (math.MaxUint8 >> sizeSize)
	for _, b := range data[1:sizeSize] {
		size = size<<8 | uint64(b)
	}
	data = data[sizeSize:]
	if size == 1<<(7*sizeSize)-1 {
		size = uint64(len(data))
	}
	if size > uint64(len(data)) {
		return 0, nil, nil, false
	}
	return name, data[:size], data[size:], true
}
