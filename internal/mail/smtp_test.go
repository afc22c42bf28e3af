package mail_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
)

var written = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

func sender(t *testing.T) *netmail.Address {
	t.Helper()
	from, err := mail.ParseAddress("Tributary <no-reply@example.com>")
	require.NoError(t, err)
	return from
}

func letterTo(to string) *mail.Mail {
	l := mail.Letter{
		Title: "Grüße: a code", Lines: []string{"Hello, <you>."}, Code: "123456",
		Action: "Go on", Link: "https://example.com/a/?token=abc&x=1", Notes: []string{"One minute."},
	}
	return &mail.Mail{Message: l.Message("test", to), ID: id.New(), CreatedAt: written}
}

func transport(t *testing.T, s *mail.Server) *mail.SMTP {
	t.Helper()
	smtp, err := mail.NewSMTP(s, sender(t))
	require.NoError(t, err)
	t.Cleanup(smtp.Rest)
	return smtp
}

type parsed struct {
	header netmail.Header
	parts  map[string]string // by media type
}

func parse(t *testing.T, text string) parsed {
	t.Helper()
	require.NotRegexp(t, `[^\r]\n`, text, "lines must end with CRLF")
	m, err := netmail.ReadMessage(strings.NewReader(text))
	require.NoError(t, err)
	p := parsed{m.Header, map[string]string{}}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return p
		}
		require.NoError(t, err)
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		content, err := io.ReadAll(body)
		require.NoError(t, err)
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		require.NoError(t, err)
		require.Equal(t, "UTF-8", params["charset"])
		p.parts[kind] = string(content)
	}
}

func TestSMTP(t *testing.T) {
	t.Parallel()
	config, roots := certificate(t)
	for name, tt := range map[string]struct {
		options []option
		server  mail.Server
	}{
		"plain":          {nil, mail.Server{TLS: mail.NoTLS}},
		"login here":     {[]option{withLogin("ann", "secret")}, mail.Server{TLS: mail.NoTLS, User: "ann", Password: "secret"}},
		"STARTTLS":       {[]option{withTLS(config, false), withLogin("ann", "secret")}, mail.Server{TLS: mail.StartTLS, User: "ann", Password: "secret"}},
		"implicit":       {[]option{withTLS(config, true), withLogin("ann", "secret")}, mail.Server{TLS: mail.Implicit, User: "ann", Password: "secret"}},
		"offered, taken": {[]option{withTLS(config, false)}, mail.Server{TLS: mail.MayTLS}},
		"not offered":    {nil, mail.Server{TLS: mail.MayTLS}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSMTP(t, tt.options...)
			tt.server.Host, tt.server.Port, tt.server.Roots = "127.0.0.1", server.port(), roots
			smtp := transport(t, &tt.server)
			for _, to := range []string{"ann@example.org", "bob@example.org"} {
				require.NoError(t, smtp.Deliver(t.Context(), letterTo(to)))
			}
			smtp.Rest()
			got := server.receivedMails()
			require.Len(t, got, 2)
			require.Equal(t, 1, server.connectionCount(), "both mails use one connection")
			require.Equal(t, "MAIL FROM:<no-reply@example.com>", got[0].from)
			require.Equal(t, []string{"RCPT TO:<ann@example.org>"}, got[0].to)
			require.Equal(t, []string{"RCPT TO:<bob@example.org>"}, got[1].to)
			require.Equal(t, tt.server.TLS == mail.StartTLS || name == "offered, taken", server.gotCommand("STARTTLS"))
		})
	}
}

func TestContentOfAMail(t *testing.T) {
	t.Parallel()
	server := startSMTP(t)
	m := letterTo("ann@example.org")
	require.NoError(t, transport(t, &mail.Server{Host: "127.0.0.1", Port: server.port(), TLS: mail.NoTLS}).Deliver(t.Context(), m))
	p := parse(t, server.receivedMails()[0].data)
	subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, "Grüße: a code", subject)
	date, err := p.header.Date()
	require.NoError(t, err)
	require.True(t, date.Equal(written))
	require.Equal(t, "<"+m.ID.String()+"@example.com>", p.header.Get("Message-Id"))
	require.Equal(t, "<ann@example.org>", p.header.Get("To"))
	require.Equal(t, `"Tributary" <no-reply@example.com>`, p.header.Get("From"))
	require.Equal(t, "auto-generated", p.header.Get("Auto-Submitted"))
	require.Equal(t, "Hello, <you>.\r\n\r\n    123456\r\n\r\nGo on:\r\nhttps://example.com/a/?token=abc&x=1\r\n\r\nOne minute.\r\n", p.parts["text/plain"])
	require.Contains(t, p.parts["text/html"], "Hello, &lt;you&gt;.")
	require.Contains(t, p.parts["text/html"], `href="https://example.com/a/?token=abc&amp;x=1"`)
	require.Regexp(t, `>123456<`, p.parts["text/html"])
}

// The client must never send a login unencrypted, and no error may contain the
// password.
func TestLoginIsKeptSecret(t *testing.T) {
	t.Parallel()
	config, roots := certificate(t)
	for name, tt := range map[string]struct {
		options []option
		roots   *x509.CertPool
		asked   bool
	}{
		"no STARTTLS":  {[]option{withLogin("ann", "secret")}, roots, false},
		"an impostor":  {[]option{withLogin("ann", "secret"), withTLS(config, false)}, x509.NewCertPool(), false},
		"wrong secret": {[]option{withLogin("ann", "other"), withTLS(config, false)}, roots, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSMTP(t, tt.options...)
			s := &mail.Server{Host: "127.0.0.1", Port: server.port(), TLS: mail.StartTLS, User: "ann", Password: "secret", Roots: tt.roots}
			err := transport(t, s).Deliver(t.Context(), letterTo("ann@example.org"))
			require.ErrorIs(t, err, mail.ErrUnavailable)
			require.NotContains(t, err.Error(), "secret")
			require.Equal(t, tt.asked, server.gotCommand("AUTH"))
			require.Empty(t, server.receivedMails())
		})
	}
}

func TestSMTPFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		verb, reply string
		want        error // nil means neither ErrRefused nor ErrUnavailable
		sent        bool
	}{
		"no such user":                 {"RCPT", "550 5.1.1 no such user", mail.ErrRefused, false},
		"greylisted":                   {"RCPT", "451 4.7.1 come back later", nil, false},
		"content refused":              {"END", "554 5.7.1 spam", mail.ErrRefused, false},
		"content later":                {"END", "452 4.3.1 no room", nil, false},
		"sender refused":               {"MAIL", "553 5.1.8 not you", nil, false}, // the mail is correct, but the operator must change the sender
		"no data":                      {"DATA", "503 5.5.1 not now", nil, false},
		"going down":                   {"MAIL", "421 4.3.2 going down", mail.ErrUnavailable, false},
		"hangs up":                     {"DATA", "hang up", mail.ErrUnavailable, false},
		"hangs up late":                {"END", "hang up", mail.ErrUnavailable, false},
		"greets and hangs up":          {"EHLO", "hang up", mail.ErrUnavailable, false},
		"accepts the mail, then hangs": {"RSET", "hang up", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSMTP(t)
			server.answer(tt.verb, tt.reply)
			smtp := transport(t, &mail.Server{Host: "127.0.0.1", Port: server.port(), TLS: mail.NoTLS})
			err := smtp.Deliver(t.Context(), letterTo("ann@example.org"))
			if tt.sent {
				require.NoError(t, err)
				require.Len(t, server.receivedMails(), 1)
			} else {
				require.Error(t, err)
				require.Empty(t, server.receivedMails())
			}
			for _, kind := range []error{mail.ErrRefused, mail.ErrUnavailable} {
				require.Equal(t, errors.Is(tt.want, kind), errors.Is(err, kind), "%v", err)
			}
			require.NoError(t, smtp.Deliver(t.Context(), letterTo("bob@example.org")), "the next mail is sent")
		})
	}
}

// The server may close the connection between two mails.
func TestAReusedConnectionMayBeDead(t *testing.T) {
	t.Parallel()
	server := startSMTP(t)
	smtp := transport(t, &mail.Server{Host: "127.0.0.1", Port: server.port(), TLS: mail.NoTLS})
	require.NoError(t, smtp.Deliver(t.Context(), letterTo("ann@example.org")))
	server.answer("NOOP", "hang up")
	require.NoError(t, smtp.Deliver(t.Context(), letterTo("bob@example.org")))
	require.Len(t, server.receivedMails(), 2)
	require.Equal(t, 2, server.connectionCount())
}

func TestUnreachableServer(t *testing.T) {
	t.Parallel()
	server := startSMTP(t)
	port := server.port()
	server.listener.Close()
	err := transport(t, &mail.Server{Host: "127.0.0.1", Port: port, TLS: mail.NoTLS}).Deliver(t.Context(), letterTo("ann@example.org"))
	require.ErrorIs(t, err, mail.ErrUnavailable)
}

// A mail server that does not respond must not delay the end of the process for
// long.
func TestStoppingWaitsForNoServer(t *testing.T) {
	t.Parallel()
	server := startSMTP(t)
	server.answer("DATA", "stand still")
	smtp := transport(t, &mail.Server{Host: "127.0.0.1", Port: server.port(), TLS: mail.NoTLS})
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	began := clock.System().Now()
	require.ErrorIs(t, smtp.Deliver(ctx, letterTo("ann@example.org")), mail.ErrUnavailable)
	require.Less(t, clock.System().Now().Sub(began), 20*time.Second)
}

func TestParseServer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]mail.Server{
		"smtp://ann:s%40crt@mail.example.com":          {Host: "mail.example.com", Port: 587, TLS: mail.StartTLS, User: "ann", Password: "s@crt"},
		"smtp://ann:x@mail.example.com:2525":           {Host: "mail.example.com", Port: 2525, TLS: mail.StartTLS, User: "ann", Password: "x"},
		"smtp://ann:x@mail.example.com?tls=off":        {Host: "mail.example.com", Port: 587, TLS: mail.NoTLS, User: "ann", Password: "x"},
		"smtps://ann%40example.com:x@mail.example.com": {Host: "mail.example.com", Port: 465, TLS: mail.Implicit, User: "ann@example.com", Password: "x"},
		"smtp://relay":                                    {Host: "relay", Port: 25, TLS: mail.MayTLS},
		"smtp://relay:1025/?tls=required":                 {Host: "relay", Port: 1025, TLS: mail.StartTLS},
		"smtp://localhost":                                {Host: "localhost", Port: 25, TLS: mail.NoTLS},
		"smtp://ann:x@[::1]:1025":                         {Host: "::1", Port: 1025, TLS: mail.NoTLS, User: "ann", Password: "x"},
		"smtp://ann:x@127.0.0.1:587?tls=off&tls=required": {Host: "127.0.0.1", Port: 587, TLS: mail.StartTLS, User: "ann", Password: "x"},
	} {
		got, err := mail.ParseServer(text)
		require.NoError(t, err, text)
		require.Equal(t, want, *got, text)
	}
	for _, text := range []string{
		"", "mail.example.com:587", "smtp://", "http://ann:secret@mail.example.com", "smtp://ann:secret@mail.example.com/inbox",
		"smtp://ann:secret@mail.example.com:0", "smtp://ann:secret@mail.example.com:99999", "smtp://ann:secret@mail.example.com?tls=maybe",
		"smtps://ann:secret@mail.example.com?tls=off", "smtp://ann:secret@mail.example.com?x=y", "smtp://ann:sec\x7fret@h", "smtp://ann:secret@h#x",
	} {
		_, err := mail.ParseServer(text)
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestParseAddressAcceptsTheFeedsAddresses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a..b@docomo.example.jp", "ann.@ezweb.example.jp", "ann@example.com"} {
		address, err := mail.ParseAddress(text)
		require.NoError(t, err, text)
		require.Equal(t, text, address.Address)
		again, err := netmail.ParseAddress(address.String())
		require.NoError(t, err, "in a header")
		require.Equal(t, text, again.Address)
	}
}
