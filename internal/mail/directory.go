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

// Transport takes mails away.
type Transport interface {
	// Deliver hands a mail over; when it returns without an error, the mail has
	// arrived where it was to go. An error that is ErrRefused is about this mail
	// and final, one that is ErrUnavailable is about all mails.
	Deliver(ctx context.Context, m *Mail) error
	// Patience is the longest that Deliver takes.
	Patience() time.Duration
	// Rest lets go of what Deliver keeps open from one mail to the next.
	Rest()
	// String says where mails go, for the operator.
	String() string
}

// Directory keeps each mail as a file, for a programme without a mail server:
// mail programs open them.
type Directory struct {
	dir  string
	from *netmail.Address
}

// NewDirectory returns a Transport into dir, which the first mail makes.
func NewDirectory(dir string, from *netmail.Address) *Directory { return &Directory{dir, from} }

// String implements Transport.
func (d *Directory) String() string { return d.dir }

// Patience implements Transport. A disk may take longer: two processes that
// write one file do no harm.
func (d *Directory) Patience() time.Duration { return 2 * time.Second }

// Rest implements Transport.
func (d *Directory) Rest() {}

// Deliver implements Transport. A mail has one file, whose name sorts by time:
// delivered again, nothing happens.
func (d *Directory) Deliver(_ context.Context, m *Mail) error {
	encoding := gomail.NoEncoding // to be read as it is, links and all
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

// longLine reports whether a line is longer than a mail may have it as it is.
func longLine(text string) bool {
	const most = 990
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > most {
			return true
		}
	}
	return false
}

// replaceFile makes a file whole or not at all, and durable.
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

// syncDir makes a rename durable, where the system can do that.
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
