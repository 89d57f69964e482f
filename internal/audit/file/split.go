package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxRecord is the size beyond which one record is skipped and reported instead of kept in memory.
const maxRecord = 64 << 20

// keptBuffer is how much memory a splitter keeps from one record to the next.
const keptBuffer = 1 << 20

// envelopes are the names under which exports keep their array of records, at the top of the document.
var envelopes = map[string]bool{
	"Records": true, "records": true, "Events": true, "events": true, "logEvents": true, "entries": true, "value": true, "data": true, "items": true,
	"results": true,
}

// A raw record with where it began in the decompressed stream.
type raw struct {
	text     []byte // the splitter's own, until the next record is read
	offset   int64
	readOnly bool // the record itself says "readOnly": true
}

var (
	errTooLarge = fmt.Errorf("larger than %d MiB", maxRecord>>20)
	errBroken   = errors.New("not closed before the next record begins")
	errCut      = errors.New("cut off by the end of the file")
	errNotJSON  = errors.New("not JSON")
)

// A splitter cuts a stream into JSON objects without decoding them: lines, an array, an envelope with an array, or objects one after the other.
// It holds one record in memory at a time. A record that is not closed is given up where the next one begins.
type splitter struct {
	r      *bufio.Reader
	offset int64
	buffer []byte // of the record before: most records are only looked at
	// record is handed every object, bad every stretch of input that is not one. Either returns false to stop.
	record func(raw) bool
	bad    func(offset int64, err error) bool
}

var errStop = errors.New("stop")

func (s *splitter) next() (byte, error) {
	c, err := s.r.ReadByte()
	if err == nil {
		s.offset++
	}
	return c, err
}

func (s *splitter) back() {
	if s.r.UnreadByte() == nil {
		s.offset--
	}
}

// run reads to the end. It returns nil at the end of input, or the error of the reader.
func (s *splitter) run() error {
	err := s.top()
	if errors.Is(err, errStop) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (s *splitter) top() error {
	s.skipMark()
	garbage := int64(-1)
	for {
		c, err := s.next()
		if err != nil {
			if garbage >= 0 && !s.bad(garbage, errNotJSON) {
				return errStop
			}
			return err
		}
		switch c {
		case '{':
			if garbage >= 0 {
				if !s.bad(garbage, errNotJSON) {
					return errStop
				}
				garbage = -1
			}
			if err := s.object(true); err != nil {
				return err
			}
		case ' ', '\t', '\r', '\n', ',', '[', ']', '}', 0x1e: // 0x1e begins records of JSON text sequences
		default:
			if garbage < 0 {
				garbage = s.offset - 1
			}
		}
	}
}

// skipMark drops a UTF-8 byte order mark.
func (s *splitter) skipMark() {
	if head, err := s.r.Peek(3); err == nil && bytes.Equal(head, []byte{0xEF, 0xBB, 0xBF}) {
		if n, err := s.r.Discard(3); err == nil {
			s.offset += int64(n)
		}
	}
}

// object reads one object whose brace was just read. With unwrap, an object that turns out to be an envelope is entered instead of kept.
func (s *splitter) object(unwrap bool) error {
	rec := raw{offset: s.offset - 1}
	buf := append(s.buffer[:0], '{')
	defer func() {
		if cap(buf) <= keptBuffer {
			s.buffer = buf[:0]
		}
	}()
	stack := []byte{'{'} // open brackets
	var (
		previous  = byte('{') // last byte that is not white space
		newline   bool        // between previous and here
		key       string      // last string read at depth 1 in key position
		isKey     = true
		tooLarge  bool
		wantEnter bool
	)
	give := func(err error) error {
		if !s.bad(rec.offset, err) {
			return errStop
		}
		return nil
	}
	for {
		c, err := s.next()
		if err != nil {
			if e := give(errCut); e != nil {
				return e
			}
			return err
		}
		switch c {
		case ' ', '\t', '\r':
			if !tooLarge {
				buf = append(buf, c)
			}
			continue
		case '\n':
			newline = true
			if !tooLarge {
				buf = append(buf, c)
			}
			continue
		}
		if !tooLarge {
			buf = append(buf, c)
			if len(buf) > maxRecord {
				tooLarge, buf = true, nil
			}
		}
		inObject := stack[len(stack)-1] == '{'
		switch c {
		case '"':
			start := len(buf)
			end, err := s.text(&buf, tooLarge)
			if err != nil {
				if e := give(errCut); e != nil {
					return e
				}
				return err
			}
			if !end { // a raw line break inside text: this record was cut off
				return give(errBroken)
			}
			if len(stack) == 1 && isKey && !tooLarge && len(buf)-start < 64 {
				key = string(buf[start : len(buf)-1])
			}
		case ':':
			isKey = false
		case ',':
			isKey = inObject
		case '{', '[':
			if c == '{' && inObject && previous != ':' {
				s.back() // illegal: the record before was not closed
				return give(errBroken)
			}
			if c == '[' && unwrap && len(stack) == 1 && previous == ':' && envelopes[key] {
				wantEnter = true
			} else if wantEnter {
				wantEnter = false
				if c == '{' && previous == '[' && len(stack) == 2 {
					return s.elements()
				}
			}
			if len(stack) > 10_000 {
				return give(errors.New("nested too deeply"))
			}
			stack = append(stack, c)
			isKey = c == '{'
		case '}', ']':
			wantEnter = false
			if (c == '}') != inObject {
				return give(errBroken)
			}
			stack = stack[:len(stack)-1]
			if len(stack) == 0 {
				if tooLarge {
					return give(errTooLarge)
				}
				rec.text = buf
				if !s.record(rec) {
					return errStop
				}
				return nil
			}
			isKey = false
		case 't':
			wantEnter = false
			if len(stack) == 1 && previous == ':' && key == "readOnly" {
				rec.readOnly = true
			}
		default:
			wantEnter = false
			if newline && len(stack) == 1 && c == '\x1e' {
				return give(errBroken)
			}
		}
		previous, newline = c, false
	}
}

// text reads to the closing quote. It returns false when a line ends inside the text, which JSON forbids; the break is consumed.
func (s *splitter) text(buf *[]byte, drop bool) (bool, error) {
	escaped := false
	for {
		chunk, err := s.r.ReadSlice('"')
		if err == nil && !escaped && bytes.IndexByte(chunk, '\\') < 0 && bytes.IndexByte(chunk, '\n') < 0 { // most texts
			s.offset += int64(len(chunk))
			if !drop {
				*buf = append(*buf, chunk...)
			}
			return true, nil
		}
		if i := bytes.IndexByte(chunk, '\n'); i >= 0 {
			// Give back what follows the break: another record begins there.
			s.offset += int64(i + 1)
			rest := append([]byte(nil), chunk[i+1:]...)
			s.r = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(rest), s.r), 1<<16)
			return false, nil
		}
		s.offset += int64(len(chunk))
		if !drop {
			*buf = append(*buf, chunk...)
		}
		for _, c := range chunk {
			switch {
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '"':
				return true, nil
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return false, err
		}
	}
}

// elements reads the records of an envelope, whose array's first brace was just read, then the rest of the envelope.
func (s *splitter) elements() error {
	whole := true
	bad := s.bad
	s.bad = func(offset int64, err error) bool {
		whole = false
		return bad(offset, err)
	}
	defer func() { s.bad = bad }()
	if err := s.object(false); err != nil {
		return err
	}
	for {
		c, err := s.next()
		if err != nil && whole {
			return s.ended(err)
		}
		if err != nil {
			return err
		}
		switch c {
		case '{':
			if err := s.object(false); err != nil {
				return err
			}
		case ']':
			if whole {
				return s.rest()
			}
			// After a damaged record a bracket may belong to it: keep looking for records.
		}
	}
}

// ended reports an envelope that the input ends inside of.
func (s *splitter) ended(err error) error {
	if !s.bad(s.offset, errCut) {
		return errStop
	}
	return err
}

// rest skips the fields of an envelope that follow its array.
func (s *splitter) rest() error {
	depth := 1
	var drop []byte
	for depth > 0 {
		c, err := s.next()
		if err != nil {
			return s.ended(err)
		}
		switch c {
		case '"':
			if _, err := s.text(&drop, true); err != nil {
				return s.ended(err)
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
	}
	return nil
}
