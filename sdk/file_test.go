package sdk_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	var query string
	partner := newPartner(t, func(r *http.Request) (*http.Response, error) {
		query = r.URL.RawQuery
		return respond(200, http.Header{
			"Content-Type": {"text/csv; charset=utf-8"}, "Content-Disposition": {`attachment; filename="rewards.csv"`},
		}, "a,b\r\n"), nil
	})
	for format, want := range map[sdk.Format]string{
		sdk.CSV: "country=ZA&format=csv", sdk.CSVForExcel: "bom=1&country=ZA&format=csv", sdk.XLSX: "country=ZA&format=xlsx",
	} {
		file, err := partner.RewardsFile(t.Context(), sdk.RewardsQuery{Country: []string{"ZA"}}, format)
		require.NoError(t, err)
		require.Equal(t, want, query)
		require.Equal(t, "rewards.csv", file.Name)
		require.Equal(t, "text/csv", file.MediaType)
		text, err := io.ReadAll(file)
		require.NoError(t, err)
		require.Equal(t, "a,b\r\n", string(text))
		require.NoError(t, file.Close())
	}
}

// TestWaitsForAnExport checks that Download waits for a workbook that the
// server creates in the background.
func TestWaitsForAnExport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		states := []string{"waiting", "running", "ready"}
		var asked []string
		partner := newPartner(t, func(r *http.Request) (*http.Response, error) {
			asked = append(asked, r.URL.RequestURI())
			switch {
			case strings.HasSuffix(r.URL.Path, "/file/"):
				return respond(200, nil, "PK"), nil
			case r.URL.Path == "/api/reports/orders/":
				return respond(202, nil, `{"id":"e1","status":"waiting"}`), nil
			}
			state := states[0]
			states = states[1:]
			return respond(200, nil, `{"id":"e1","status":"`+state+`","request":"/api/reports/orders/","problem":"the disk is full"}`), nil
		})
		file, err := partner.OrdersFile(t.Context(), sdk.OrdersQuery{}, sdk.XLSX)
		require.NoError(t, err)
		text, err := io.ReadAll(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		require.Equal(t, "PK", string(text))
		require.Equal(t, []string{
			"/api/reports/orders/?format=xlsx", "/api/v1/exports/e1/", "/api/v1/exports/e1/", "/api/v1/exports/e1/", "/api/v1/exports/e1/file/",
		}, asked)

		states = []string{"failed"}
		_, err = partner.OrdersFile(t.Context(), sdk.OrdersQuery{}, sdk.XLSX)
		require.EqualError(t, err, "the server could not create the workbook of /api/reports/orders/: the disk is full")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = partner.OrdersFile(ctx, sdk.OrdersQuery{}, sdk.XLSX)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestFilesThatFail(t *testing.T) {
	t.Parallel()
	partner := serve(t, map[string]answer{
		"GET /api/reports/rewards/?format=xlsx": {status: 400, body: `{"code":"ValidationError","message":"Bad request","details":[{"field":"format","message":"...","code":"invalid"}]}`},
	})
	_, err := partner.RewardsFile(t.Context(), sdk.RewardsQuery{}, sdk.XLSX)
	require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err))

	partner = serveFunc(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "a,b\r\n")
	})
	file, err := partner.RewardsFile(t.Context(), sdk.RewardsQuery{}, sdk.CSV)
	require.NoError(t, err)
	_, err = io.ReadAll(file)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "a download that breaks off is an error")
	require.NoError(t, file.Close())
}

func TestUploads(t *testing.T) {
	t.Parallel()
	var got []map[string]string
	broker := brokerFunc(t, func(w http.ResponseWriter, r *http.Request) {
		fields := map[string]string{}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			body, _ := io.ReadAll(r.Body)
			fields["json"] = string(body)
		} else if err := r.ParseMultipartForm(1 << 20); err == nil {
			for name := range r.MultipartForm.Value {
				fields[name] = r.FormValue(name)
			}
			file, header, err := r.FormFile("file")
			if err == nil {
				content, _ := io.ReadAll(file)
				fields["file"] = header.Filename + ": " + string(content)
			}
		}
		got = append(got, fields)
		reply(w, answer{status: 201, body: `{"id":7}`})
	})
	made, err := broker.UploadPromoMaterial(t.Context(), sdk.UploadPromoMaterialIn{
		Kind: sdk.MaterialKindBanner, Title: `Trade "gold"`, Width: new(int64(300)), Theme: new(""),
		File: &sdk.Upload{Name: "gold.png", Content: strings.NewReader("PNG")},
	})
	require.NoError(t, err)
	require.EqualValues(t, 7, made.ID)
	_, err = broker.UploadPromoMaterial(t.Context(), sdk.UploadPromoMaterialIn{Kind: sdk.MaterialKindText, Title: "Gold", Text: new("Gold moves.")})
	require.NoError(t, err)
	require.Equal(t, []map[string]string{
		{"kind": "banner", "title": `Trade "gold"`, "width": "300", "theme": "", "file": "gold.png: PNG"},
		{"json": `{"kind":"text","title":"Gold","text":"Gold moves."}`},
	}, got)
	_, err = broker.UploadPromoMaterial(t.Context(), sdk.UploadPromoMaterialIn{File: &sdk.Upload{Name: "x", Content: iotest.ErrReader(errCut)}})
	require.ErrorIs(t, err, errCut)
	require.Len(t, got, 2)
}
