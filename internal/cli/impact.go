package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/scan"
)

func (a *App) impactCommand() *cobra.Command {
	var base, format, engine string
	var plan bool
	cmd := &cobra.Command{
		Use:   "impact",
		Short: "Tell which stacks a raised provider or module version touches",
		Long: `Compare the lock files and module calls of the commit that is checked out with those of another commit, and list every provider and module
whose version differs with the stacks that use it: the note for a pull request that raises one. With --plan those stacks are planned twice, with
this tree and with the versions as they were in it, and the note says what the raised versions alone bring.

Planning runs the code of the tree, its providers and modules: use --plan only where that code is trusted.`,
		Example: `  mooring impact
  mooring impact --base origin/main --format markdown
  mooring impact --base v1.4.0 --plan`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "markdown" && format != "json" {
				return fmt.Errorf("--format %q: want text, markdown or json", format)
			}
			r, err := a.impact(cmd.Context(), base, engine, plan)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			switch format {
			case "text":
				err = report.WriteImpactText(&b, r, a.textOptions(a.Stdout))
			case "markdown":
				err = report.WriteImpactMarkdown(&b, r)
			case "json":
				err = report.WriteImpactJSON(&b, r)
			}
			if err != nil {
				return err
			}
			_, err = a.Stdout.Write(b.Bytes())
			return err
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "compare with `COMMIT` (default: the default branch)")
	cmd.Flags().BoolVar(&plan, "plan", false, "plan the stacks that are touched")
	cmd.Flags().StringVar(&format, "format", "text", "text, markdown or json")
	cmd.Flags().StringVar(&engine, "engine", "", "tofu, terraform or the `PATH` of one")
	return cmd
}

func (a *App) impact(ctx context.Context, base, engine string, plan bool) (*report.Impact, error) {
	w, err := a.open(ctx, ".")
	if err != nil {
		return nil, err
	}
	if _, err := w.needRepo("mooring impact"); err != nil {
		return nil, err
	}
	o, err := a.options(w)
	if err != nil {
		return nil, err
	}
	o.Engine = engine
	o.Env = without(o.Env, "INPUT_*", "MOORING_*")
	stop, err := a.attachDemo(ctx, w, &o)
	if err != nil {
		return nil, err
	}
	if plan {
		o.Memory, o.Progress = a.memory(ctx, w), a.progress()
	}
	r, err := scan.Impact(ctx, o, base, plan)
	o.Progress.Close()
	return r, errors.Join(err, stop())
}
