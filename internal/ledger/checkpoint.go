package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/report"
)

// A Checkpoint stands for the entries that it replaced. The chain goes on from it: its entry has the number and the previous hash that the
// entry after the last replaced one would have had.
type Checkpoint struct {
	Entries int       `json:"entries"` // how many it replaced; their last hash is Prev of its entry
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	// Digest is the SHA-256 of the replaced lines: an older copy of the ledger can be held against it.
	Digest string `json:"digest"`
	// Stacks and Findings are what [Fold] made of the replaced entries.
	Stacks    map[string]StackState   `json:"stacks,omitempty"`
	Findings  map[string]FindingState `json:"findings,omitempty"`
	Published []string                `json:"published,omitempty"`
	// Decisions are all decisions as they were recorded, so that a command is still known to have been carried out.
	Decisions []Entry   `json:"decisions,omitempty"`
	Last      time.Time `json:"last,omitzero"` // the newest scan
}

// A StackState is what is kept of a stack.
type StackState struct {
	Clean       time.Time      `json:"clean,omitzero"`
	CleanCommit string         `json:"clean_commit,omitempty"`
	Good        time.Time      `json:"good,omitzero"`
	GoodCommit  string         `json:"good_commit,omitempty"`
	Applies     []report.Apply `json:"applies,omitempty"`
	Reconciled  int            `json:"reconciled,omitempty"`
	Took        time.Duration  `json:"took_ns,omitempty"` // all of the reconciled together
	Held        string         `json:"held,omitempty"`
	State       string         `json:"state,omitempty"`
	Formerly    []former       `json:"formerly,omitempty"`
}

// A FindingState is what is kept of a finding.
type FindingState struct {
	Stack       string      `json:"stack"`
	Address     string      `json:"address"`
	Since       time.Time   `json:"since,omitzero"`
	Seen        int         `json:"seen,omitempty"`
	Difference  Difference  `json:"difference"`
	Attribution Attribution `json:"attribution,omitzero"`
	Was         []string    `json:"was,omitempty"`
}

// A Replacer is a [Store] whose lines can be replaced as a whole.
type Replacer interface {
	Store
	// Replace puts lines in the place of all lines there are, if these are exactly after; otherwise the error wraps [ErrMoved]. Where the
	// store keeps a history of its own, the old lines stay in it.
	Replace(ctx context.Context, after int, lines []byte) error
}

// Compact folds the entries before a moment into one checkpoint, and returns how many. The rest follows it unchanged. A scan, a decision or
// whatever else is asked of the ledger has the same answer afterwards. With a Signer the checkpoint is signed, and the rest again after it.
func (l *Ledger) Compact(ctx context.Context, before time.Time) (int, error) {
	store, ok := l.Store.(Replacer)
	if !ok {
		return 0, errors.New("compact the ledger: its store cannot replace lines")
	}
	var err error
	for range attempts {
		raw, rerr := store.Read(ctx)
		if rerr != nil {
			return 0, fmt.Errorf("read the ledger: %w", rerr)
		}
		entries, perr := Parse(raw)
		if perr != nil {
			return 0, perr
		}
		cut := 0
		for cut < len(entries) && entries[cut].At.Before(before) {
			cut++
		}
		for cut < len(entries) && entries[cut].Kind == KindSignature {
			cut++ // a signature goes with what it signs
		}
		if cut < 2 {
			return 0, nil
		}
		lines, cerr := l.compacted(entries, cut, raw)
		if cerr != nil {
			return 0, cerr
		}
		if err = store.Replace(ctx, len(entries), lines); !errors.Is(err, ErrMoved) {
			return cut, wrapWrite(err)
		}
	}
	return 0, wrapWrite(err)
}

func wrapWrite(err error) error {
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	return nil
}

// compacted are the lines of a ledger whose first cut entries are folded into a checkpoint.
func (l *Ledger) compacted(entries []Entry, cut int, raw []byte) ([]byte, error) {
	at := 0
	for range cut {
		at += bytes.IndexByte(raw[at:], '\n') + 1
	}
	sum := sha256.Sum256(raw[:at])
	c := Fold(entries[:cut], time.Time{}).checkpoint()
	c.Entries, c.Digest = entries[cut-1].Seq, hex.EncodeToString(sum[:])
	c.From, c.To = first(entries).From, entries[cut-1].At
	c.Decisions = Decisions(entries[:cut])
	rest := make([]Entry, 0, len(entries)-cut+1)
	rest = append(rest, Entry{At: c.To, Kind: KindCheckpoint, Checkpoint: c})
	for _, e := range entries[cut:] {
		if e.Kind != KindSignature { // it signed a chain that is another now
			rest = append(rest, e)
		}
	}
	return l.sealAll(rest, entries[cut-1].Seq, entries[cut-1].Hash)
}

// first says when a ledger begins.
func first(entries []Entry) *Checkpoint {
	if c := entries[0].Checkpoint; c != nil {
		return c
	}
	return &Checkpoint{From: entries[0].At}
}

// Decisions are the decisions among entries, those that a checkpoint keeps included.
func Decisions(entries []Entry) []Entry {
	var out []Entry
	for _, e := range entries {
		switch {
		case e.Checkpoint != nil:
			out = append(out, e.Checkpoint.Decisions...)
		case e.Decision != nil:
			out = append(out, e)
		}
	}
	return out
}

// checkpoint is what a history remembers, but for decisions.
func (h *History) checkpoint() *Checkpoint {
	c := &Checkpoint{Stacks: map[string]StackState{}, Findings: map[string]FindingState{}, Last: h.last, Published: slices.Sorted(maps.Keys(h.published))}
	for id, s := range h.stacks {
		c.Stacks[id] = StackState{
			Clean: s.clean.at, CleanCommit: s.clean.commit, Good: s.good.at, GoodCommit: s.good.commit, Applies: s.applies, Reconciled: s.reconciled, Took: s.took,
			Held: strings.Join(slices.Sorted(maps.Keys(s.held)), ""), State: s.state, Formerly: s.formerly,
		}
	}
	for id, f := range h.findings {
		c.Findings[id] = FindingState{Stack: f.stack, Address: f.address, Since: f.since, Seen: f.seen, Difference: f.difference, Attribution: f.attribution, Was: f.was}
	}
	return c
}

// restore takes over what a checkpoint remembers. It comes first in a ledger.
func (h *History) restore(c *Checkpoint) {
	merged := map[string]bool{}
	for id, s := range c.Stacks {
		past := h.stack(id)
		past.clean, past.good = mark{h.past(s.Clean), s.CleanCommit}, mark{h.past(s.Good), s.GoodCommit}
		past.applies, past.reconciled, past.took = slices.Clone(s.Applies), s.Reconciled, s.Took
		h.hold(id, &Holdings{State: s.State, Added: s.Held})
		past.formerly = slices.Clone(s.Formerly)
		for _, f := range s.Formerly {
			h.renamed[f.ID], merged[f.ID] = id, f.How == Merged
		}
	}
	for id, s := range c.Findings {
		h.findings[id] = &findingPast{stack: s.Stack, address: s.Address, since: h.since(s.Since), seen: s.Seen, difference: s.Difference, attribution: s.Attribution, was: slices.Clone(s.Was)}
	}
	for _, key := range c.Published {
		h.published[key] = true
	}
	h.newest(c.Last)
	for _, e := range c.Decisions {
		if e.Decision == nil || e.Finding == "" && merged[e.Stack] {
			continue // of a stack that became a part of another, what was said went to its findings
		}
		e.Stack = h.current(e.Stack)
		h.decide(e)
	}
}
