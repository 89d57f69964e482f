// Package cli is the face of Mooring at a terminal: one file per command, each of which parses its flags, calls the packages that do
// the work and prints. Start with app.go, then scan.go.
//
// What a command promises: data goes to standard output alone, progress and messages to standard error; the exit code is one of the
// Exit constants; a message that asks something of the user ends with a hint on its own line.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mooringdev/mooring/internal/report"
)

// The exit codes. They are a contract: pipelines branch on them.
const (
	ExitClean       = 0   // nothing to report
	ExitFailed      = 1   // could not finish
	ExitDrift       = 2   // drift found
	ExitInterrupted = 130 // stopped by Ctrl-C or SIGTERM, cleaned up
)

// An App is the program with the world it runs in.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Env            []string         // KEY=VALUE, as the process was given it
	Dir            string           // working directory; "" for the process's own
	Now            func() time.Time // the clock

	log    *slog.Logger
	logFmt string
	quiet  bool
	color  string
	exit   int
}

// Run executes one command line (without the program's name) and returns its exit code.
func (a *App) Run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(a.Stderr, "mooring: interrupted; nothing was left behind")
		return ExitInterrupted
	case err != nil:
		a.printError(err)
		return ExitFailed
	}
	return a.exit
}

func (a *App) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mooring",
		Short: "Keep infrastructure moored to its code",
		Long: `Mooring finds where Terraform and OpenTofu stacks differ from reality, says why and who changed what,
and edits the code, with proof, so that both agree again.

Start with "mooring demo" to see it work, or "mooring scan" in your repository.

Exit codes: 0 nothing to report, 2 drift found, 1 could not finish, 130 interrupted.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.setup() },
	}
	root.PersistentFlags().StringVarP(&a.Dir, "chdir", "C", a.Dir, "run as if started in `DIR`")
	root.PersistentFlags().StringVar(&a.logFmt, "log-format", "text", "format of messages on standard error: `text or json`")
	root.PersistentFlags().StringVar(&a.color, "color", "auto", "colour the output: `auto, always or never`; NO_COLOR is honoured")
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "print no progress")
	root.AddGroup(
		&cobra.Group{ID: "work", Title: "See and repair drift:"},
		&cobra.Group{ID: "setup", Title: "Set up and check:"},
		&cobra.Group{ID: "memory", Title: "Rules and memory:"},
	)
	for _, c := range []struct {
		group string
		cmd   *cobra.Command
	}{
		{"work", a.scanCommand()},
		{"work", a.adoptCommand()},
		{"work", a.explainCommand()},
		{"work", a.compareCommand()},
		{"work", a.impactCommand()},
		{"work", a.publishCommand()},
		{"work", a.notifyCommand()},
		{"setup", a.demoCommand()},
		{"setup", a.initCommand()},
		{"setup", a.stacksCommand()},
		{"setup", a.shardsCommand()},
		{"setup", a.configCommand()},
		{"setup", a.doctorCommand()},
		{"setup", a.actionCommand()},
		{"setup", a.commentCommand()},
		{"setup", a.serveCommand()},
		{"setup", a.versionCommand()},
		{"setup", a.docsCommand()},
		{"memory", a.ledgerCommand()},
		{"memory", a.rulesCommand()},
	} {
		c.cmd.GroupID = c.group
		root.AddCommand(c.cmd)
	}
	return root
}

// setup runs before every command, when the persistent flags are known.
func (a *App) setup() error {
	switch a.logFmt {
	case "text":
		a.log = slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	case "json":
		a.log = slog.New(slog.NewJSONHandler(a.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	default:
		return fmt.Errorf("--log-format %q: want text or json", a.logFmt)
	}
	if a.color != "auto" && a.color != "always" && a.color != "never" {
		return fmt.Errorf("--color %q: want auto, always or never", a.color)
	}
	return nil
}

// dir is the working directory, absolute.
func (a *App) dir() (string, error) {
	if a.Dir == "" {
		return os.Getwd()
	}
	return filepath.Abs(a.Dir)
}

// getenv reads one variable of the environment that the app was given; the last one wins, as in a shell.
func (a *App) getenv(key string) string {
	for i := len(a.Env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(a.Env[i], key+"="); ok {
			return v
		}
	}
	return ""
}

// terminal tells whether w is a terminal, and how wide it is (80 when it is not one).
func terminal(w io.Writer) (bool, int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return false, 80
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 20 {
		return true, width
	}
	return true, 80
}

// textOptions are how text for w should look.
func (a *App) textOptions(w io.Writer) report.TextOptions {
	tty, width := terminal(w)
	return report.TextOptions{Colour: a.colored(tty), Width: width, Now: a.Now()}
}

func (a *App) colored(tty bool) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	return tty && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
}

// printError writes an error for people: what happened, then, on its own line, what to do.
func (a *App) printError(err error) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			a.printError(e)
		}
		return
	}
	if a.logFmt == "json" && a.log != nil {
		a.log.Error(err.Error(), "hint", hintOf(err))
		return
	}
	fmt.Fprintf(a.Stderr, "mooring: %s\n", strings.TrimRight(err.Error(), "\n"))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(a.Stderr, "  hint: %s\n", hint)
	}
}

// withHint adds what a person can do to an error.
func withHint(err error, hint string) error { return &hinted{err, hint} }

type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// Hint is the next step, one line.
func (h *hinted) Hint() string { return h.hint }

func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
