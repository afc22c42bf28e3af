package sdk

import (
	"bytes"
	"cmp"
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
	"time"
)

// Format is the format of a downloaded report.
type Format string

// These are the formats of reports. CSVForExcel begins with a byte order mark,
// because Excel does not recognise UTF-8 without it.
const (
	CSV         Format = "csv"
	CSVForExcel Format = "csv with bom"
	XLSX        Format = "xlsx"
)

func (f Format) addTo(query url.Values) url.Values {
	if f == CSVForExcel {
		query.Set("bom", "1")
		f = CSV
	}
	query.Set("format", string(f))
	return query
}

// File is a download. Read it while the server sends it, and close it
// afterwards. If the connection breaks, reading returns an error other than
// io.EOF.
type File struct {
	io.ReadCloser

	Name      string // file name that the server suggests; may be empty
	MediaType string
}

const exportPause = 2 * time.Second

// Download downloads the file at a path. The server creates a workbook of more
// than 100,000 rows in the background. Download waits until the workbook is
// ready or ctx ends. The server stores such an export for a day, and
// Partner.Exports lists it. A partner can have at most ten exports.
func (c *Client) Download(ctx context.Context, path string, query url.Values, options ...CallOption) (*File, error) {
	answer, err := c.open(ctx, path, query, options)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusAccepted {
		return fileOf(answer), nil
	}
	defer answer.Body.Close()
	export := &Export{}
	if err := json.NewDecoder(answer.Body).Decode(export); err != nil {
		return nil, fmt.Errorf("reading the response to %s: %w", path, err)
	}
	at := "/api/v1/exports/" + segment(export.ID) + "/"
	for export.Status != ExportStatusReady {
		if export.Status == ExportStatusFailed {
			return nil, fmt.Errorf("the server could not create the workbook of %s: %s", export.Request, *cmp.Or(export.Problem, new("no reason given")))
		}
		if err := pause(ctx, exportPause); err != nil {
			return nil, err
		}
		if export, err = do[Export](ctx, c, http.MethodGet, at, nil, nil, nil); err != nil {
			return nil, err
		}
	}
	return c.Download(ctx, at+"file/", nil, options...)
}

func (c *Client) open(ctx context.Context, path string, query url.Values, options []CallOption) (*http.Response, error) {
	r, err := newRequest(http.MethodGet, path, query, nil, append([]CallOption{WithHeader("Accept", "*/*")}, options...))
	if err != nil {
		return nil, err
	}
	return c.send(ctx, r)
}

func fileOf(answer *http.Response) *File {
	f := &File{ReadCloser: answer.Body}
	if _, parameters, err := mime.ParseMediaType(answer.Header.Get("Content-Disposition")); err == nil {
		f.Name = parameters["filename"]
	}
	if mediaType, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err == nil {
		f.MediaType = mediaType
	}
	return f
}

// Upload is a file to send. The client first reads all of it into memory.
type Upload struct {
	Name    string
	Content io.Reader
}

type multipartForm struct {
	fields any
	file   *Upload
}

// form returns a body. It is sent as multipart/form-data if there is a file,
// and otherwise as JSON.
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
