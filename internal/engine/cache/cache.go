// Package cache keeps programs that were downloaded or built, one folder each:
//
//	<dir>/<name>-<version>/<program>
//
// Start at [Cache.Install]. It promises that a program found in the cache is whole (it is made in a folder of its own and renamed into
// place) and that two processes that want the same program make it once (the second waits on a file lock, then finds it).
// Nothing in the cache is ever changed in place, so its folders can be saved and restored by a continuous integration cache.
package cache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// lockRetry is how often a waiting process asks for the lock again.
const lockRetry = 200 * time.Millisecond

// A Cache is a folder of programs.
type Cache struct{ Dir string }

// In is the cache of engines and providers inside Mooring's own cache folder, e.g. ~/.cache/mooring.
func In(mooringCache string) Cache { return Cache{Dir: filepath.Join(mooringCache, "engines")} }

// Path is where a program is, or would be.
func (c Cache) Path(name, version, program string) string {
	return filepath.Join(c.Dir, name+"-"+version, File(program))
}

// Lookup is [Cache.Path] for a program that is there.
func (c Cache) Lookup(name, version, program string) (string, bool) {
	path := c.Path(name, version, program)
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// Install returns the path of a program and calls produce only when the cache does not have it yet.
// produce writes the program, as an executable file named program (see [File]), into the empty folder it is given.
// When produce fails or ctx ends, nothing stays behind.
func (c Cache) Install(ctx context.Context, name, version, program string, produce func(ctx context.Context, dir string) error) (string, error) {
	if path, ok := c.Lookup(name, version, program); ok {
		return path, nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return "", fmt.Errorf("cache %s %s: %w", name, version, err)
	}
	lock := flock.New(filepath.Join(c.Dir, "."+name+"-"+version+".lock"))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return "", fmt.Errorf("wait for another process that installs %s %s: %w", name, version, err)
	}
	// The lock file itself stays: removing it would let a third process lock a new file while a second still waits on the old one.
	defer func() { _ = lock.Close() }()
	if path, ok := c.Lookup(name, version, program); ok {
		return path, nil // another process made it while this one waited
	}

	tmp, err := os.MkdirTemp(c.Dir, "."+name+"-"+version+"-")
	if err != nil {
		return "", fmt.Errorf("cache %s %s: %w", name, version, err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := produce(ctx, tmp); err != nil {
		return "", err
	}
	if info, err := os.Stat(filepath.Join(tmp, File(program))); err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("cache %s %s: no program named %s was produced", name, version, program)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", fmt.Errorf("cache %s %s: %w", name, version, err)
	}
	final := filepath.Dir(c.Path(name, version, program))
	// A folder without the program is what a killed copy by hand leaves; ours are whole or absent.
	if err := os.RemoveAll(final); err != nil {
		return "", fmt.Errorf("cache %s %s: %w", name, version, err)
	}
	if err := os.Rename(tmp, final); err != nil {
		return "", fmt.Errorf("cache %s %s: %w", name, version, err)
	}
	return c.Path(name, version, program), nil
}

// File is the file name of a program on this system.
func File(program string) string {
	if runtime.GOOS == "windows" {
		return program + ".exe"
	}
	return program
}
