package audit

import (
	"context"
	"iter"
)

// Named is s under the name that a configuration gives it, so that two sources of one kind can be told apart in warnings and reasons.
func Named(name string, s Source) Source { return named{Source: s, name: name} }

type named struct {
	Source
	name string
}

func (n named) Name() string { return n.name }

// Spent is that of the source, when it is [Metered].
func (n named) Spent() string {
	if m, ok := n.Source.(Metered); ok {
		return m.Spent()
	}
	return ""
}

// Check is that of the source, when it is a [Checker].
func (n named) Check(ctx context.Context) (string, error) {
	if c, ok := n.Source.(Checker); ok {
		return c.Check(ctx)
	}
	return "", nil
}

// Unusable is a source that could not be set up: it holds nothing, and says why when it is asked.
func Unusable(name string, c Capabilities, err error) Source {
	return unusable{name: name, c: c, err: err}
}

type unusable struct {
	name string
	c    Capabilities
	err  error
}

func (u unusable) Name() string { return u.name }

func (u unusable) Capabilities() Capabilities { return u.c }

func (u unusable) Query(context.Context, Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		yield(Event{}, &SourceError{Code: ProblemFailed, Err: u.err})
	}
}
