package cli_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mooringdev/mooring/internal/cli"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mooring": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		app := &cli.App{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ(), Now: time.Now}
		code := app.Run(ctx, os.Args[1:])
		stop()
		os.Exit(code)
	}})
}

// TestScripts runs testdata/script: each file is headed by what it guards. Engines are real.
func TestScripts(t *testing.T) {
	tofu, terraform := enginetest.Tofu(t), enginetest.Terraform(t)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	mirror := append(enginetest.Mirror(t), enginetest.Cache(t))
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, mirror...)
			env.Vars = append(env.Vars,
				"MOORING_CACHE_DIR="+filepath.Join(cache, "mooring"), "TOFU="+tofu, "TERRAFORM="+terraform, "GIT="+git,
				"AWS_EC2_METADATA_DISABLED=true", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=Test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=Test", "GIT_COMMITTER_EMAIL=test@example.com",
			)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"proxy": behindProxy,
			// exits N COMMAND... runs a command that must end with exactly that exit code.
			"exits": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) < 2 {
					ts.Fatalf("usage: exits N command...")
				}
				err := ts.Exec(args[1], args[2:]...)
				code := 0
				if err != nil {
					var exit *exec.ExitError
					if !errors.As(err, &exit) {
						ts.Fatalf("%v", err)
					}
					code = exit.ExitCode()
				}
				if got := strconv.Itoa(code); got != args[0] {
					ts.Fatalf("exit code %s, want %s", got, args[0])
				}
			},
		},
	})
}
