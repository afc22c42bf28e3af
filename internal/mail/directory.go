package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Transport delivers mails. SMTP delivers them to a server, and Directory
// writes them to files. Package telemetry has a Transport that wraps another
// Transport and counts its mails.
type Transport interface {
	// Deliver delivers a mail. If it returns nil, the mail has arrived at the
	// server or in the directory. It returns ErrRefused if this mail can never be
	// delivered, and ErrUnavailable if no mail can be delivered now.
	Deliver(ctx context.Context, m *Mail) error
	// Patience returns the maximum duration of Deliver.
	Patience() time.Duration
	// Rest closes connections that Deliver has left open for the next mail.
	Rest()
	// String returns the destination of mails, for the operator.
	String() string
}

// Directory is a Transport that writes each mail to a file, for a programme without
// a mail server. Mail programs can open the files.
type Directory struct {
	dir  string
	from *netmail.Address
}

// NewDirectory returns a Directory for dir. The first mail creates dir.
func NewDirectory(dir string, from *netmail.Address) *Directory { return &Directory{dir, from} }

// String implements Transport.
func (d *Directory) String() string { return d.dir }

// Patience implements Transport. A slow disk may take longer. Then a second process
// may write the same file, which does no harm.
func (d *Directory) Patience() time.Duration { return 2 * time.Second }

// Rest implements Transport.
func (d *Directory) Rest() {}

// Deliver implements Transport. It writes one file for each mail. The names of
// files sort by time. If the file of a mail already exists, Deliver does not
// write it again.
func (d *Directory) Deliver(_ context.Context, m *Mail) error {
	encoding := gomail.NoEncoding // so that people can read the file and follow its links
	if longLine(m.Text) || longLine(m.HTML) {
		encoding = gomail.EncodingQP
	}
	msg, err := compose(m, d.from, encoding)
	if err != nil {
		return err
	}
	name := filepath.Join(d.dir, fileName(m))
	if _, err := os.Lstat(name); err == nil {
		return nil
	}
	var text bytes.Buffer
	if _, err := msg.WriteTo(&text); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if err := replaceFile(name, text.Bytes()); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

func fileName(m *Mail) string {
	kind := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, m.Kind)
	return m.ID.String() + "-" + kind + ".eml"
}

// longLine reports whether text has a line that is too long for a mail without an
// encoding. RFC 5322 allows 998 bytes.
func longLine(text string) bool {
	const most = 990
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > most {
			return true
		}
	}
	return false
}

// replaceFile writes a file atomically and durably.
func replaceFile(name string, content []byte) (err error) {
	dir, base := filepath.Split(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	part := filepath.Join(dir, "."+base+".part")
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the operator sets the directory, and fileName makes the name safe
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		_ = os.Remove(part)
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename durable if the system supports it.
func syncDir(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // the operator sets the directory
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
