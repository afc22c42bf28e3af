package mail_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
)

type received struct {
	from string
	to   []string
	data string
}

// smtpServer is a mail server that stores the mails it gets. A test can make it
// fail.
type smtpServer struct {
	listener net.Listener
	tls      *tls.Config // nil if the server does not offer TLS
	implicit bool
	login    string // "user\x00password"; empty if no login is needed

	mu          sync.Mutex
	mails       []received
	connections int
	commands    []string
	replies     map[string][]string // by verb, responses that replace the usual ones, in order; "hang up" closes the connection
}

type option func(*smtpServer)

func withLogin(user, password string) option {
	return func(s *smtpServer) { s.login = user + "\x00" + password }
}

func withTLS(config *tls.Config, implicit bool) option {
	return func(s *smtpServer) { s.tls, s.implicit = config, implicit }
}

func startSMTP(t *testing.T, options ...option) *smtpServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &smtpServer{listener: l, replies: map[string][]string{}}
	for _, o := range options {
		o(s)
	}
	var conns sync.WaitGroup
	open := map[net.Conn]bool{}
	var mu sync.Mutex
	conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			conns.Go(func() {
				defer conn.Close()
				s.serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for conn := range open {
			conn.Close()
		}
		mu.Unlock()
		conns.Wait()
	})
	return s
}

func (s *smtpServer) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// answer sets the responses to the next commands with this verb.
func (s *smtpServer) answer(verb string, replies ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies[verb] = append(s.replies[verb], replies...)
}

func (s *smtpServer) receivedMails() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mails...)
}

func (s *smtpServer) connectionCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

func (s *smtpServer) gotCommand(verb string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, command := range s.commands {
		if strings.HasPrefix(command, verb) {
			return true
		}
	}
	return false
}

// recordCommand records a command, and returns the response that a test has set
// for it.
func (s *smtpServer) recordCommand(verb, line string) (reply string, told bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, line)
	if queue := s.replies[verb]; len(queue) > 0 {
		s.replies[verb] = queue[1:]
		return queue[0], queue[0] != ""
	}
	return "", false
}

func (s *smtpServer) serve(conn net.Conn) {
	s.mu.Lock()
	s.connections++
	s.mu.Unlock()
	secret := s.implicit
	if s.implicit {
		conn = tls.Server(conn, s.tls)
	}
	r := bufio.NewReader(conn)
	say := func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 mail.example.com ready")
	var m received
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb := strings.ToUpper(strings.Fields(line + " x")[0])
		if reply, told := s.recordCommand(verb, line); told {
			if reply == "hang up" {
				return
			}
			if reply == "stand still" {
				_, _ = io.Copy(io.Discard, conn)
				return
			}
			say(reply)
			continue
		}
		switch verb {
		case "EHLO":
			say("250-mail.example.com")
			if s.tls != nil && !secret {
				say("250-STARTTLS")
			}
			if s.login != "" {
				say("250-AUTH PLAIN LOGIN")
			}
			say("250 ENHANCEDSTATUSCODES")
		case "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, s.tls)
			r, secret = bufio.NewReader(conn), true
		case "AUTH":
			plain, _ := base64.StdEncoding.DecodeString(line[strings.LastIndexByte(line, ' ')+1:])
			if string(plain) != "\x00"+s.login {
				say("535 5.7.8 wrong")
				continue
			}
			say("235 2.7.0 welcome")
		case "MAIL":
			m = received{from: line}
			say("250 2.1.0 fine")
		case "RCPT":
			m.to = append(m.to, line)
			say("250 2.1.5 fine")
		case "DATA":
			say("354 go on")
			for {
				text, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if text == ".\r\n" {
					break
				}
				m.data += strings.TrimPrefix(text, ".")
			}
			reply, told := s.recordCommand("END", "END")
			if told && reply == "hang up" {
				return
			}
			if !told || strings.HasPrefix(reply, "2") {
				s.mu.Lock()
				s.mails = append(s.mails, m)
				s.mu.Unlock()
			}
			if !told {
				reply = "250 2.0.0 kept"
			}
			say(reply)
		case "QUIT":
			say("221 2.0.0 bye")
			return
		default: // RSET and NOOP
			say("250 2.0.0 fine")
		}
	}
}

// certificate returns a TLS configuration with a new certificate for this
// machine, and a pool that trusts this certificate.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	today := clock.System().Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: today.Add(-time.Hour), NotAfter: today.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}
