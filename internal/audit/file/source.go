// Package file reads exported audit logs: CloudTrail, Google Cloud, Azure, Kubernetes, GitHub and OCSF records, plain or gzip, as lines, arrays or
// in the envelopes that clouds and shippers use. The format is told from the content of each record, never from the file's name.
//
// Start with [New]. Files are streamed: memory does not grow with their size. A record that cannot be used is yielded as *audit.Unreadable with
// file and byte offset, and reading goes on; a file that cannot be opened or ends too early is a *audit.SourceError.
package file

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/klauspost/compress/gzip"

	"github.com/mooringdev/mooring/internal/audit"
)

// Files is where patterns are looked up. [Disk] is the real one.
type Files interface {
	Glob(pattern string) ([]string, error)
	Open(name string) (io.ReadCloser, error)
}

// ErrNothing may be returned by Glob for a pattern that is known to match nothing, where that is as it should be.
var ErrNothing = errors.New("nothing there")

// Disk is the file system of this machine. The pattern and name "-" is Stdin, when that is set.
type Disk struct{ Stdin io.Reader }

// Glob lists the regular files that match; ** matches any depth. A pattern that names a directory means everything below it.
func (d Disk) Glob(pattern string) ([]string, error) {
	if pattern == "-" && d.Stdin != nil {
		return []string{"-"}, nil
	}
	if info, err := os.Stat(pattern); err == nil && info.IsDir() {
		pattern += "/**/*.{json,jsonl,ndjson,log,gz,txt}"
	}
	return doublestar.FilepathGlob(pattern, doublestar.WithFilesOnly())
}

// Open opens a file that Glob listed.
func (d Disk) Open(name string) (io.ReadCloser, error) {
	if name == "-" && d.Stdin != nil {
		return io.NopCloser(d.Stdin), nil
	}
	return os.Open(name)
}

// New returns a source of all records in the files that match patterns.
func New(patterns []string, files Files) audit.Source {
	return &source{patterns: patterns, files: files}
}

type source struct {
	patterns []string
	files    Files
}

func (s *source) Name() string { return "file" }

// Capabilities: a file holds whatever was exported into it.
func (s *source) Capabilities() audit.Capabilities {
	return audit.Capabilities{HasActor: true, HasValues: true}
}

type item struct {
	event audit.Event
	err   error
}

// batch is a run of records of one file: the unit of work that is handed to a decoder.
type batch struct {
	file    string
	records []raw
}

const batchBytes = 1 << 18

// Query reads the files one after the other, decoding on several cores. It yields events of all times: those outside the window tell what the
// files cover, and who opened a session that is used in it.
func (s *source) Query(ctx context.Context, q audit.Query) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		batches, items := make(chan batch, 2), make(chan []item, 2)
		wg.Go(func() {
			defer close(batches)
			s.readAll(ctx, q, batches, items)
		})
		for range max(1, runtime.GOMAXPROCS(0)) {
			wg.Go(func() {
				for b := range batches {
					if !send(ctx, items, decodeBatch(b)) {
						return
					}
				}
			})
		}
		go func() {
			wg.Wait()
			close(items)
		}()
		defer func() {
			cancel()
			for range items { // let everyone end before returning
			}
		}()
		for list := range items {
			for _, it := range list {
				if !yield(it.event, it.err) {
					return
				}
			}
		}
	}
}

func send[T any](ctx context.Context, ch chan<- T, v T) bool {
	select {
	case ch <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

func decodeBatch(b batch) []item {
	var out []item
	for _, r := range b.records {
		events, err := Decode(r.text)
		if err != nil {
			out = append(out, item{err: &audit.Unreadable{File: b.file, Offset: r.offset, Err: err}})
			continue
		}
		for _, e := range events {
			e.File, e.Offset = b.file, r.offset
			out = append(out, item{event: e})
		}
	}
	return out
}

func (s *source) readAll(ctx context.Context, q audit.Query, batches chan<- batch, items chan<- []item) {
	fail := func(err error) bool {
		problem := &audit.SourceError{Code: audit.ProblemFailed}
		if known := (*audit.SourceError)(nil); errors.As(err, &known) {
			problem.Code, problem.Account, problem.Region = known.Code, known.Account, known.Region
		}
		problem.Err = err
		return send(ctx, items, []item{{err: problem}})
	}
	var names []string
	for _, pattern := range s.patterns {
		found, err := s.files.Glob(pattern)
		switch {
		case errors.Is(err, ErrNothing):
			continue
		case err != nil:
			err = fmt.Errorf("audit file pattern %q: %w", pattern, err)
		case len(found) == 0:
			err = fmt.Errorf("no audit file matches %q", pattern)
		}
		if err != nil && !fail(err) {
			return
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if ctx.Err() != nil {
			return
		}
		if err := s.readFile(ctx, name, q, batches, items); err != nil && !fail(fmt.Errorf("audit file %s: %w", name, err)) {
			return
		}
	}
}

func (s *source) readFile(ctx context.Context, name string, q audit.Query, batches chan<- batch, items chan<- []item) (err error) {
	f, err := s.files.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := open(f)
	if err != nil {
		return err
	}
	b, size := batch{file: name}, 0
	flush := func() bool {
		done := len(b.records) == 0 || send(ctx, batches, b)
		b, size = batch{file: name}, 0
		return done
	}
	sp := splitter{
		r: r,
		record: func(rec raw) bool {
			if q.WriteOnly && rec.readOnly && !bytes.Contains(rec.text, []byte(`"AssumeRole`)) {
				return true // sessions are needed to know people; other reads change nothing
			}
			rec.text = bytes.Clone(rec.text)
			b.records = append(b.records, rec)
			size += len(rec.text)
			return size < batchBytes || flush()
		},
		bad: func(offset int64, err error) bool {
			return send(ctx, items, []item{{err: &audit.Unreadable{File: name, Offset: offset, Err: err}}})
		},
	}
	err = sp.run()
	flush()
	return err
}

// open looks through gzip, which is told by its first two bytes.
func open(f io.Reader) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(f, 1<<16)
	head, _ := r.Peek(2) // an error comes again with the first read
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return r, nil
	}
	packed := &counter{r: r}
	z, err := gzip.NewReader(bufio.NewReaderSize(packed, 1<<16))
	if err != nil {
		return nil, fmt.Errorf("damaged gzip: %w", err)
	}
	return bufio.NewReaderSize(&bounded{z: z, packed: packed}, 1<<18), nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// A log packs 10 to 50 times. Something that packs over 500 times after the first 256 MiB is made to fill memory or time.
const (
	bombFree  = 256 << 20
	bombRatio = 500
)

type bounded struct {
	z      io.Reader
	packed *counter
	n      int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.z.Read(p)
	b.n += int64(n)
	if b.n > bombFree && b.n/bombRatio > b.packed.n {
		return n, fmt.Errorf("refused: unpacks to more than %d times its size", bombRatio)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("damaged or truncated gzip: %w", err)
	}
	return n, err
}
