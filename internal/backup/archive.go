package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

const (
	manifestName = "manifest.json"
	formatOne    = 1 // format version in the manifest
	trailerHead  = "tributary-backup sha256 "
	trailerSize  = len(trailerHead) + 2*sha256.Size + 1
	maxManifest  = 64 << 10
)

type manifest struct {
	Format  int         `json:"format"`
	SavedAt time.Time   `json:"saved_at"`
	Files   []savedFile `json:"files"` // in the same order as in the archive
}

type savedFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// pack writes an archive of parts, and then its checksum. It reads each part
// from the file whose path is prefix followed by the name of the part.
func pack(w io.Writer, parts []part, prefix string, now time.Time) (Saved, error) {
	m := manifest{Format: formatOne, SavedAt: now.UTC()}
	for _, p := range parts {
		info, err := os.Stat(prefix + p.name)
		if err != nil {
			return Saved{}, err
		}
		m.Files = append(m.Files, savedFile{p.name, info.Size()})
	}
	head, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Saved{}, err
	}
	sum := sha256.New()
	counted := &countingWriter{w: io.MultiWriter(w, sum)}
	archive := tar.NewWriter(counted)
	if err := addFile(archive, manifestName, int64(len(head)), now, bytes.NewReader(head)); err != nil {
		return Saved{}, err
	}
	for _, f := range m.Files {
		if err := addCopy(archive, f, prefix+f.Name, now); err != nil {
			return Saved{}, err
		}
	}
	if err := archive.Close(); err != nil {
		return Saved{}, err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	if _, err := io.WriteString(w, trailerHead+digest+"\n"); err != nil {
		return Saved{}, err
	}
	return Saved{Bytes: counted.n + int64(trailerSize), SHA256: digest}, nil
}

func addCopy(archive *tar.Writer, f savedFile, path string, now time.Time) error {
	in, err := os.Open(path) //nolint:gosec // copyDatabase has written it
	if err != nil {
		return err
	}
	defer in.Close()
	return addFile(archive, f.Name, f.Bytes, now, in)
}

func addFile(archive *tar.Writer, name string, size int64, now time.Time, content io.Reader) error {
	err := archive.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: now.Truncate(time.Second), Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	_, err = io.Copy(archive, content)
	return err
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// errOldFormat is the error for a backup that an earlier version has written.
// Such a backup consists of two database files.
var errOldFormat = errors.New("is a database, not a backup file of this version. Earlier versions of tributary backup wrote two databases," +
	" FILE and FILE.clicks. To restore them, stop the server and copy both over the database and its .clicks file." +
	" If you restore only one of them, all clicks are lost")

// verifyWhole reads a whole backup and verifies its checksum. It returns the
// size of the archive in bytes, and leaves f at the beginning of the archive.
func verifyWhole(ctx context.Context, f *os.File) (size int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, errors.New("is not a file")
	}
	start := make([]byte, 16)
	if n, _ := f.ReadAt(start, 0); string(start[:n]) == "SQLite format 3\x00" {
		return 0, errOldFormat
	}
	size = info.Size() - int64(trailerSize)
	trailer := make([]byte, trailerSize)
	if size <= 0 {
		return 0, errors.New("is not a backup. Give a file that tributary backup has written")
	}
	if _, err := f.ReadAt(trailer, size); err != nil {
		return 0, err
	}
	want, is := bytes.CutPrefix(trailer, []byte(trailerHead))
	if !is {
		return 0, errors.New("is truncated or not a backup, because its last line has no checksum")
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, interruptible(ctx, io.NewSectionReader(f, 0, size))); err != nil {
		return 0, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != string(bytes.TrimSuffix(want, []byte("\n"))) {
		return 0, fmt.Errorf("is damaged, because its checksum is %s but its last line says %s", got, bytes.TrimSpace(want))
	}
	return size, nil
}

// unpack writes the parts of an archive to files, and returns these parts.
// pathOf returns the path of the file for a part. The archive has size bytes.
func unpack(ctx context.Context, f *os.File, size int64, pathOf func(part) string) ([]part, error) {
	archive := tar.NewReader(interruptible(ctx, io.NewSectionReader(f, 0, size)))
	m, err := readManifest(archive)
	if err != nil {
		return nil, err
	}
	var found []part
	for _, file := range m.Files {
		i := slices.IndexFunc([]part{databasePart, clicksPart}, func(p part) bool { return p.name == file.Name })
		if i < 0 {
			return nil, fmt.Errorf("contains the file %q, which this version does not know. Restore it with the version that wrote it", file.Name)
		}
		p := []part{databasePart, clicksPart}[i]
		head, err := archive.Next()
		if err != nil {
			return nil, fmt.Errorf("reading the archive: %w", err)
		}
		if head.Name != file.Name || head.Size != file.Bytes {
			return nil, fmt.Errorf("contains %q with %d bytes, but its manifest lists %q with %d bytes", head.Name, head.Size, file.Name, file.Bytes)
		}
		if err := writeFile(pathOf(p), archive); err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	if len(found) == 0 || found[0].name != databasePart.name {
		return nil, errors.New("contains no database")
	}
	return found, nil
}

func readManifest(archive *tar.Reader) (*manifest, error) {
	head, err := archive.Next()
	if err != nil || head.Name != manifestName || head.Size > maxManifest {
		return nil, errors.Join(errors.New("does not begin with a manifest"), err)
	}
	content, err := io.ReadAll(archive)
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(content, &m); err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	if m.Format != formatOne {
		return nil, fmt.Errorf("has format %d, which this version does not know. Restore it with the version that wrote it", m.Format)
	}
	return &m, nil
}

func writeFile(path string, content io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // a file next to the database
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, content); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// interruptible returns a reader that fails when ctx is done.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
