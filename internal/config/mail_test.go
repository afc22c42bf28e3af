package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/mail"
)

func TestMailOptions(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "smtp")
	require.NoError(t, os.WriteFile(file, []byte("smtps://ann%40example.com:secret@mail.example.com\n"), 0o600))
	byFile := &mail.Server{Host: "mail.example.com", Port: 465, TLS: mail.Implicit, User: "ann@example.com", Password: "secret"}
	for name, tt := range map[string]struct {
		args   []string
		server *mail.Server
		sender string
	}{
		"nothing":   {nil, nil, `"Tributary" <tributary@localhost>`},
		"directory": {[]string{"--mail-dir", "x", "--mail-from", "a@example.com"}, nil, `"Tributary" <a@example.com>`},
		"file":      {[]string{"--smtp-url-file", file}, byFile, `"Tributary" <ann@example.com>`},
		"named":     {[]string{"--smtp-url-file", file, "--mail-from", "Our partners <b@example.com>"}, byFile, `"Our partners" <b@example.com>`},
		"relay": {
			[]string{"--smtp-url", "smtp://relay", "--mail-from", "b@example.com"},
			&mail.Server{Host: "relay", Port: 25, TLS: mail.MayTLS}, `"Tributary" <b@example.com>`,
		},
	} {
		for _, command := range []string{"serve", "demo"} {
			cli, _, err := parse(t, append([]string{command}, tt.args...)...)
			require.NoError(t, err, name)
			options := map[string]*config.Mail{"serve": &cli.Serve.Mail, "demo": &cli.Demo.Mail}[command]
			server, err := options.MailServer()
			require.NoError(t, err, name)
			require.Equal(t, tt.server, server, name)
			from, err := options.Sender(server)
			require.NoError(t, err, name)
			require.Equal(t, tt.sender, from.String(), name)
		}
	}
}

func TestMailOptionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--smtp-url: write smtp://":          {"--smtp-url", "mail.example.com"},
		"--mail-from: write the sender":      {"--smtp-url", "smtp://ann:secret@mail.example.com"},
		"is not an e-mail address":           {"--mail-from", "nobody"},
		"cannot be used together":            {"--smtp-url", "smtp://relay", "--smtp-url-file", "x"},
		"--public-url: write an http":        {"--public-url", "partners.example.com"},
		"https://partners.example.com":       {"--public-url", "https://x.example.com/?a=b"},
		"which is ?tls=off or ?tls=required": {"--smtp-url", "smtp://relay?tls=perhaps", "--mail-from", "a@example.com"},
	} {
		for _, command := range []string{"serve", "demo"} {
			_, _, err := parse(t, append([]string{command}, args...)...)
			require.ErrorContains(t, err, want, args)
			require.NotContains(t, err.Error(), "secret")
		}
	}
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, []byte(" \n"), 0o600))
	for _, file := range []string{empty, filepath.Join(t.TempDir(), "none")} {
		cli, _, err := parse(t, "serve", "--smtp-url-file", file)
		require.NoError(t, err, "it is read when it is needed")
		_, err = cli.Serve.MailServer()
		require.ErrorContains(t, err, "--smtp-url-file")
	}
}
