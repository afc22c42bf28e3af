package apitest

import (
	"bytes"
	"mime/multipart"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

// Uploads sends a form with fields and a file. The fields are given as names
// and values in turn.
func (w *World) Uploads(t *testing.T, token, method, target string, file []byte, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		require.NoError(t, form.WriteField(fields[i], fields[i+1]))
	}
	if file != nil {
		part, err := form.CreateFormFile("file", `../../evil".svg`)
		require.NoError(t, err)
		_, err = part.Write(file)
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	return w.Send(t, token, method, target, &body, "Content-Type", form.FormDataContentType())
}

// Shelve uploads an image through the broker's SDK client.
func (w *World) Shelve(t *testing.T, in sdk.UploadPromoMaterialIn, image []byte) *sdk.LibraryMaterial {
	t.Helper()
	if image != nil {
		in.File = &sdk.Upload{Name: `../../evil".svg`, Content: bytes.NewReader(image)}
	}
	return OK(w.Broker(t).UploadPromoMaterial(t.Context(), in))(t)
}
