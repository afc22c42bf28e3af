package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
)

// Format is what a report is downloaded as.
type Format string

// The formats of reports. CSVForExcel begins with a byte order mark, without
// which Excel misreads names outside ASCII.
const (
	CSV         Format = "csv"
	CSVForExcel Format = "csv with bom"
	XLSX        Format = "xlsx"
)

// of adds the format to a query.
func (f Format) of(query url.Values) url.Values {
	if f == CSVForExcel {
		query.Set("bom", "1")
		f = CSV
	}
	query.Set("format", string(f))
	return query
}

// File is a download. It is read as the server sends it, and the caller closes
// it. A download that breaks off ends with an error, not with io.EOF.
type File struct {
	io.ReadCloser

	Name      string // that the server suggests, or ""
	MediaType string
}

// Download reads a path that answers a file.
func (c *Client) Download(ctx context.Context, path string, query url.Values, options ...CallOption) (*File, error) {
	r, err := newRequest(http.MethodGet, path, query, nil, append([]CallOption{WithHeader("Accept", "*/*")}, options...))
	if err != nil {
		return nil, err
	}
	answer, err := c.send(ctx, r) //nolint:bodyclose // the caller closes the File
	if err != nil {
		return nil, err
	}
	f := &File{ReadCloser: answer.Body}
	if _, parameters, err := mime.ParseMediaType(answer.Header.Get("Content-Disposition")); err == nil {
		f.Name = parameters["filename"]
	}
	if mediaType, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err == nil {
		f.MediaType = mediaType
	}
	return f, nil
}

// Upload is a file to send. It is read whole before it is sent.
type Upload struct {
	Name    string
	Content io.Reader
}

// multipartForm is a body with a file.
type multipartForm struct {
	fields any
	file   *Upload
}

// form sends fields as JSON, or with a file as multipart/form-data.
func form(fields any, file *Upload) any {
	if file == nil {
		return fields
	}
	return &multipartForm{fields, file}
}

func (f *multipartForm) encode() (contentType string, body []byte, err error) {
	text, err := json.Marshal(f.fields)
	if err != nil {
		return "", nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", nil, err
	}
	var content bytes.Buffer
	w := multipart.NewWriter(&content)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := string(fields[name])
		if value[0] == '"' {
			if err := json.Unmarshal(fields[name], &value); err != nil {
				return "", nil, err
			}
		}
		if err := w.WriteField(name, value); err != nil {
			return "", nil, err
		}
	}
	part, err := w.CreateFormFile("file", f.file.Name)
	if err != nil {
		return "", nil, err
	}
	if _, err := io.Copy(part, f.file.Content); err != nil {
		return "", nil, fmt.Errorf("reading the file %s: %w", f.file.Name, err)
	}
	if err := w.Close(); err != nil {
		return "", nil, err
	}
	return w.FormDataContentType(), content.Bytes(), nil
}
