package scan

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/mooringdev/mooring/internal/audit/azure/manager"
	cloudtrail "github.com/mooringdev/mooring/internal/audit/cloudtrail/connect"
	gcp "github.com/mooringdev/mooring/internal/audit/gcp/connect"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/stack"
)

// A StackReached is what a look at the state of one stack found, without a plan. Err is why it could not be read.
type StackReached struct {
	Stack stack.Stack
	engine.Reached
	Err error
}

// Reach reads the state of every stack that would be planned, several at once. The error is for what keeps it from beginning, or ctx's.
func Reach(ctx context.Context, o Options) ([]StackReached, error) {
	stacks, err := Stacks(ctx, o)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(o.TempDir, "mooring-reach-")
	if err != nil {
		return nil, fmt.Errorf("make a scratch directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	s := &scan{Options: o, temp: temp, engines: newEngines(o)}
	for _, st := range stacks {
		if st.Skip == "" {
			s.jobs = append(s.jobs, &job{stack: st})
		}
	}
	out := make([]StackReached, len(s.jobs))
	err = s.each(ctx, func(ctx context.Context, j *job) error {
		r := &out[slices.Index(s.jobs, j)]
		r.Stack = j.stack
		r.Reached, r.Err = s.reach(ctx, j)
		return ctx.Err()
	})
	return out, err
}

func (s *scan) reach(ctx context.Context, j *job) (engine.Reached, error) {
	dir, err := s.scratch(j)
	if err != nil {
		return engine.Reached{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	e, err := s.engines.find(ctx, j)
	if err != nil {
		return engine.Reached{}, err
	}
	w, err := s.unfolded(ctx, j, e, s.workdir(j, dir))
	if err != nil {
		return engine.Reached{}, err
	}
	return e.Reach(ctx, w)
}

// Cloud names a cloud whose credentials [Identity] can ask about.
type Cloud string

// The clouds.
const (
	AWS    Cloud = "aws"
	Google Cloud = "google cloud"
	Azure  Cloud = "azure"
)

// cloudOf are the clouds of backends and of providers, by the last part of their source.
var cloudOf = map[string]Cloud{
	"s3": AWS, "aws": AWS, "awscc": AWS, "gcs": Google, "google": Google, "google-beta": Google, "azurerm": Azure, "azapi": Azure, "azuread": Azure,
}

// Clouds are those that stacks keep their state or their objects in, sorted.
func Clouds(reached []StackReached) []Cloud {
	var out []Cloud
	for _, r := range reached {
		for _, name := range append([]string{r.Backend}, r.Providers...) {
			if c, ok := cloudOf[path.Base(name)]; ok && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Identity asks a cloud whose credentials an environment holds, which needs no right. It is "" when they are good and the cloud does not say.
func Identity(ctx context.Context, c Cloud, o SourceOptions) (string, error) {
	switch c {
	case AWS:
		return cloudtrail.Identity(ctx, cloudtrail.Options{Getenv: o.getenv, Now: o.Now, Backoff: o.Backoff})
	case Google:
		return gcp.Identity(ctx, gcp.Options{Getenv: o.getenv, Now: o.Now, Backoff: o.Backoff})
	case Azure:
		return manager.Identity(ctx, func(key string) string { // the provider's own names go first, as they do for the provider
			if name, ok := strings.CutPrefix(key, "AZURE_"); ok && o.getenv("ARM_"+name) != "" {
				return o.getenv("ARM_" + name)
			}
			return o.getenv(key)
		}, o.Now)
	}
	return "", fmt.Errorf("nothing is known of the cloud %q", strings.TrimSpace(string(c)))
}
