package config

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"os"
	"strings"

	"github.com/tributary-server/tributary/internal/mail"
)

// Mail holds the options for sending mails.
type Mail struct {
	MailDir     string `placeholder:"DIR" help:"Without --smtp-url, write each mail as an .eml file into this directory, which is created if it is missing. Default: mail next to the SQLite file, or in the working directory for PostgreSQL."`
	SMTPURL     string `name:"smtp-url" placeholder:"URL" help:"Send mails through this server: smtp://USER:PASSWORD@HOST:587 (uses STARTTLS; add ?tls=off to send without encryption) or smtps://USER:PASSWORD@HOST:465."`
	SMTPURLFile string `name:"smtp-url-file" placeholder:"FILE" help:"Read --smtp-url from this file, so that its password is not on the command line."`
	MailFrom    string `placeholder:"ADDRESS" help:"The sender of mails: an address, or \"Name <address>\". Default: the user of --smtp-url if that is an address."`
}

// defaultSender is the sender of mails if they are only written to a directory.
const defaultSender = "tributary@localhost"

// MailServer reads --smtp-url or --smtp-url-file. It returns nil if neither is
// given. Its errors never contain the URL, because the URL may contain a password.
func (m *Mail) MailServer() (*mail.Server, error) {
	text, name := m.SMTPURL, "--smtp-url"
	if m.SMTPURLFile != "" {
		name = "--smtp-url-file"
		content, err := os.ReadFile(m.SMTPURLFile)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if text = strings.TrimSpace(string(content)); text == "" || len(content) > maxURL {
			return nil, fmt.Errorf("%s: %s contains no URL", name, m.SMTPURLFile)
		}
	}
	if text == "" {
		return nil, nil //nolint:nilnil // no mail server is given
	}
	server, err := mail.ParseServer(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return server, nil
}

// Sender returns the sender of mails. server is nil if mails are only written
// to a directory.
func (m *Mail) Sender(server *mail.Server) (*netmail.Address, error) {
	text := m.MailFrom
	switch {
	case text != "":
	case server == nil:
		text = defaultSender
	case strings.Contains(server.User, "@"):
		text = server.User
	default:
		return nil, errors.New("--mail-from: write the sender of mails, such as no-reply@example.com")
	}
	from, err := mail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("--mail-from: %q is not an e-mail address", text)
	}
	if from.Name == "" {
		from.Name = "Tributary"
	}
	return from, nil
}

func (m *Mail) check() error {
	if m.SMTPURL != "" && m.SMTPURLFile != "" {
		return errors.New("--smtp-url and --smtp-url-file cannot be used together")
	}
	if m.SMTPURLFile != "" {
		return nil // MailServer reads and checks the file later
	}
	server, err := m.MailServer()
	if err == nil {
		_, err = m.Sender(server)
	}
	return err
}

func (w *Web) check() error {
	return errors.Join(w.checkPublicURL(), w.Rebates.check(), w.Redirects.check(), w.Wallet.check(), w.Exports.check(), w.Limits.check(), w.Browsers.check())
}

func (w *Web) checkPublicURL() error {
	if w.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(w.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("--public-url: write an http or https address, such as https://partners.example.com")
	}
	return nil
}
