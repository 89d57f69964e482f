package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/notify"
	"github.com/mooringdev/mooring/internal/report"
)

func (a *App) notifyCommand() *cobra.Command {
	var format, template string
	var always, dryRun bool
	cmd := &cobra.Command{
		Use:   "notify RESULTS",
		Short: "Tell a webhook what a scan found",
		Long: `Read the results of mooring scan and post a message to the address in MOORING_WEBHOOK_URL. With MOORING_WEBHOOK_SECRET it is signed: the
header ` + notify.SignatureHeader + ` is "sha256=" and the HMAC-SHA256 of the time in ` + notify.TimeHeader + `, a full stop and the body.
Nothing is sent when nothing drifted and every stack could be planned, unless --always is given.`,
		Example: `  mooring notify results.json --format slack
  mooring notify results.json --template message.tmpl --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := a.readResults(args[0])
			if err != nil {
				return err
			}
			m := notify.Of(r, a.runAddress())
			body, err := a.messageBody(m, format, template)
			if err != nil {
				return err
			}
			if dryRun {
				_, err := a.Stdout.Write(body)
				return err
			}
			if m.Resources == 0 && m.Failed == 0 && !always {
				a.say("nothing drifted: nothing was sent")
				return nil
			}
			return a.post(cmd.Context(), body)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&format, "format", "json", "json or slack")
	fl.StringVar(&template, "template", "", "fill this text/template `FILE` instead; the fields are those of --format json")
	fl.BoolVar(&always, "always", false, "also when nothing drifted")
	fl.BoolVar(&dryRun, "dry-run", false, "print the message, and send nothing")
	return cmd
}

func (a *App) messageBody(m notify.Message, format, template string) ([]byte, error) {
	var b bytes.Buffer
	switch {
	case template != "":
		base, err := a.dir()
		if err != nil {
			return nil, err
		}
		if !filepath.IsAbs(template) {
			template = filepath.Join(base, template)
		}
		text, err := os.ReadFile(template)
		if err != nil {
			return nil, err
		}
		err = notify.WriteTemplate(&b, m, filepath.Base(template), string(text))
		return b.Bytes(), err
	case format == "json":
		err := notify.WriteJSON(&b, m)
		return b.Bytes(), err
	case format == "slack":
		err := notify.WriteSlack(&b, m)
		return b.Bytes(), err
	}
	return nil, fmt.Errorf("--format %q: want json or slack", report.Plain(format))
}

func (a *App) post(ctx context.Context, body []byte) error {
	address := a.getenv("MOORING_WEBHOOK_URL")
	if address == "" {
		return withHint(errors.New("there is no webhook to tell: MOORING_WEBHOOK_URL is not set"), "set it in the environment, from a secret: such addresses let anybody write who knows them")
	}
	return notify.Post(ctx, notify.Receiver{
		URL: address, Secret: a.getenv("MOORING_WEBHOOK_SECRET"), Client: &http.Client{Timeout: 20 * time.Second}, Now: a.Now,
		Wait: func(ctx context.Context, d time.Duration) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(d):
				return nil
			}
		},
	}, body)
}
