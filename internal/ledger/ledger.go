// Package ledger is Mooring's memory: an append-only list of what was seen, who did it, what people decided and what was published.
//
// Start at [Ledger]: Entries reads and checks, Append adds. It keeps JSON lines in a [Store]: a directory ([Dir]), a branch of a local
// repository ([Branch]), or a branch on GitHub (package forge/github). [Fold] makes a [History] of the entries, which answers "since when",
// "when was it last clean" and "what was decided"; [Record] turns the results of a scan into the entries that they add. Both are pure.
//
// What it promises:
//
//   - Every entry carries the SHA-256 of the one before, so what was written cannot be changed or left out unseen; reading checks it.
//   - Writers at the same time lose nothing: the store accepts an addition only after the entry that its writer saw last, and the loser
//     reads again.
//   - [Ledger.Compact] folds old entries into a checkpoint, from which the chain goes on and every question has the same answer as before.
//   - With a [Signer] every addition is signed, in a form that ssh-keygen or gpg verifies.
//   - It holds addresses, attribute paths, people as far as the caller shows them, and ids of audit events: never values.
package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Version of the entries that are written.
const Version = 1

// Kind says what an entry is about.
type Kind string

// The kinds of entry. Readers skip kinds that they do not know.
const (
	KindScan        Kind = "scan"        // a scan took place: which stacks were clean, drifted, pending, failed
	KindFirstSeen   Kind = "first_seen"  // a finding appeared
	KindChanged     Kind = "changed"     // its kind or its paths changed
	KindResolved    Kind = "resolved"    // it is gone
	KindAttribution Kind = "attribution" // who did it, with the evidence
	KindDecision    Kind = "decision"    // what a person said about it
	KindPublication Kind = "publication" // what was done on the forge
	KindApply       Kind = "apply"       // the stack was applied
	KindHoldings    Kind = "holdings"    // which resources the stack's state holds
	KindMoved       Kind = "moved"       // a stack or a finding is elsewhere
	KindCheckpoint  Kind = "checkpoint"  // stands for the entries before it, which are gone
	KindSignature   Kind = "signature"   // signs the entry before it, and so all of them
)

// An Entry is one line.
type Entry struct {
	V       int       `json:"v"`
	Seq     int       `json:"seq"`  // 1 for the first
	Prev    string    `json:"prev"` // hash of the entry before; "" for the first
	At      time.Time `json:"at"`
	Kind    Kind      `json:"kind"`
	Stack   string    `json:"stack,omitempty"`
	Finding string    `json:"finding,omitempty"`
	Address string    `json:"address,omitempty"`

	Scan        *Scan        `json:"scan,omitempty"`
	Difference  *Difference  `json:"difference,omitempty"`
	Attribution *Attribution `json:"attribution,omitempty"`
	Decision    *Decision    `json:"decision,omitempty"`
	Publication *Publication `json:"publication,omitempty"`
	Apply       *Apply       `json:"apply,omitempty"`
	Holdings    *Holdings    `json:"holdings,omitempty"`
	Move        *Move        `json:"move,omitempty"`
	Checkpoint  *Checkpoint  `json:"checkpoint,omitempty"`
	Signature   *Signature   `json:"signature,omitempty"`

	Hash string `json:"hash"` // of this entry without this field
}

// A Scan says what could be judged and how.
type Scan struct {
	Commit  string   `json:"commit,omitempty"`
	Clean   []string `json:"clean,omitempty"`
	Drifted []string `json:"drifted,omitempty"`
	Pending []string `json:"pending,omitempty"`
	Failed  []string `json:"failed,omitempty"`
}

// A Difference is a finding without its values.
type Difference struct {
	Kind  string   `json:"kind"`
	Paths []string `json:"paths,omitempty"` // that ask for attention; none: the resource as a whole does
	// Resource names the object, wherever it stands; see [drift.ResourceID].
	Resource string `json:"resource,omitempty"`
	// Waiting says that it is code that was not applied, which nobody need look at now.
	Waiting bool `json:"waiting,omitempty"`
}

// An Attribution is who did it, as far as the caller shows people.
type Attribution struct {
	Verdict   string    `json:"verdict"`
	Paths     []string  `json:"paths,omitempty"`
	Actor     string    `json:"actor,omitempty"`
	Principal string    `json:"principal,omitempty"`
	At        time.Time `json:"at,omitzero"`
	Events    []Event   `json:"events,omitempty"`
}

// An Event points at an audit record: cloud logs forget, this does not.
type Event struct {
	Source    string `json:"source"`
	ID        string `json:"id"`
	Operation string `json:"operation,omitempty"`
}

// A Decision is what a person said about the entry's finding, or, when the entry names none, about its whole stack.
type Decision struct {
	Action string    `json:"action"` // ignore, unignore, snooze, adopt, revert
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	Paths  []string  `json:"paths,omitempty"` // empty: the whole finding
	// WhileUnchanged ends it for a path as soon as the live value is another than Seen.
	WhileUnchanged bool `json:"while_unchanged,omitempty"`
	// Seen names the live value of each path when it was decided; see policy.Fingerprint. Sensitive values are not in it.
	Seen map[string]string `json:"seen,omitempty"`
	// Key is the command that it comes from. What has the same key, finding and paths is recorded once.
	Key string `json:"key,omitempty"`
}

// A Publication is one action on the forge.
type Publication struct {
	Key    string `json:"key"`
	Action string `json:"action"`
}

// An Apply is one apply of a stack.
type Apply struct {
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Run       string    `json:"run,omitempty"`
	Principal string    `json:"principal,omitempty"`
}

// ErrMoved says that somebody else added to the store meanwhile.
var ErrMoved = errors.New("the ledger grew meanwhile")

// A Store keeps lines. It is used by one goroutine at a time; other processes may use the same place.
type Store interface {
	// Read returns all lines in order, nil when there are none.
	Read(ctx context.Context) ([]byte, error)
	// Append adds lines, all or none, if the store holds exactly after lines; otherwise the error wraps [ErrMoved].
	Append(ctx context.Context, after int, lines []byte) error
}

// A Ledger is a chain of entries in a store.
type Ledger struct {
	Store  Store
	Signer Signer // signs every addition; nil signs none
}

// A BrokenError says where the chain does not hold.
type BrokenError struct {
	Line int // 1-based
	Why  string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("the ledger does not hold at entry %d: %s\nhint: somebody changed what was written; compare with an older copy of the branch or directory", e.Line, e.Why)
}

// Entries reads all entries and checks the chain. When it does not hold, the entries before the break are returned with a [*BrokenError].
func (l *Ledger) Entries(ctx context.Context) ([]Entry, error) {
	raw, err := l.Store.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return Parse(raw)
}

// Parse reads JSON lines and checks the chain.
func Parse(raw []byte) ([]Entry, error) {
	var entries []Entry
	prev := ""
	for len(raw) > 0 {
		line, rest, ended := bytes.Cut(raw, []byte("\n"))
		broken := func(why string, args ...any) ([]Entry, error) {
			return entries, &BrokenError{len(entries) + 1, fmt.Sprintf(why, args...)}
		}
		if !ended {
			return broken("the line does not end")
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return broken("it is not an entry: %v", err)
		}
		hash, err := hashOf(line)
		switch {
		case err != nil:
			return broken("%v", err)
		case e.V != Version:
			return broken("it is of version %d, and this program reads version %d", e.V, Version)
		case len(entries) == 0 && e.Checkpoint != nil && e.Kind == KindCheckpoint && e.Seq == e.Checkpoint.Entries+1:
			prev = e.Prev // the chain goes on where a checkpoint took over
		case e.Kind == KindCheckpoint:
			return broken("a checkpoint can only be the first")
		case len(entries) == 0 && e.Seq != 1 || len(entries) > 0 && e.Seq != entries[len(entries)-1].Seq+1:
			return broken("its number is %d", e.Seq)
		}
		switch {
		case e.Prev != prev:
			return broken("it follows another entry than the one before it")
		case hash != e.Hash:
			return broken("its content is not what its hash was made of")
		}
		prev = e.Hash
		entries = append(entries, e)
		raw = rest
	}
	return entries, nil
}

// hashField ends every line: the hash is of all that stands before it.
const hashField = `,"hash":"`

func hashOf(line []byte) (string, error) {
	at := bytes.LastIndex(line, []byte(hashField))
	if at < 0 || len(line) != at+len(hashField)+2*sha256.Size+len(`"}`) {
		return "", errors.New("its hash is not at its end")
	}
	sum := sha256.Sum256(line[:at])
	return hex.EncodeToString(sum[:]), nil
}

// attempts is how often an addition is tried when others add at the same time.
const attempts = 10

// Append adds entries; their V, Seq, Prev and Hash are filled in. Adding nothing writes nothing. It never writes behind a broken chain.
func (l *Ledger) Append(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return l.Update(ctx, func([]Entry) []Entry { return entries })
}

// Update adds what add makes of the entries there are. When somebody else writes meanwhile, add is asked again, so what it looked at still holds
// when its entries are written.
func (l *Ledger) Update(ctx context.Context, add func(have []Entry) []Entry) error {
	var err error
	for range attempts {
		var have []Entry
		if have, err = l.Entries(ctx); err != nil {
			return err
		}
		entries := add(have)
		if len(entries) == 0 {
			return nil
		}
		seq, prev := 0, ""
		if n := len(have); n > 0 {
			seq, prev = have[n-1].Seq, have[n-1].Hash
		}
		lines, serr := l.sealAll(entries, seq, prev)
		if serr != nil {
			return serr
		}
		if err = l.Store.Append(ctx, len(have), lines); !errors.Is(err, ErrMoved) {
			break
		}
	}
	return wrapWrite(err)
}

// sealAll writes entries as the lines that follow the one with number seq and hash prev, and signs them.
func (l *Ledger) sealAll(entries []Entry, seq int, prev string) ([]byte, error) {
	var lines bytes.Buffer
	add := func(e Entry) error {
		seq++
		e.V, e.Seq, e.Prev, e.At = Version, seq, prev, e.At.UTC()
		line, err := seal(e)
		if err != nil {
			return err
		}
		lines.Write(line)
		prev = string(line[len(line)-len(`"}`)-1-2*sha256.Size : len(line)-len(`"}`)-1])
		return nil
	}
	for _, e := range entries {
		if err := add(e); err != nil {
			return nil, err
		}
	}
	if l.Signer == nil {
		return lines.Bytes(), nil
	}
	signature, err := l.Signer.Sign(prev)
	if err != nil {
		return nil, err
	}
	err = add(Entry{At: entries[len(entries)-1].At, Kind: KindSignature, Signature: &signature})
	return lines.Bytes(), err
}

// seal writes an entry as a line with its hash.
func seal(e Entry) ([]byte, error) {
	e.Hash = ""
	line, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write the ledger: %w", err)
	}
	line = bytes.TrimSuffix(line, []byte(hashField+`"}`))
	sum := sha256.Sum256(line)
	return append(line, []byte(hashField+hex.EncodeToString(sum[:])+"\"}\n")...), nil
}
