package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/report"
)

// serveFlags are the flags of mooring serve.
type serveFlags struct {
	config, listen     string
	setup              bool
	url, name, org     string
	api, web, setupDir string
	dead               bool
	revive             string
}

func (a *App) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Be a GitHub App: hear webhooks and audit events, and have workflows do the work",
		Long: `Serve as a GitHub App for many repositories. It holds no cloud credentials and plans nothing: commands and events are authorised and
handed to the workflow of the repository that they are about.

--setup registers an App of your own in a few clicks and writes its settings and keys into a directory.`,
		Example: `  mooring serve --setup --url https://drift.example.com --organisation acme
  mooring serve --config bot.hcl
  mooring serve --config bot.hcl --dead`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case f.setup:
				return a.setupApp(cmd.Context(), f)
			case f.dead || f.revive != "":
				return a.deadJobs(cmd.Context(), f)
			}
			return a.serve(cmd.Context(), f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.config, "config", bot.SettingsFile, "read the settings from `FILE`")
	fl.StringVar(&f.listen, "listen", "", "listen on `ADDRESS` (default: the settings', else :8080; with --setup 127.0.0.1:0)")
	fl.BoolVar(&f.setup, "setup", false, "register an App on GitHub and write its settings")
	fl.StringVar(&f.url, "url", "", "with --setup: `URL` at which GitHub and people will reach the server")
	fl.StringVar(&f.name, "name", "", "with --setup: `NAME` of the App (default: mooring- and the organisation)")
	fl.StringVar(&f.org, "organisation", "", "with --setup: register the App in `ORGANISATION` (default: your own account)")
	fl.StringVar(&f.setupDir, "dir", ".", "with --setup: write into `DIR`")
	fl.StringVar(&f.api, "github-api", "", "with --setup: `URL` of the API of GitHub Enterprise")
	fl.StringVar(&f.web, "github-web", "", "with --setup: `URL` of GitHub Enterprise")
	fl.BoolVar(&f.dead, "dead", false, "list the jobs that were given up, and end; SQLite only while nothing serves")
	fl.StringVar(&f.revive, "revive", "", "have the given-up job `KEY` tried again, and end")
	return cmd
}

// serverLog writes what happens: as text for people, as JSON where something collects it.
func (a *App) serverLog() *slog.Logger {
	if a.logFmt == "json" {
		return slog.New(slog.NewJSONHandler(a.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	return slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// settings reads the settings and opens the database.
func (a *App) settings(ctx context.Context, f serveFlags) (bot.Settings, *store.Store, error) {
	path, err := a.resolve(f.config)
	if err != nil {
		return bot.Settings{}, nil, err
	}
	s, err := bot.ReadSettings(path)
	if err != nil {
		return s, nil, withHint(err, "mooring serve --setup registers an App and writes the settings; docs/bot.md explains them")
	}
	if f.listen != "" {
		s.Listen = f.listen
	}
	st, err := store.Open(ctx, s.Database)
	return s, st, err
}

func (a *App) resolve(path string) (string, error) {
	if filepath.IsAbs(path) {
		return path, nil
	}
	base, err := a.dir()
	return filepath.Join(base, path), err
}

func (a *App) serve(ctx context.Context, f serveFlags) (err error) {
	s, st, err := a.settings(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	server, err := bot.New(s, st, a.serverLog(), a.Now)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", server.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", server.Listen, err)
	}
	err = server.Run(ctx, l)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// deadJobs lists what was given up, or has one of it tried again.
func (a *App) deadJobs(ctx context.Context, f serveFlags) (err error) {
	_, st, err := a.settings(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if f.revive != "" {
		ok, err := st.Revive(ctx, f.revive, a.Now())
		if err == nil && !ok {
			return withHint(fmt.Errorf("no job %q was given up", f.revive), "mooring serve --dead lists them")
		}
		return err
	}
	dead, err := st.Dead(ctx, 1000)
	if err != nil {
		return err
	}
	for _, j := range dead {
		fmt.Fprintln(a.Stdout, report.Plain(fmt.Sprintf("%s  %s  %s  %d attempts: %s", j.Created.Format("2006-01-02 15:04"), j.Key, j.Lane, j.Attempts, j.Outcome)))
	}
	if len(dead) == 0 {
		fmt.Fprintln(a.Stderr, "no job was given up")
	}
	return nil
}

func (a *App) setupApp(ctx context.Context, f serveFlags) error {
	if f.url == "" {
		return withHint(errors.New("--setup needs --url"), "the address at which GitHub will reach the server, such as https://drift.example.com")
	}
	dir, err := a.resolve(f.setupDir)
	if err != nil {
		return err
	}
	name := f.name
	if name == "" {
		name = "mooring"
		if f.org != "" {
			name += "-" + f.org
		}
	}
	listen := f.listen
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", listen, err)
	}
	setup := &bot.Setup{Dir: dir, URL: f.url, Name: name, Organisation: f.org, API: f.api, Web: f.web}
	err = setup.Run(ctx, l, func(address string) { fmt.Fprintf(a.Stdout, "open %s\n", address) })
	if err != nil {
		return err
	}
	a.say(fmt.Sprintf("wrote %s and its keys into %s; install the App on your repositories, then: mooring serve --config %s", bot.SettingsFile, dir, filepath.Join(dir, bot.SettingsFile)))
	return nil
}
