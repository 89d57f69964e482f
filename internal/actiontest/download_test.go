package actiontest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// said is a program that a release may hold: it says that it ran, and with what.
const said = "#!/bin/sh\necho ran: \"$@\"\n"

// run runs the action's script as a step does. uname is what the machine says it is ("": what it is); without are programs it lacks.
func (r *release) run(t *testing.T, cache, uname string, without ...string) (string, error) {
	t.Helper()
	bin := t.TempDir()
	for _, name := range []string{"bash", "cat", "tr", "awk", "cut", "sha256sum", "mktemp", "mkdir", "mv", "chmod", "rm", "curl", "dirname", "uname", "sh", "sleep"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatalf("the test needs %s: %v", name, err)
		}
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range without {
		if err := os.Remove(filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	if uname != "" {
		system, machine, _ := strings.Cut(uname, " ")
		if err := os.Remove(filepath.Join(bin, "uname")); err != nil {
			t.Fatal(err)
		}
		script := "#!/bin/sh\ncase \"$1\" in -s) echo " + system + " ;; *) echo " + machine + " ;; esac\n"
		if err := os.WriteFile(filepath.Join(bin, "uname"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(bin, "bash"), filepath.Join(r.tree, "scripts", "action.sh"))
	cmd.Env = []string{"PATH=" + bin, "RUNNER_TOOL_CACHE=" + cache, "MOORING_RELEASES=" + r.url, "NO_PROXY=127.0.0.1"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestDownload: the program of the release is fetched once, checked every time, and run.
func TestDownload(t *testing.T) {
	r, cache := newRelease(t, []byte(said)), filepath.Join(t.TempDir(), "tool cache")
	for range 2 {
		if out, err := r.run(t, cache, ""); err != nil || out != "ran: action\n" {
			t.Fatalf("%v, %q", err, out)
		}
	}
	if len(*r.requests) != 1 {
		t.Errorf("it was downloaded %d times", len(*r.requests))
	}
	// A copy that somebody changed is not run: it is fetched again.
	program := filepath.Join(cache, "mooring", strings.TrimSpace(string(r.read(t, "VERSION"))), asset())
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho forged\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := r.run(t, cache, ""); err != nil || out != "ran: action\n" || len(*r.requests) != 2 {
		t.Errorf("with a forged copy in the cache: %v, %q, %d downloads", err, out, len(*r.requests))
	}
	r.leavesNothing(t, cache)
}

// leavesNothing looks for parts of downloads.
func (r *release) leavesNothing(t *testing.T, cache string) {
	t.Helper()
	if parts, err := filepath.Glob(filepath.Join(cache, "mooring", "*", "part.*")); err != nil || len(parts) != 0 {
		t.Errorf("left behind: %v, %v", parts, err)
	}
}

// TestRefusals: whatever is wrong with a release or a runner stops the step with one sentence, and nothing is run.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, r *release)
		uname   string
		without []string
		want    string
	}{
		"flipped byte": {spoil: func(_ *testing.T, r *release) {
			r.served[len(r.served)/2] ^= 1
		}, want: "The downloaded " + asset() + " does not match the checksum in this version of the action: it was not run."},
		"missing asset": {spoil: func(t *testing.T, r *release) {
			r.write(t, "VERSION", []byte("9.9.9\n"))
		}, want: "Could not download " + asset() + " of release v9.9.9 from http://127.0.0.1:"},
		"not listed": {spoil: func(t *testing.T, r *release) {
			r.write(t, "SHA256SUMS", []byte("00  mooring_plan9_mips\n"))
		}, want: "This version of the action lists no program for "},
		"unknown processor": {uname: "Linux riscv64", want: "Mooring has no program for the processor riscv64: use an x64 or arm64 runner."},
		"Windows":           {uname: "MINGW64_NT-10.0 x86_64", want: "Mooring runs on Linux and macOS runners; this one says MINGW64_NT-10.0."},
		"no downloader":     {without: []string{"curl"}, want: "Downloading Mooring needs curl or wget, and the runner has neither."},
		"no Go": {spoil: func(t *testing.T, r *release) {
			if err := os.Remove(filepath.Join(r.tree, "SHA256SUMS")); err != nil {
				t.Fatal(err)
			}
		}, want: "This checkout of the action is not a release: it is built from source and needs Go (add actions/setup-go before it)."},
	} {
		t.Run(name, func(t *testing.T) {
			r, cache := newRelease(t, []byte(said)), t.TempDir()
			if c.spoil != nil {
				c.spoil(t, r)
			}
			out, err := r.run(t, cache, c.uname, c.without...)
			if err == nil || strings.Contains(out, "ran: ") {
				t.Fatalf("it went on: %v, %s", err, out)
			}
			errors := 0
			for line := range strings.Lines(out) {
				if strings.HasPrefix(line, "::error title=Mooring::") {
					errors++
				}
			}
			if errors != 1 || !strings.Contains(out, "::error title=Mooring::"+c.want) {
				t.Errorf("it said %d times:\n%s\nwant %s", errors, out, c.want)
			}
			r.leavesNothing(t, cache)
		})
	}
}

// TestOtherProcessors: each platform of a release asks for its own program, by the names that machines give themselves.
func TestOtherProcessors(t *testing.T) {
	for uname, want := range map[string]string{
		"Linux x86_64": "mooring_linux_amd64", "Linux aarch64": "mooring_linux_arm64", "Darwin arm64": "mooring_darwin_arm64", "Darwin x86_64": "mooring_darwin_amd64",
	} {
		r := newRelease(t, []byte(said))
		r.write(t, "SHA256SUMS", []byte(strings.Repeat("ab", 32)+"  "+want+"\n"))
		if _, err := r.run(t, t.TempDir(), uname); err == nil {
			t.Errorf("%s: it ran a program that no sum allows", uname)
		}
		if len(*r.requests) == 0 || filepath.Base((*r.requests)[0]) != want {
			t.Errorf("%s asked for %v, want %s", uname, *r.requests, want)
		}
	}
}
