package broker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/object"
	"github.com/tributary-server/tributary/internal/promo"
)

// These are the limits on the fields of an upload, except for the file.
const (
	maxPart    = 64 << 10 // maximum number of bytes in a field
	maxParts   = 32       // maximum number of fields
	uploadRoom = 1 << 20  // maximum number of bytes in all fields together
)

type upload struct {
	kind    *string // nil if the field was not sent
	draft   promo.Draft
	content [][]byte // parts of the request that must be the same in a repeated request
}

func readUpload(req *http.Request) (*upload, error) {
	mediaType, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		return nil, fault.New(fault.ParseError)
	}
	u, values := &upload{content: [][]byte{[]byte(mediaType)}}, map[string]string{}
	d := &u.draft
	if mediaType == mediaForm {
		err = readForm(multipart.NewReader(req.Body, params["boundary"]), values, d)
		u.addForm(values)
	} else {
		var text []byte
		text, err = readJSON(req.Body, values)
		u.content = append(u.content, text)
	}
	if err != nil {
		return nil, uploadFault(err)
	}
	var faults fault.Fields
	for name, to := range map[string]**string{
		"kind": &u.kind, "title": &d.Title, "language": &d.Language, "theme": &d.Theme, "product": &d.Product, "text": &d.Text, "address": &d.Address,
	} {
		if value, given := values[name]; given {
			*to = &value
		}
	}
	for _, f := range []struct {
		name string
		to   **int64
	}{{"width", &d.Width}, {"height", &d.Height}} {
		if value := values[f.name]; value != "" {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				faults.Add(f.name, "invalid", "A valid integer is required.")
			}
			*f.to = &n
		}
	}
	return u, faults.Err()
}

// addForm adds a form's fields and file to the content. It does not add the body
// itself, because many programs choose a new boundary when they repeat a request.
func (u *upload) addForm(values map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		u.content = append(u.content, []byte(name), []byte(values[name]))
	}
	if u.draft.File != nil {
		u.content = append(u.content, []byte("file"), u.draft.File)
	}
}

// uploadFault returns a ParseError if the body cannot be read, or a ValidationError if
// it is too large. It returns any other error unchanged.
func uploadFault(err error) error {
	if fault.CodeOf(err) != "" {
		return err
	}
	if tooLong, is := errors.AsType[*http.MaxBytesError](err); is {
		return fault.Invalid("file", "max_size", fmt.Sprintf("Ensure the request has no more than %d bytes.", tooLong.Limit))
	}
	return fault.New(fault.ParseError)
}

func readForm(form *multipart.Reader, values map[string]string, d *promo.Draft) error {
	for range maxParts {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name, most := part.FormName(), int64(maxPart)
		if name == "file" {
			most = promo.MaxVideo
		}
		content, err := io.ReadAll(io.LimitReader(part, most+1))
		switch {
		case err != nil:
			return err
		case int64(len(content)) > most:
			return fault.Invalid(name, "max_size", fmt.Sprintf("Ensure this field has no more than %d bytes.", most))
		case name == "file" && d.File != nil:
			return fault.Invalid("file", "duplicate", "Send only one file.")
		case name == "file":
			d.File = append([]byte{}, content...)
		case !utf8.Valid(content) || bytes.ContainsRune(content, 0):
			return fault.New(fault.ParseError)
		default:
			if _, again := values[name]; again {
				return fault.Invalid(name, object.Duplicate, "This field occurs twice. Send it once.")
			}
			values[name] = string(content)
		}
	}
	return fault.New(fault.ParseError)
}

func readJSON(body io.Reader, values map[string]string) (text []byte, err error) {
	if text, err = io.ReadAll(io.LimitReader(body, uploadRoom+1)); err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if len(text) > uploadRoom || !utf8.Valid(text) || json.Unmarshal(text, &fields) != nil || fields == nil {
		return nil, fault.New(fault.ParseError)
	}
	if err := bind.CheckJSON("", text); err != nil {
		return nil, err
	}
	for name, raw := range fields {
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, fault.New(fault.ParseError)
		}
		switch given := value.(type) {
		case nil:
		case string:
			if strings.ContainsRune(given, 0) {
				return nil, fault.New(fault.ParseError)
			}
			values[name] = given
		case float64:
			values[name] = string(raw)
		default:
			return nil, fault.Invalid(name, "invalid", "Not a valid string.")
		}
	}
	return text, nil
}
