package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cashbackBot sets the shares of agents in the same way as existing programs. It
// logs in at the path without a version, sends null fields and unknown
// parameters, and requests codes under the path /v4/kyc_back/. Its requests for a
// code may contain only the share. It expects the code to be the only number of
// six digits in a mail.
type cashbackBot struct {
	server, mails, token string
}

func (b *cashbackBot) call(t *testing.T, method, path string, body map[string]any, header ...string) (status int, answer map[string]any) {
	t.Helper()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, b.server+path, content)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if b.token != "" {
		request.Header.Set("Authorization", "JWT "+b.token)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return response.StatusCode, answer
}

func (b *cashbackBot) temporaryToken(t *testing.T, data map[string]any) string {
	t.Helper()
	seen, err := filepath.Glob(filepath.Join(b.mails, "*.eml"))
	require.NoError(t, err)
	status, started := b.call(t, "POST", "/v4/kyc_back/api/v3/verify/operation/init", map[string]any{
		"operation_type": "SET_AGENT_COMMISSION", "additional_data": data, "verification_method": "EMAIL", "metadata": nil, "session_uid": nil,
	})
	require.Equal(t, 200, status, started)
	var code string
	require.Eventually(t, func() bool {
		files, _ := filepath.Glob(filepath.Join(b.mails, "*.eml"))
		for _, file := range files {
			if slices.Contains(seen, file) || !strings.Contains(plainPart(t, file), "This code is for") {
				continue
			}
			found := sixDigits.FindAllString(plainPart(t, file), -1)
			require.Len(t, found, 1, "the code is the only number of six digits")
			code = found[0]
		}
		return code != ""
	}, waitLimit, 10*time.Millisecond)
	status, completed := b.call(t, "POST", "/v4/kyc_back/api/v2/verify/operation/complete", map[string]any{
		"verification_uid": started["verification_uid"], "code": code, "session_uid": nil,
	})
	require.Equal(t, 200, status, completed)
	return completed["verification_token"].(string)
}

func plainPart(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	_, text, found := strings.Cut(string(content), "Content-Type: text/plain")
	require.True(t, found)
	text, _, _ = strings.Cut(text, "Content-Type: text/html")
	_, text, _ = strings.Cut(text, "\r\n\r\n")
	return text
}

func TestAKnownProgramSetsAgentsShares(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	output(t, database, "partner", "create", "--email", "ann@example.com", "--password", "correct horse", "--verified")
	b := &cashbackBot{mails: filepath.Join(t.TempDir(), "mail")}
	cmd, server := startServer(t, database, "--mail-dir", b.mails)
	b.server = server
	status, answer := b.call(t, "POST", "/api/auth/", map[string]any{"email": "ann@example.com", "password": "correct horse", "token": nil})
	require.Equal(t, 200, status, answer)
	b.token = answer["token"].(string)

	var ids []float64
	for i := range 2 {
		status, answer = b.call(t, "POST", "/api/v1/referral-agent-links/", map[string]any{"alias": strconv.Itoa(i), "email": "agent@example.com"})
		require.Equal(t, 201, status, answer)
		ids = append(ids, answer["id"].(float64))
	}
	status, answer = b.call(t, "GET", "/api/v1/referral-agent-links/?ordering=-created&page_size=50", nil)
	require.Equal(t, 200, status, answer)
	require.Len(t, answer["results"], 2)

	agree := func(link int, terms map[string]any, token string) (int, map[string]any) {
		return b.call(t, "POST", fmt.Sprintf("/api/v1/referral-agent-links/%v/agreements/", ids[link]), terms, "X-Temporary-Token", token)
	}
	status, answer = agree(0, map[string]any{"share_perc": 25}, "")
	require.Equal(t, 403, status)
	require.Contains(t, fmt.Sprint(answer["details"]), "SET_AGENT_COMMISSION", "the refusal names the operation to ask for")

	token := b.temporaryToken(t, map[string]any{"share_perc": 25})
	status, _ = agree(0, map[string]any{"share_perc": 26}, token)
	require.Equal(t, 403, status, "another share")
	status, answer = agree(1, map[string]any{"share_perc": 25, "cap_amount_usd": 100}, token)
	require.Equal(t, 200, status, answer)
	require.NotEmpty(t, answer["code"])
	status, _ = agree(0, map[string]any{"share_perc": 25}, token)
	require.Equal(t, 403, status, "a token is valid for one agreement")

	token = b.temporaryToken(t, map[string]any{"share_perc": 30, "cap_amount_usd": 50})
	status, _ = agree(0, map[string]any{"share_perc": 30}, token)
	require.Equal(t, 403, status, "the token is bound to its limit")
	status, answer = agree(0, map[string]any{"share_perc": 30, "cap_amount_usd": 50}, token)
	require.Equal(t, 200, status, answer)

	token = b.temporaryToken(t, map[string]any{"link_id": ids[0], "share_perc": 35})
	status, _ = agree(1, map[string]any{"share_perc": 35}, token)
	require.Equal(t, 403, status, "the token is bound to its link")
	status, _ = agree(0, map[string]any{"share_perc": 35, "cap_amount_usd": 1}, token)
	require.Equal(t, 403, status, "a token with a link but no limit allows no limit")
	status, answer = agree(0, map[string]any{"share_perc": 35}, token)
	require.Equal(t, 200, status, answer)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}
