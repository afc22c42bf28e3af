package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/tributary-server/tributary/internal/clock"
)

// smtpTimeout is how long connecting may take, and also how long sending one
// mail may take.
const smtpTimeout = 30 * time.Second

// grace is how long sending may still take after the process was asked to stop.
const grace = 5 * time.Second

// Server describes a mail server that accepts mails to any address.
type Server struct {
	Host     string
	Port     int
	TLS      TLS
	User     string // user name for the login; empty means no login
	Password string
	Roots    *x509.CertPool // trusted root certificates; nil means the system's roots
}

// TLS says when a connection is encrypted.
type TLS string

// These are the ways to encrypt a connection.
const (
	Implicit TLS = "implicit" // encrypted from the first byte, as in smtps
	StartTLS TLS = "required" // encrypted by STARTTLS before any mail or login
	MayTLS   TLS = "offered"  // encrypted by STARTTLS if the server offers it
	NoTLS    TLS = "off"
)

var errServer = errors.New("write smtp://USER:PASSWORD@HOST:PORT or smtps://USER:PASSWORD@HOST:PORT")

// ParseServer reads an address such as smtp://user:password@host:587 or
// smtps://host:465. If an smtp address has a login, STARTTLS is required, unless the
// server is on this machine. ?tls=off and ?tls=required override this rule. The
// errors never contain the address, because it may contain a password.
func ParseServer(text string) (*Server, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return nil, errServer
	}
	s := &Server{Host: u.Hostname(), User: u.User.Username()}
	s.Password, _ = u.User.Password()
	local := s.Host == "localhost" || net.ParseIP(s.Host).IsLoopback()
	switch {
	case u.Scheme == "smtps":
		s.Port, s.TLS = 465, Implicit
	case u.Scheme != "smtp":
		return nil, errServer
	case local:
		s.Port, s.TLS = 25, NoTLS
	case s.User != "":
		s.Port, s.TLS = 587, StartTLS
	default:
		s.Port, s.TLS = 25, MayTLS
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil || s.Port < 1 || s.Port > 65535 {
			return nil, errServer
		}
	}
	for name, values := range u.Query() {
		wanted := TLS(values[len(values)-1])
		if name != "tls" || s.TLS == Implicit || wanted != NoTLS && wanted != StartTLS {
			return nil, errors.New("only an smtp:// address can have an option, which is ?tls=off or ?tls=required")
		}
		s.TLS = wanted
	}
	return s, nil
}

// SMTP is a Transport that sends mails through a mail server. It reuses its
// connection until Rest is called.
type SMTP struct {
	server *Server
	from   *netmail.Address
	client *gomail.Client
	open   *smtp.Client // nil if there is no connection
	conn   net.Conn
}

// NewSMTP returns a Transport that sends mails through a mail server. It
// connects when the first mail is sent.
func NewSMTP(server *Server, from *netmail.Address) (*SMTP, error) {
	s := &SMTP{server: server, from: from}
	options := []gomail.Option{
		gomail.WithPort(server.Port), gomail.WithTimeout(smtpTimeout),
		gomail.WithDialContextFunc(s.dial),
		gomail.WithTLSConfig(s.tlsConfig()),
	}
	switch server.TLS {
	case Implicit:
		options = append(options, gomail.WithSSL())
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case MayTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case NoTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if server.User != "" {
		// Neither of these methods sends the password over an unencrypted
		// connection, except on this machine.
		method := gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthPlain, gomail.SMTPAuthLogin)
		if server.TLS == NoTLS {
			method = gomail.WithSMTPAuth(gomail.SMTPAuthPlainNoEnc)
		}
		options = append(options, method, gomail.WithUsername(server.User), gomail.WithPassword(server.Password))
	}
	client, err := gomail.NewClient(server.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("setting up the mail client: %w", err)
	}
	s.client = client
	return s, nil
}

func (s *SMTP) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.server.Host, MinVersion: tls.VersionTLS12, RootCAs: s.server.Roots}
}

// dial connects, and stores the connection so that drop can close it in any state.
func (s *SMTP) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{}
	var err error
	if s.server.TLS == Implicit {
		s.conn, err = (&tls.Dialer{NetDialer: dialer, Config: s.tlsConfig()}).DialContext(ctx, network, address)
	} else {
		s.conn, err = dialer.DialContext(ctx, network, address)
	}
	return s.conn, err
}

// String implements Transport.
func (s *SMTP) String() string { return net.JoinHostPort(s.server.Host, strconv.Itoa(s.server.Port)) }

// Patience implements Transport. It includes the time to notice that a reused
// connection no longer works.
func (s *SMTP) Patience() time.Duration { return 4 * smtpTimeout }

// Deliver implements Transport.
func (s *SMTP) Deliver(ctx context.Context, m *Mail) error {
	msg, err := compose(m, s.from, gomail.EncodingQP)
	if err != nil {
		return err
	}
	kept := s.open != nil
	if err := s.connect(ctx); err != nil {
		return err
	}
	err = s.send(ctx, msg)
	if kept && errors.Is(err, ErrUnavailable) { // the server has closed the reused connection, so try once more with a new one
		if err := s.connect(ctx); err != nil {
			return err
		}
		err = s.send(ctx, msg)
	}
	return err
}

func (s *SMTP) connect(ctx context.Context) (err error) {
	if s.open != nil {
		return nil
	}
	if s.open, err = s.client.DialToSMTPClientWithContext(ctx); err != nil {
		s.drop()
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

func (s *SMTP) send(ctx context.Context, msg *gomail.Msg) error {
	conn := s.conn
	// The system compares a socket's deadline with its own clock, not with the
	// injected clock.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(clock.System().Now().Add(grace)) })
	defer stop()
	err := s.client.SendWithSMTPClient(s.open, msg)
	if err == nil || msg.IsDelivered() {
		if err != nil { // the connection cannot be used for another mail
			s.drop()
		}
		return nil
	}
	reason, known := errors.AsType[*gomail.SendError](err)
	code := 0
	if known {
		code = reason.ErrorCode()
	}
	switch {
	case code/100 == 5 && (reason.Reason == gomail.ErrSMTPRcptTo || reason.Reason == gomail.ErrSMTPDataClose):
		return fmt.Errorf("%w: %w", ErrRefused, err)
	case code/100 == 5 || code/100 == 4 && code != 421:
		return err
	default: // status 421, or no response
		s.drop()
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
}

func (s *SMTP) drop() {
	if s.conn != nil {
		s.conn.Close()
	}
	s.open, s.conn = nil, nil
}

// Rest implements Transport.
func (s *SMTP) Rest() {
	if s.open != nil {
		_ = s.client.CloseWithSMTPClient(s.open) // the server has already accepted the mails
	}
	s.drop()
}
