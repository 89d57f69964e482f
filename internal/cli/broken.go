package cli

import (
	"context"
	"errors"

	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/scan"
)

// tellBroken opens the issue about a configuration that cannot be read, when err is that and target names a GitHub to open it on: a
// repository that is not scanned any more looks like one without drift. It returns err, so that the command ends with it.
func (a *App) tellBroken(ctx context.Context, err error, dryRun bool, target func(*world) (*scan.Target, error)) error {
	var broken *brokenConfig
	var complaint *config.Error
	if !errors.As(err, &broken) || !errors.As(err, &complaint) {
		return err
	}
	w := broken.world
	defaults, defaultErr := config.Parse(nil, "")
	if defaultErr != nil {
		return errors.Join(err, defaultErr)
	}
	w.config = defaults
	t, targetErr := target(w)
	if targetErr != nil || t == nil || t.GitHub == nil {
		return errors.Join(err, targetErr)
	}
	done, publishErr := scan.PublishBroken(ctx, complaint, scan.PublishOptions{Target: *t, Config: defaults, Now: a.Now(), DryRun: dryRun})
	a.tell(done, dryRun)
	return errors.Join(err, publishErr)
}
