package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/mooringdev/mooring/internal/audit/pace"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/scan"
)

// worstStates is how many stacks whose state cannot be read get a line of their own: what is wrong with one is often wrong with all.
const worstStates = 10

// checkStates reads the state of every stack, and asks each cloud that the stacks are in whose credentials these are.
func checkStates(ctx context.Context, o scan.Options) ([]check, error) {
	reached, err := scan.Reach(ctx, o)
	if err != nil {
		return nil, err
	}
	var checks []check
	good, objects, empty := 0, 0, 0
	for _, r := range reached {
		if r.Err != nil {
			if len(checks) < worstStates {
				checks = append(checks, badState(r))
			}
			continue
		}
		good++
		objects += r.Objects
		if r.Objects == 0 {
			empty++
		}
	}
	if bad := len(reached) - good; bad > worstStates {
		checks = append(checks, check{"bad", "states", fmt.Sprintf("%s more cannot be read", count(bad-worstStates, "stack")), ""})
	}
	if good > 0 {
		found := count(good, "stack") + " can be initialised and read; " + count(objects, "object")
		if empty > 0 {
			found += fmt.Sprintf("; %s with an empty state: never applied, or looked for in another place", count(empty, "stack"))
		}
		checks = append([]check{{"ok", "states", found, ""}}, checks...)
	}
	return append(checks, checkClouds(ctx, o, scan.Clouds(reached))...), nil
}

func badState(r scan.StackReached) check {
	c := check{"bad", "state of " + r.Stack.ID, r.Err.Error(), hintOf(r.Err)}
	var f *engine.Failure
	if errors.As(r.Err, &f) {
		for _, d := range f.Diagnostics {
			if detail := strings.Join(strings.Fields(d.Detail), " "); d.Severity == "error" && detail != "" {
				c.found += ": " + shorten(detail, 300)
				break
			}
		}
		c.hint = cmp.Or(f.Hint, "run "+"`init` and `state pull` there by hand with the same credentials; they may read, and need no right to write")
	}
	return c
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// credentialHints say how a cloud's credentials come into a workflow.
var credentialHints = map[scan.Cloud]string{
	scan.AWS:    "in a workflow: permissions id-token: write, and aws-actions/configure-aws-credentials with a role that may read (deploy/aws makes one)",
	scan.Google: "in a workflow: permissions id-token: write, and google-github-actions/auth with a service account that may read (deploy/gcp makes one)",
	scan.Azure:  "in a workflow: permissions id-token: write, and azure/login with an application that may read (deploy/azure makes one)",
}

func checkClouds(ctx context.Context, o scan.Options, clouds []scan.Cloud) []check {
	out := make([]check, len(clouds))
	var wg sync.WaitGroup
	for i, c := range clouds {
		wg.Go(func() {
			what := "credentials for " + string(c)
			who, err := scan.Identity(ctx, c, scan.SourceOptions{Root: o.Root, Env: o.Env, Now: o.Now, Backoff: pace.Backoff{Attempts: 2}})
			if err != nil {
				out[i] = check{"bad", what, err.Error(), credentialHints[c]}
				return
			}
			out[i] = check{"ok", what, cmp.Or(who, "accepted; the cloud does not say whose they are"), ""}
		})
	}
	wg.Wait()
	return out
}
