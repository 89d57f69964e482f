package drift

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Options is what classifying needs besides the plan. The zero value is usable.
type Options struct {
	Stack  string // id of the stack: part of every finding's ID
	Window Window // copied to every finding
	// CodeChanged tells whether what the code says at a path, through variables, locals and modules, changed since the last apply.
	// It separates code that was never applied from drift that somebody absorbed by refreshing. Nil answers Unclear, which counts as changed.
	CodeChanged func(address, path string) SinceApply
	// Upgraded lists the providers (source with host) whose version changed since the last clean scan of the stack.
	Upgraded []string
	// DecodeYAML parses a YAML document, so that texts which say the same in YAML count as equal. Nil: YAML is text like any other.
	DecodeYAML func(text string) (Value, error)
}

// SinceApply is the answer of [Options.CodeChanged].
type SinceApply int

// The answers. Unclear is the zero value.
const (
	Unclear SinceApply = iota
	Changed
	Unchanged
)

// Classify compares base, live and code of every instance of a plan and returns what differs, sorted by address. A nil code answers
// Unspecified to everything.
//
// An incomplete plan (Plan.Incomplete is not empty) says nothing that could be trusted: the result is nil, and the caller must report the
// stack as failed, never as clean.
func Classify(p *Plan, code Code, opts Options) []Finding {
	if p.Incomplete != "" {
		return nil
	}
	if code == nil {
		code = unreadCode{}
	}
	c := &classifier{plan: p, code: code, opts: opts, shapes: map[*Block]*shape{}}
	cases := make([]*instanceCase, 0, len(p.Instances))
	for i := range p.Instances {
		if k := c.instance(&p.Instances[i]); k != nil {
			cases = append(cases, k)
		}
	}
	c.findCauses(cases)
	c.findUpgrades(cases)
	c.findAbsorbed(cases)
	for _, k := range cases {
		k.mustReplace()
	}
	findings := make([]Finding, 0, len(cases))
	for _, k := range cases {
		findings = append(findings, c.finding(k))
	}
	slices.SortFunc(findings, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.ID, b.ID)) })
	return findings
}

type classifier struct {
	plan   *Plan
	code   Code
	opts   Options
	shapes map[*Block]*shape
}

// An instanceCase is a finding in the making.
type instanceCase struct {
	inst    *Instance
	kind    Kind   // of the instance as a whole; "" when its changes decide
	reason  string // of the instance as a whole
	changes []caseChange
}

type caseChange struct {
	Change
	path             Path
	reason           string // why the change is of its kind, where the kind does not say
	declared         Declaration
	optionalComputed bool // the provider may fill it in when the code is silent
}

// strength orders the kinds, strongest first.
var strength = []Kind{KindDeleted, KindUnmanaged, KindConflict, KindDrift, KindUndeclared, KindPending, KindConverged, KindNoise}

// Stronger tells whether a finding is rather of kind a than of kind b.
func Stronger(a, b Kind) bool { return slices.Index(strength, a) < slices.Index(strength, b) }

func (k *instanceCase) strongest() Kind {
	kind := KindNoise
	for _, ch := range k.changes {
		if Stronger(ch.Kind, kind) {
			kind = ch.Kind
		}
	}
	return kind
}

func (c *classifier) finding(k *instanceCase) Finding {
	inst := k.inst
	f := Finding{
		Address: inst.Address, Previous: inst.Previous, Type: inst.Type, Provider: inst.Provider, Resource: inst.resource(),
		Kind: k.kind, Reason: k.reason, Action: string(inst.Action), Window: c.opts.Window,
		Attributes: inst.Live, SensitivePaths: inst.Sensitive,
	}
	if f.Action == "" {
		f.Action = string(ActionNoOp)
	}
	if f.Kind == "" {
		f.Kind = k.strongest()
	}
	if f.Reason == "" {
		f.Reason = k.sharedReason(f.Kind)
	}
	if f.Attributes == nil {
		f.Attributes = inst.Base
	}
	f.ID = FindingID(c.opts.Stack, cmp.Or(inst.Previous, inst.Address), inst.Deposed)
	f.IDs, f.Account, f.Region = identify(inst.Type, f.Attributes, sensitivePaths(inst.Sensitive))
	for _, ch := range k.changes {
		f.Changes = append(f.Changes, ch.Change)
	}
	return f
}

// sharedReason is the reason that all changes of the finding's kind have in common.
func (k *instanceCase) sharedReason(kind Kind) string {
	reason, first := "", true
	for _, ch := range k.changes {
		if ch.Kind != kind {
			continue
		}
		if !first && ch.reason != reason {
			return ""
		}
		reason, first = ch.reason, false
	}
	return reason
}

// FindingID is the ID of the finding about one object: it stays the same over runs. The address is the one from before a pending move.
func FindingID(stack, address, deposed string) string {
	sum := sha256.Sum256([]byte(stack + "\x00" + address + "\x00" + deposed))
	return "f_" + hex.EncodeToString(sum[:8])
}

// unreadCode is the configuration of which nothing is known.
type unreadCode struct{}

func (unreadCode) Declares(string, string) Declaration { return Unspecified }
func (unreadCode) Ignores(string, string) bool         { return false }
func (unreadCode) References(string, string) []string  { return nil }
