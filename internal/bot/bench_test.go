package bot_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// BenchmarkWebhooks sends 500 signed deliveries a second for ten seconds to a server on loopback with SQLite, at fixed times whether or not the ones
// before were answered, and measures from the moment that each was due. Every one is kept on disk before it is answered. The aim is a p99 below 20 ms.
// Before it, the memory of the idle server is measured: the aim is below 60 MiB.
//
//	go test ./internal/bot -run '^$' -bench Webhooks -benchtime 1x
func BenchmarkWebhooks(b *testing.B) {
	const rate, seconds = 500, 10
	hub := githubtest.New(b, githubtest.Options{})
	st, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "bot.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	settings := bot.Settings{URL: "https://drift.example.com", API: hub.URL, GraphQL: hub.GraphQLURL, AppID: githubtest.AppID, Key: hub.AppKey(), Secrets: []string{secret}}
	server, err := bot.New(settings, st, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, l) }()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	// Pushes to 200 repositories, each of 8 KB: most of what an App hears.
	var payloads [][]byte
	var signatures []string
	for i := range 200 {
		if err := st.SetRepository(b.Context(), store.Repository{ID: int64(i + 1), Name: fmt.Sprintf("acme/r%d", i), Installation: githubtest.InstallationID, Branch: "main"}, time.Now()); err != nil {
			b.Fatal(err)
		}
		payload := fmt.Appendf(nil, `{"ref":"refs/heads/main","installation":{"id":501},"repository":{"id":%d,"full_name":"acme/r%d"},"pad":%q}`, i+1, i, strings.Repeat("x", 8<<10))
		payloads, signatures = append(payloads, payload), append(signatures, githubtest.Sign(secret, payload))
	}
	var failed atomic.Int64
	round := 0
	for b.Loop() {
		took := make([]time.Duration, rate*seconds)
		var group sync.WaitGroup
		begin := time.Now()
		for i := range took {
			due := begin.Add(time.Duration(i) * time.Second / rate)
			time.Sleep(time.Until(due))
			group.Go(func() {
				r, err := http.NewRequest(http.MethodPost, "http://"+l.Addr().String()+"/webhook", bytes.NewReader(payloads[i%200]))
				if err != nil {
					failed.Add(1)
					return
				}
				r.Header = http.Header{"Content-Type": {"application/json"}, "X-Github-Event": {"push"}, "X-Github-Delivery": {fmt.Sprintf("d-%d-%d", round, i)}, "X-Hub-Signature-256": {signatures[i%200]}}
				response, err := client.Do(r)
				if err != nil {
					failed.Add(1)
					return
				}
				_ = response.Body.Close()
				if response.StatusCode != http.StatusAccepted {
					failed.Add(1)
				}
				took[i] = time.Since(due)
			})
		}
		group.Wait()
		round++
		slices.Sort(took)
		at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))]) / 1e6 }
		b.ReportMetric(at(.5), "p50-ms")
		b.ReportMetric(at(.99), "p99-ms")
		b.ReportMetric(at(1), "max-ms")
		b.ReportMetric(float64(failed.Load()), "not-taken")
		b.ReportMetric(float64(len(took))/time.Since(begin).Seconds(), "deliveries/s")
	}
	stop()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

// BenchmarkIdle is what a server takes that nobody asks anything, in a process of its own.
//
//	go test ./internal/bot -run '^$' -bench Idle -benchtime 1x
func BenchmarkIdle(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Log("the memory of a process is read from /proc")
		return
	}
	hub := githubtest.New(b, githubtest.Options{})
	settings := settingsFile(b, hub)
	for b.Loop() {
		c := startChild(b, settings)
		time.Sleep(5 * time.Second)
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
		c.kill()
		if err != nil {
			b.Fatal(err)
		}
		var kb float64
		for line := range strings.Lines(string(text)) {
			if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kb); err == nil {
				b.ReportMetric(kb/1024, "idle-MiB")
			}
		}
	}
}
