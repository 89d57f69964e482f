package lookup

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// settled is how old an hour must be before it is kept: CloudTrail is late by minutes, and promises nothing.
const settled = 2 * time.Hour

// hours are the answers to one question about one account and region that will not change any more: a file for each hour, gzipped lines, the first one
// a header. A file that is not what it should be is removed, and its hour asked again. The zero hours keep nothing.
type hours struct {
	dir string
	key header
}

// A header says what a file answers, so that one in a wrong place is not believed, and how many records follow.
type header struct {
	Version  int
	Account  string
	Region   string
	Question string
	Hour     time.Time
	Records  int
}

var plain = regexp.MustCompile(`^[a-z0-9-]+$`)

// hoursOf are those below a cache folder. Without a folder, or without the account that answers, nothing is kept.
func hoursOf(folder, account, region, question string) hours {
	if folder == "" || !plain.MatchString(account) || !plain.MatchString(region) {
		return hours{}
	}
	return hours{dir: filepath.Join(folder, account, region, question), key: header{Version: 1, Account: account, Region: region, Question: question}}
}

func (h hours) file(hour time.Time) string {
	return filepath.Join(h.dir, hour.UTC().Format("2006010215")+".gz")
}

// load returns the records of an hour, and whether it is kept.
func (h hours) load(hour time.Time) ([]string, bool) {
	if h.dir == "" {
		return nil, false
	}
	records, err := h.read(hour)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		_ = os.Remove(h.file(hour)) // it will be written again; if it cannot be removed, it will be found damaged again
	}
	return records, err == nil
}

func (h hours) read(hour time.Time) (records []string, err error) {
	f, err := os.Open(h.file(hour))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	lines := json.NewDecoder(z)
	want := h.key
	want.Hour = hour.UTC()
	var got header
	if err := lines.Decode(&got); err != nil {
		return nil, err
	}
	want.Records = got.Records
	if got != want {
		return nil, fmt.Errorf("%s answers something else", f.Name())
	}
	for {
		var record string
		err := lines.Decode(&record)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	if len(records) != got.Records {
		return nil, fmt.Errorf("%s has %d records, not %d", f.Name(), len(records), got.Records)
	}
	return records, nil
}

// save keeps the records of an hour. That it could not is no reason to stop: it will be asked again.
func (h hours) save(hour time.Time, records []string) {
	if h.dir == "" || os.MkdirAll(h.dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(h.dir, ".new-*")
	if err != nil {
		return
	}
	if err := errors.Join(h.write(f, hour, records), f.Close()); err == nil {
		err = os.Rename(f.Name(), h.file(hour))
		if err == nil {
			return
		}
	}
	_ = os.Remove(f.Name()) // nothing is lost with it
}

// packers are used again: a sweep writes hundreds of small files.
var packers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level exists
	return z
}}

func (h hours) write(f io.Writer, hour time.Time, records []string) error {
	key := h.key
	key.Hour, key.Records = hour.UTC(), len(records)
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(f)
	lines := json.NewEncoder(z)
	if err := lines.Encode(key); err != nil {
		return err
	}
	for _, r := range records {
		if err := lines.Encode(r); err != nil {
			return err
		}
	}
	return z.Close()
}

// forget removes hours that the log itself has forgotten, and what runs that were ended long ago left.
func (h hours) forget(oldest time.Time) {
	if h.dir == "" {
		return
	}
	files, err := os.ReadDir(h.dir)
	if err != nil {
		return // nothing is kept yet
	}
	for _, f := range files {
		old := f.Name() < filepath.Base(h.file(oldest))
		if f.Name()[0] == '.' { // written by a run that is going on, or was ended
			info, err := f.Info()
			old = err == nil && info.ModTime().Before(oldest)
		}
		if old {
			_ = os.Remove(filepath.Join(h.dir, f.Name()))
		}
	}
}
