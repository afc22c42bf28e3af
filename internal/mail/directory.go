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

// Transport delivers mails: SMTP to a server, Directory into files. telemetry
// counts what another one delivers.
type Transport interface {
	// Deliver delivers a mail. If it returns no error, the mail has arrived at
	// the server or in the directory. ErrRefused means that this mail can never
	// be delivered. ErrUnavailable means that no mail can be delivered now.
	Deliver(ctx context.Context, m *Mail) error
	// Patience is the longest that Deliver takes.
	Patience() time.Duration
	// Rest closes what Deliver keeps open between mails.
	Rest()
	// String tells the operator where mails go.
	String() string
}

// Directory writes each mail to a file, for a programme without a mail server.
// Mail programs can open the files.
type Directory struct {
	dir  string
	from *netmail.Address
}

// NewDirectory returns a Transport into dir. The first mail creates dir.
func NewDirectory(dir string, from *netmail.Address) *Directory { return &Directory{dir, from} }

// String implements Transport.
func (d *Directory) String() string { return d.dir }

// Patience implements Transport. A disk may take longer, but two processes that
// write the same file do no harm.
func (d *Directory) Patience() time.Duration { return 2 * time.Second }

// Rest implements Transport.
func (d *Directory) Rest() {}

// Deliver implements Transport. Each mail has one file, whose name sorts by
// time. Delivering a mail again changes nothing.
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

// longLine reports whether text has a line that is too long for a mail without
// encoding.
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
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the operator names the directory, we the file
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

// syncDir makes a rename durable, if the system supports that.
func syncDir(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
