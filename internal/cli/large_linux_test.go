package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

// TestLargeState scans a stack whose state has 50 MB. Mooring streams states: it must do with a fraction of that, whatever the engine needs.
func TestLargeState(t *testing.T) {
	const resources, size, most = 20, 1_250_000, 448 << 20 // it takes 133 MiB, and 348 where races are looked for
	root, text := t.TempDir(), strings.Repeat("x", size)
	code := fmt.Sprintf("terraform {\n  backend \"local\" {}\n}\n\nresource \"terraform_data\" \"x\" {\n  count = %d\n  input = file(\"text\")\n}\n", resources)
	for file, content := range map[string][]byte{"main.tf": []byte(code), "text": []byte(text), "terraform.tfstate": largeState(t, resources, text)} {
		if err := os.WriteFile(filepath.Join(root, file), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// The code says one thing more than the state, so that something must be found in all this.
	if err := os.WriteFile(filepath.Join(root, "more.tf"), []byte("resource \"terraform_data\" \"new\" {\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	cmd := exec.Command("mooring", "scan", root, "--engine", enginetest.Tofu(t))
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+os.DevNull, "TMPDIR="+temp, "MOORING_CACHE_DIR="+t.TempDir())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	peak := 0
	for running := true; running; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
			}
			running = false
		case <-time.After(5 * time.Millisecond):
			peak = max(peak, highWater(cmd.Process.Pid))
		}
	}
	if out := stdout.String(); !strings.Contains(out, "terraform_data.new") || strings.Contains(out, "terraform_data.x") {
		t.Errorf("the report:\n%.2000s", out)
	}
	if peak == 0 || peak > most {
		t.Errorf("%d MiB of memory, want at most %d", peak>>20, most>>20)
	}
	t.Logf("%d MiB of memory", peak>>20)
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func largeState(t *testing.T, n int, text string) []byte {
	t.Helper()
	value := map[string]any{"value": text, "type": "string"}
	instances := make([]any, n)
	for i := range instances {
		instances[i] = map[string]any{"index_key": i, "schema_version": 0, "attributes": map[string]any{
			"id": fmt.Sprintf("3f0d1c52-7c3c-4a55-9c6d-%012d", i), "input": value, "output": value, "triggers_replace": nil,
		}}
	}
	data, err := json.Marshal(map[string]any{"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "5b1d6f4e", "outputs": map[string]any{}, "resources": []any{map[string]any{
		"mode": "managed", "type": "terraform_data", "name": "x", "provider": `provider["terraform.io/builtin/terraform"]`, "instances": instances,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// highWater is the most memory that a process has held so far, in bytes; 0 when it has ended.
func highWater(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib := 0
	if _, err := fmt.Sscan(after, &kib); err != nil {
		return 0
	}
	return kib << 10
}
