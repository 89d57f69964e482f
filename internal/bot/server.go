package bot

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/mooringdev/mooring/internal/bot/store"
)

const (
	workers = 4
	// lease is how long a job is a worker's before another may take it; it is renewed while the worker lives.
	lease = time.Minute
	// jobTime is how long one attempt may take.
	jobTime = 2 * time.Minute
	// idle is how often the queue is looked at when nobody says that there is something.
	idle = time.Second
	// farewell is how long what was begun may take when the server is being stopped.
	farewell = 25 * time.Second
)

// A Server is Mooring as a GitHub App.
type Server struct {
	Settings
	Now func() time.Time

	store   *store.Store
	log     *slog.Logger
	metrics *metrics
	apps    *apps
	large   *semaphore.Weighted
	owner   string // of leases: one for each process
	poke    chan struct{}
	hearing []source
	blobs   blobs

	mu    sync.Mutex
	ready bool
}

// New makes a server with an open store. It sends nothing yet.
func New(s Settings, st *store.Store, log *slog.Logger, now func() time.Time) (*Server, error) {
	s.fill()
	if err := s.check(); err != nil {
		return nil, err
	}
	name := make([]byte, 8)
	if _, err := rand.Read(name); err != nil {
		return nil, err
	}
	v := &Server{
		Settings: s, Now: now, store: st, log: log, owner: hex.EncodeToString(name), poke: make(chan struct{}, 1), large: semaphore.NewWeighted(inMemory),
	}
	var err error
	if v.apps, err = newApps(s, now); err != nil {
		return nil, err
	}
	if v.hearing, err = newSources(v); err != nil {
		return nil, err
	}
	v.metrics = newMetrics(v)
	return v, nil
}

// Handler is what the server answers.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/webhook", s.webhook)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", s.readiness)
	mux.Handle("GET /metrics", s.guardMetrics(s.metrics.handler()))
	for _, v := range s.hearing {
		mux.Handle("/events/"+v.kind()+"/"+v.name(), s.events(v))
	}
	if s.OAuth.ID != "" {
		s.addPages(mux)
	}
	return harden(mux)
}

// harden sets what every answer should have.
func harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		next.ServeHTTP(w, r)
	})
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // who asked may be gone
}

// readiness tells whether deliveries can be taken: the database can be written to, and the server is not being stopped.
func (s *Server) readiness(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	ready := s.ready
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	switch {
	case !ready:
		say(w, http.StatusServiceUnavailable, "stopping")
	case s.store.Ping(ctx) != nil:
		say(w, http.StatusServiceUnavailable, "the database cannot be written to")
	default:
		say(w, http.StatusOK, "ready")
	}
}

func (s *Server) setReady(ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = ready
}

// HTTP is the server's face, with limits for clients that are slow on purpose.
func (s *Server) HTTP(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 40 * time.Second, IdleTimeout: 90 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Run serves on a listener until ctx ends: then it takes nothing new, finishes what was begun, and returns nil.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	if s.store.Exclusive() {
		// Nobody else can have a worker: what was being done when the process died is to be done again.
		if err := s.store.Release(ctx, ""); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	taking, stopTaking := context.WithCancel(ctx)
	defer stopTaking()
	group.Go(func() { s.work(taking, working) })
	group.Go(func() { s.schedule(taking) })
	server := s.HTTP(s.Handler())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	s.setReady(true)
	s.log.Info("serving", "address", l.Addr().String(), "app", s.AppID)

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	}
	s.setReady(false)
	goodbye, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	stopTaking()
	// Deliveries that are on their way in are taken; what they ask for waits on disk.
	err = errors.Join(err, server.Shutdown(goodbye))
	ended := make(chan struct{})
	go func() { group.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-goodbye.Done():
		s.log.Warn("what was begun is cut short; it is done again at the next start")
	}
	stopWork()
	<-ended
	s.apps.close()
	return errors.Join(err, s.store.Release(context.WithoutCancel(ctx), s.owner))
}

// wake says that the queue may hold something.
func (s *Server) wake() {
	select {
	case s.poke <- struct{}{}:
	default:
	}
}
