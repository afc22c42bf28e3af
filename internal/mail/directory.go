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

// Transport delivers mails. SMTP delivers them to a mail server, and Directory
// writes them to files. Package telemetry wraps a Transport to count mails.
type Transport interface {
	// Deliver delivers a mail. If the error is nil, the mail has arrived at the
	// server or in the directory. The error is ErrRefused if this mail can
	// never be delivered, and ErrUnavailable if no mail can be delivered now.
	Deliver(ctx context.Context, m *Mail) error
	// Patience returns how long Deliver may take.
	Patience() time.Duration
	// Rest closes a connection that Deliver has left open for the next mail.
	Rest()
	// String tells the operator to which server or directory mails are delivered.
	String() string
}

// Directory is a Transport that writes each mail to a file, which mail programs
// can open. It is for a programme without a mail server.
type Directory struct {
	dir  string
	from *netmail.Address
}

// NewDirectory returns a Directory for dir. The folder is created with the
// first mail.
func NewDirectory(dir string, from *netmail.Address) *Directory { return &Directory{dir, from} }

// String implements Transport.
func (d *Directory) String() string { return d.dir }

// Patience implements Transport. On a slow disk, Deliver may take longer. A
// second process may then write the same file, which does no harm.
func (d *Directory) Patience() time.Duration { return 2 * time.Second }

// Rest implements Transport.
func (d *Directory) Rest() {}

// Deliver implements Transport. It writes one file per mail, unless the file
// already exists. The names of the files sort by time.
func (d *Directory) Deliver(_ context.Context, m *Mail) error {
	encoding := gomail.NoEncoding // people can then read the file and follow its links
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

// longLine reports whether a line of text comes close to 998 bytes, the most
// that RFC 5322 allows without an encoding.
func longLine(text string) bool {
	const most = 990
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > most {
			return true
		}
	}
	return false
}

// replaceFile replaces the content of a file, or creates the file. If this fails or
// the process dies, the file keeps its old content.
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

// syncDir makes a rename durable on systems that support this.
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
