package cli

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/mooringdev/mooring/internal/scan"
)

// progress picks how long work shows itself: nothing when quiet, one live line per running stack on a terminal, log groups in GitHub
// Actions, structured messages with --log-format json, a plain line per finished stack elsewhere.
func (a *App) progress() scan.Progress {
	tty, _ := terminal(a.Stderr)
	switch {
	case a.quiet:
		return scan.NoProgress{}
	case a.logFmt == "json":
		return &logProgress{log: a.log}
	case a.getenv("GITHUB_ACTIONS") == "true":
		return &lineProgress{w: a.Stderr, groups: true}
	case tty && a.getenv("TERM") != "dumb":
		return newLiveProgress(a.Stderr)
	}
	return &lineProgress{w: a.Stderr}
}

// lineProgress prints one plain line per event that a person waits for.
type lineProgress struct {
	mu     sync.Mutex
	w      io.Writer
	groups bool
}

func (p *lineProgress) Start(total int) {
	p.line("planning %s", count(total, "stack"))
	if p.groups {
		p.line("::group::stacks")
	}
}
func (p *lineProgress) Phase(string, string) {}
func (p *lineProgress) Done(id, outcome string, took time.Duration) {
	p.line("%s: %s (%s)", id, outcome, took.Round(10*time.Millisecond))
}
func (p *lineProgress) Note(text string) { p.line("%s", text) }
func (p *lineProgress) Close() {
	if p.groups {
		p.line("::endgroup::")
	}
}

func (p *lineProgress) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// logProgress writes structured messages.
type logProgress struct{ log *slog.Logger }

func (p *logProgress) Start(total int)        { p.log.Info("planning", "stacks", total) }
func (p *logProgress) Phase(id, phase string) { p.log.Info("stack", "id", id, "phase", phase) }
func (p *logProgress) Done(id, outcome string, took time.Duration) {
	p.log.Info("stack done", "id", id, "outcome", outcome, "ms", took.Milliseconds())
}
func (p *logProgress) Note(text string) { p.log.Info(text) }
func (p *logProgress) Close()           {}

// liveProgress shows one line per running stack and removes it when the stack is done; nothing of it stays on the screen.
type liveProgress struct {
	mu    sync.Mutex
	pool  *mpb.Progress
	total *mpb.Bar
	lines map[string]*liveLine
}

type liveLine struct {
	bar   *mpb.Bar
	mu    sync.Mutex
	phase string
}

func newLiveProgress(w io.Writer) *liveProgress {
	return &liveProgress{pool: mpb.New(mpb.WithOutput(w), mpb.WithAutoRefresh(), mpb.WithRefreshRate(100*time.Millisecond)), lines: map[string]*liveLine{}}
}

func (p *liveProgress) Start(total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total != nil {
		p.total.SetTotal(int64(total), false)
		return
	}
	p.total = p.pool.New(int64(total), mpb.NopStyle(), mpb.BarRemoveOnComplete(), mpb.BarPriority(1<<20),
		mpb.PrependDecorators(decor.CountersNoUnit("%d of %d stacks"), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6})))
}

func (p *liveProgress) Phase(id, phase string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lines[id]
	if l == nil {
		l = &liveLine{}
		l.bar = p.pool.New(1, mpb.SpinnerStyle(), mpb.BarRemoveOnComplete(), mpb.BarWidth(2),
			mpb.AppendDecorators(decor.Name(id, decor.WCSyncSpaceR), decor.Any(func(decor.Statistics) string {
				l.mu.Lock()
				defer l.mu.Unlock()
				return l.phase
			}), decor.Elapsed(decor.ET_STYLE_GO, decor.WC{W: 6})))
		p.lines[id] = l
	}
	l.mu.Lock()
	l.phase = phase
	l.mu.Unlock()
}

func (p *liveProgress) Done(id, _ string, _ time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.lines[id]; l != nil {
		l.bar.Abort(true)
		delete(p.lines, id)
	}
	if p.total != nil {
		p.total.Increment()
	}
}

func (p *liveProgress) Note(text string) { fmt.Fprintln(p.pool, text) }

func (p *liveProgress) Close() {
	p.mu.Lock()
	for _, l := range p.lines {
		l.bar.Abort(true)
	}
	if p.total != nil {
		p.total.Abort(true)
	}
	p.mu.Unlock()
	p.pool.Wait()
}

// count is "1 stack", "2 stacks".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
