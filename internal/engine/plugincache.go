package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/mod/sumdb/dirhash"
)

// lockInterval is how often a lock on the provider cache is tried.
const lockInterval = 20 * time.Millisecond

// init runs init with the provider cache of its environment, in such a way that stacks can be planned beside each other.
//
// Engines link to packages in the cache, and write a package there anew, in place, whenever the lock file does not vouch for the copy
// that is there. Whoever uses it at that moment fails: the program is busy, half written or gone. So no init may find a reason to do that:
//
//   - A lock file that vouches for every package in the cache: the engine only links, and inits may run beside each other.
//   - One that names packages the cache lacks, or no lock file: the engine adds packages, so one init at a time. Without a lock file it
//     takes what the cache has (plugin_cache_may_break_dependency_lock_file; the lock file that it spares is a copy's).
//   - One with other checksums than the cache has, for instance those of another platform alone: the stack gets a cache of its own.
func (e *Engine) init(ctx context.Context, c command) (exit, error) {
	dir := environ(c.env).get("TF_PLUGIN_CACHE_DIR")
	if dir == "" {
		return e.run(ctx, c)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // engines refuse one that is not there
		return exit{}, fmt.Errorf("provider cache: %w", err)
	}
	lock := flock.New(filepath.Join(dir, ".mooring.lock"))
	defer func() { _ = lock.Close() }()
	if _, err := lock.TryRLockContext(ctx, lockInterval); err != nil {
		return exit{}, fmt.Errorf("wait for the provider cache %s: %w", dir, err)
	}
	data, _ := os.ReadFile(filepath.Join(c.chdir, ".terraform.lock.hcl"))
	locked := lockedProviders(data)
	complete, fits := e.cached(dir, locked)
	if fits && !complete {
		_ = lock.Unlock()
		if _, err := lock.TryLockContext(ctx, lockInterval); err != nil {
			return exit{}, fmt.Errorf("wait for the provider cache %s: %w", dir, err)
		}
		_, fits = e.cached(dir, locked) // others may have added to it
	}
	setting := "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE=1"
	if !fits {
		_ = lock.Unlock()
		own := filepath.Join(c.chdir, ".terraform")
		if dir := environ(c.env).get("TF_DATA_DIR"); dir != "" {
			own = dir
		}
		own = filepath.Join(own, "mooring-plugins")
		if err := os.MkdirAll(own, 0o755); err != nil {
			return exit{}, fmt.Errorf("provider cache: %w", err)
		}
		setting = "TF_PLUGIN_CACHE_DIR=" + own
	}
	c.env = append(slices.Clone(c.env), setting)
	return e.run(ctx, c)
}

// cached compares a lock file's packages with those in a provider cache: complete when all of them are there, fits when none that is
// there differs from its checksums.
func (e *Engine) cached(dir string, locked map[string]lockedProvider) (complete, fits bool) {
	complete = len(locked) > 0
	for source, p := range locked {
		pkg, err := filepath.EvalSymlinks(filepath.Join(dir, filepath.FromSlash(source), p.version, platform()))
		if err != nil {
			complete = false
			continue
		}
		if sum, err := e.known.packageSum(pkg); err != nil || !slices.Contains(p.hashes, sum) {
			return false, false
		}
	}
	return complete, true
}

// packageSum is the h1 checksum of an unpacked provider package, as lock files have it.
func (m *memo) packageSum(dir string) (string, error) {
	state := dir // names the package's content as long as nobody hides a change
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return "", err
		}
		state += fmt.Sprintf("\n%s %d %d", info.Name(), info.Size(), info.ModTime().UnixNano())
	}
	m.mu.Lock()
	sum := m.packages[state]
	m.mu.Unlock()
	if sum != "" {
		return sum, nil
	}
	if sum, err = dirhash.HashDir(dir, "", dirhash.Hash1); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.packages == nil {
		m.packages = map[string]string{}
	}
	m.packages[state] = sum
	return sum, nil
}
