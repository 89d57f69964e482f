package planfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/flate"
)

// The entries of a plan file that are read here.
const (
	EntryPlan = "tfplan"
	EntryBase = "tfstate-prev"
	EntryLive = "tfstate"
	EntryLock = ".terraform.lock.hcl"
)

// maxRatio is more than deflate can make of one byte.
const maxRatio = 1040

type archive struct {
	file *os.File
	zip  *zip.Reader
	size int64
}

func openArchive(name string) (*archive, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	a, err := newArchive(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

func newArchive(f *os.File) (*archive, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, notZip(f, info.Size())
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	a := &archive{file: f, zip: z, size: info.Size()}
	for _, entry := range []string{EntryPlan, EntryBase, EntryLive} {
		if a.find(entry) == nil {
			return nil, damaged("it has no entry %s", entry)
		}
	}
	return a, nil
}

// notZip says what a file is that should have been a plan.
func notZip(r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 4096))
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	head = bytes.TrimSpace(head[:n])
	switch {
	case len(head) == 0:
		return damaged("it is empty")
	case bytes.HasPrefix(head, []byte("{")) && bytes.Contains(head, []byte(`"remote_plan_format"`)):
		return ErrRemote
	case bytes.HasPrefix(head, []byte("{")) && (bytes.Contains(head, []byte(`"encrypted_data"`)) || bytes.Contains(head, []byte(`"encryption_version"`)) || bytes.Contains(head, []byte(`"meta"`))):
		return ErrEncrypted
	case bytes.HasPrefix(head, []byte("PK")):
		return damaged("the archive is cut short")
	case bytes.HasPrefix(head, []byte("tfplan")):
		return damaged("it was written by an engine older than 0.12")
	}
	return damaged("it is not a zip archive")
}

func (a *archive) Close() error { return a.file.Close() }

func (a *archive) find(entry string) *zip.File {
	for _, f := range a.zip.File {
		if f.Name == entry {
			return f
		}
	}
	return nil
}

// open streams an entry. Errors while reading mean that the archive is damaged.
func (a *archive) open(entry string) (io.ReadCloser, error) {
	f := a.find(entry)
	if f == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoEntry, entry)
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged("entry %s: %v", entry, err)
	}
	return r, nil
}

func (a *archive) read(entry string) ([]byte, error) {
	f := a.find(entry)
	if f == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoEntry, entry)
	}
	// The claimed size is believed only as far as deflate could make it from what is there: a damaged header must not cost memory.
	if f.UncompressedSize64 > (f.CompressedSize64+1)*maxRatio || f.CompressedSize64 > uint64(a.size) {
		return nil, damaged("entry %s claims %d bytes", entry, f.UncompressedSize64)
	}
	r, err := a.open(entry)
	if err != nil {
		return nil, err
	}
	data := make([]byte, f.UncompressedSize64)
	_, err = io.ReadFull(r, data)
	if err == nil {
		_, err = io.Copy(io.Discard, r) // to the end, where the checksum is compared
	}
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, damaged("entry %s: %v", entry, err)
	}
	return data, nil
}

// Entry returns the bytes of one entry of the plan file, for example [EntryLive] for an offline re-plan.
func Entry(file, name string) ([]byte, error) {
	a, err := openArchive(file)
	if err != nil {
		return nil, fmt.Errorf("plan file %s: %w", file, err)
	}
	b, err := a.read(name)
	if err := errors.Join(err, a.Close()); err != nil {
		return nil, fmt.Errorf("plan file %s: %w", file, err)
	}
	return b, nil
}
