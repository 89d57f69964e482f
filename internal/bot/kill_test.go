package bot_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/githubtest"
)

var kills = flag.Int("kills", 6, "how often the server is killed while it works")

// serveVariable makes the test program a server.
const serveVariable = "MOORING_TEST_SERVE"

func TestMain(m *testing.M) {
	if path := os.Getenv(serveVariable); path != "" {
		if err := serve(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve is what mooring serve does, but for saying where it listens.
func serve(path string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s, err := bot.ReadSettings(path)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, s.Database)
	if err != nil {
		return err
	}
	server, err := bot.New(s, st, slog.New(slog.NewTextHandler(os.Stderr, nil)), time.Now)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	if err := server.Run(ctx, l); err != nil {
		return err
	}
	return st.Close()
}

// A child is a server in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
	log *bytes.Buffer
}

func startChild(t testing.TB, settings string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0]), log: &bytes.Buffer{}}
	c.cmd.Env = append(os.Environ(), serveVariable+"="+settings)
	c.cmd.Stderr = c.log
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		t.Fatalf("the server does not start: %v\n%s", err, c.log)
	}
	c.url = strings.TrimSpace(line)
	return c
}

// kill ends the server as kill -9 does.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// post delivers a payload and tells whether it was taken.
func (c *child) post(client *http.Client, id string, payload []byte) bool {
	r, err := http.NewRequest(http.MethodPost, c.url+"/webhook", bytes.NewReader(payload))
	if err != nil {
		return false
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "X-GitHub-Event": "issue_comment", "X-GitHub-Delivery": id, "X-Hub-Signature-256": githubtest.Sign(secret, payload)} {
		r.Header.Set(k, v)
	}
	response, err := client.Do(r)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusAccepted
}

// settingsFile writes settings for a server against a GitHub, with what they name.
func settingsFile(t testing.TB, hub *githubtest.Server) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"app.pem": string(hub.AppKey()), "hook": secret,
		"bot.hcl": fmt.Sprintf(`
url      = "https://drift.example.com"
database = "sqlite:bot.db"
settle   = "200ms"
app {
  id                   = %d
  private_key_file     = "app.pem"
  webhook_secret_files = ["hook"]
}
github {
  api_url     = %q
  graphql_url = %q
}
`, githubtest.AppID, hub.URL, hub.GraphQLURL),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "bot.hcl")
}

// TestKilled kills the server with SIGKILL again and again while comments come in and are worked on. What was taken is done, and done once; what was
// not taken is delivered again, as people do with a failed delivery.
//
//	go test ./internal/bot -run TestKilled -kills 100 -v -count=1
func TestKilled(t *testing.T) {
	hub := githubtest.New(t, githubtest.Options{Start: time.Now(), RateLimit: 1 << 30, Files: map[string]string{".github/workflows/drift.yml": "run-name: ${{ inputs.title }}\non: workflow_dispatch\n"}})
	settings := settingsFile(t, hub)
	w := &world{Server: hub, t: t}
	const each = 6
	random := rand.New(rand.NewPCG(1, 2))
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	type told struct {
		id      string
		payload []byte
	}
	var waiting []told
	var scans, helps []int64
	numbers := map[int64]int{}
	taken, again := 0, 0
	deliver := func(c *child) {
		var left []told
		for _, d := range waiting {
			if c.post(client, d.id, d.payload) {
				taken++
			} else {
				left = append(left, d)
			}
		}
		waiting = left
	}
	for round := range *kills {
		n := w.issue(githubtest.App, fmt.Sprintf("infra/s%d", round))
		for i := range each {
			body := "/drift scan"
			if i%3 == 2 {
				body = "/drift help"
			}
			id := hub.Comment(githubtest.Writer, n, body)
			numbers[id] = n
			if i%3 == 2 {
				helps = append(helps, id)
			} else {
				scans = append(scans, id)
			}
			waiting = append(waiting, told{fmt.Sprintf("delivery-%d", id), fmt.Appendf(nil, `{"action":"created","installation":{"id":501},"repository":{"id":4242,"full_name":"acme/infra"},"issue":{"number":%d},
				"comment":{"id":%d,"body":%q,"user":{"id":103,"login":"will","type":"User"}},"sender":{"id":103,"login":"will","type":"User"}}`, n, id, body)})
		}
		again += len(waiting) - each
		c := startChild(t, settings)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
			c.kill()
		}()
		deliver(c)
		<-ended
		if strings.Contains(c.log.String(), "panic") {
			t.Fatalf("round %d:\n%s", round, c.log)
		}
	}
	c := startChild(t, settings)
	deliver(c)
	if len(waiting) != 0 {
		t.Errorf("%d deliveries are not taken by a server that runs", len(waiting))
	}
	drained := false
	for range 600 {
		response, err := client.Get(c.url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if drained = strings.Contains(string(text), `mooring_queue_jobs{state="ready"} 0`) && strings.Contains(string(text), `mooring_queue_jobs{state="running"} 0`); drained {
			if !strings.Contains(string(text), `mooring_queue_jobs{state="dead"} 0`) {
				t.Errorf("jobs were given up:\n%s", c.log)
			}
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if !drained {
		t.Errorf("the queue does not become empty:\n%s", c.log)
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("stopped, the server ends with %v:\n%s", err, c.log)
	}

	started := map[string]int{}
	for _, d := range hub.Dispatches() {
		started[fmt.Sprint(d.Inputs["comment"])]++
	}
	lost, twice := 0, 0
	for _, id := range scans {
		switch n := started[fmt.Sprint(id)]; {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	for _, id := range helps {
		n := 0
		for _, x := range hub.Issue(numbers[id]).Comments {
			if strings.Contains(x.Body, fmt.Sprintf("answer:%d\"", id)) {
				n++
			}
		}
		switch {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	t.Logf("%d kills, %d commands: %d deliveries taken, %d delivered again because the server was gone; lost %d, done twice %d", *kills, len(scans)+len(helps), taken, again, lost, twice)
	if lost != 0 || twice != 0 || len(started) != len(scans) {
		t.Errorf("lost %d, done twice %d of %d commands; %d were started", lost, twice, len(scans)+len(helps), len(started))
	}
}
