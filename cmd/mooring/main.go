// Command mooring keeps infrastructure moored to its code. See the README, or run mooring help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mooringdev/mooring/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	app := &cli.App{
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Env:    os.Environ(),
		Now:    time.Now,
	}
	code := app.Run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
