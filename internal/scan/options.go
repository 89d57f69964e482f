package scan

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/git"
)

// Options say what to scan and with what.
type Options struct {
	Root        string    // absolute path of the repository's tree
	FS          fs.FS     // the same tree
	Repo        *git.Repo // nil when the tree is no git repository
	Config      *config.Config
	Stacks      []string          // globs of stack ids; empty: all
	Events      []string          // globs of audit files, absolute or relative to Root, besides those of Config
	Plans       map[string]string // plans that were made elsewhere: stack id to the absolute path of a file; those stacks are not planned here
	Engine      string            // tofu, terraform or the path of a program; "": what the repository asks for
	Concurrency int               // stacks planned at once; 0: one per processor
	Shard       Shard
	Adopt       bool     // work out and prove edits
	Addresses   []string // adopt these alone; empty: all drift
	Env         []string // environment of the engine, KEY=VALUE
	CacheDir    string   // Mooring's cache directory
	TempDir     string   // where scratch directories go; "": the system's
	Memory      Memory   // what earlier scans left; nil: nothing is remembered
	Now         func() time.Time
	Progress    Progress
	Log         *slog.Logger

	// explain tells where what is planned comes from, for each stack once all are planned; nil: the upgrades since it was last seen clean.
	explain func(context.Context, *scan, *job) error
}

// A Shard is one of N equal parts of the stacks. The zero Shard is everything.
type Shard struct{ I, N int }

// String is the shard as [ParseShard] reads it; "" for everything.
func (sh Shard) String() string {
	if sh.N <= 1 {
		return ""
	}
	return fmt.Sprintf("%d/%d", sh.I, sh.N)
}

// part is the shard that results say they are. Of stacks that were picked by name no number of parts makes a whole.
func (s *scan) part() string {
	if len(s.Stacks) > 0 {
		return ""
	}
	return s.Shard.String()
}

// ParseShard reads "I/N", I from 1 to N.
func ParseShard(s string) (Shard, error) {
	if s == "" {
		return Shard{}, nil
	}
	i, n, ok := strings.Cut(s, "/")
	var sh Shard
	var err1, err2 error
	sh.I, err1 = strconv.Atoi(i)
	sh.N, err2 = strconv.Atoi(n)
	if !ok || err1 != nil || err2 != nil || sh.I < 1 || sh.N < 1 || sh.I > sh.N {
		return Shard{}, fmt.Errorf("shard %q: want I/N with I from 1 to N, for example 2/5", s)
	}
	return sh, nil
}
