package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/bot/store"
	"github.com/mooringdev/mooring/internal/chatops/answer"
	"github.com/mooringdev/mooring/internal/config"
	"github.com/mooringdev/mooring/internal/forge"
	"github.com/mooringdev/mooring/internal/forge/github"
)

// command admits what somebody asked for and has the workflow carry it out.
func (s *Server) command(ctx context.Context, n notice) (string, error) {
	client, err := s.apps.client(n.Installation, n.Repository, n.Name)
	if err != nil {
		return "", err
	}
	key := dispatchKey(n)
	if n.Told.Comment != 0 {
		// The same comment, told once more under another delivery.
		if d, known, err := s.store.Dispatch(ctx, key); err != nil || known && d.Done {
			return "handed on already", err
		}
	}
	desk := &answer.Desk{Forge: client, Now: s.Now, Log: s.log.With("repository", n.Name)}
	if desk.Revert, err = revertOf(ctx, client); err != nil {
		return s.gracefully(n.Installation, err)
	}
	a, err := desk.Admit(ctx, n.Told)
	if err != nil {
		return s.gracefully(n.Installation, err)
	}
	if !a.Waits() {
		return a.Text, nil
	}
	inputs := map[string]string{"comment": "", "stacks": ""}
	d := store.Dispatch{Key: key, Repository: n.Name, Number: a.Number, Comment: a.Comment, At: s.Now()}
	if a.Comment != 0 {
		inputs["comment"] = fmt.Sprint(a.Comment)
	}
	err = s.dispatch(ctx, client, d, inputs)
	var refused *forge.Refusal
	if errors.As(err, &refused) && a.Comment != 0 {
		if err := desk.NotStarted(ctx, a.Number, a.Comment, "This could not be started: "+refused.Sentence+"."); err != nil {
			return "", err
		}
		return "not started: " + refused.Sentence, nil
	}
	if err != nil {
		return s.gracefully(n.Installation, err)
	}
	return "handed on", nil
}

// gracefully makes an outcome of an error that another attempt would not mend.
func (s *Server) gracefully(installation int64, err error) (string, error) {
	var refused *forge.Refusal
	switch {
	case gone(err):
		return "the App is not installed there", nil
	case errors.As(err, &refused) && refused.Token:
		// The installation's token ended before its time. Whether the App is still there shows when it asks for another.
		s.apps.forget(installation)
		return "", &errLater{time.Second, "the token was revoked"}
	}
	return "", err
}

// dispatchKey is the same for everything that tells of the same request.
func dispatchKey(n notice) string {
	if n.Told.Comment != 0 {
		return fmt.Sprintf("%d-comment-%d", n.Repository, n.Told.Comment)
	}
	return fmt.Sprintf("%d-box-%s", n.Repository, n.Delivery)
}

// revertOf is who may revert, by the configuration of the default branch. One that does not load lets nobody.
func revertOf(ctx context.Context, client *github.Client) (answer.Revert, error) {
	text, ok, err := client.File(ctx, config.Name)
	if err != nil || !ok {
		return answer.Revert{}, err
	}
	c, err := config.Parse(text, config.Name)
	if err != nil {
		return answer.Revert{}, nil //nolint:nilerr // the workflow says what is wrong with it
	}
	return answer.Revert{Enabled: c.Revert.Enabled, Allow: c.Revert.Allow}, nil
}

// titlePrefix begins the title of every run that the server starts: the workflow's run-name is its input "title".
const titlePrefix = "mooring "

// dispatch starts a run, once for each key, also when the process is killed or the answer is lost at any moment: the intent is on disk before GitHub
// is asked, and when it is found there again, the run is looked for by its title before another one is started.
func (s *Server) dispatch(ctx context.Context, client *github.Client, d store.Dispatch, inputs map[string]string) error {
	was, old, err := s.store.Intend(ctx, d)
	if err != nil {
		return err
	}
	if old && was.Done {
		return nil
	}
	inputs["title"] = titlePrefix + d.Key
	if old {
		if wait := s.Settle - s.Now().Sub(was.At); wait > 0 {
			return &errLater{wait, "it may have been started: GitHub is given time to list the run"}
		}
		started, err := client.Started(ctx, inputs["title"], was.At.Add(-5*time.Minute))
		if err != nil {
			return err
		}
		if started {
			return s.store.Dispatched(ctx, d.Key)
		}
		if err := s.store.Asking(ctx, d.Key, s.Now()); err != nil {
			return err
		}
	}
	err = client.Dispatch(ctx, s.Workflow, inputs)
	switch {
	case err == nil:
		s.metrics.started()
		return s.store.Dispatched(ctx, d.Key)
	case github.Unanswered(err) || ctx.Err() != nil:
		return &errLater{s.Settle, "GitHub did not answer whether the run was started: " + err.Error()}
	}
	return errors.Join(err, s.store.Withdraw(context.WithoutCancel(ctx), d.Key))
}

// ran looks at a run that the server started: one that did not succeed and left a comment without an answer is answered here.
func (s *Server) ran(ctx context.Context, n notice) (string, error) {
	key := strings.TrimPrefix(n.Run.Title, titlePrefix)
	d, ok, err := s.store.Dispatch(ctx, key)
	switch {
	case err != nil:
		return "", err
	case !ok || !strings.HasPrefix(key, fmt.Sprintf("%d-", n.Repository)):
		return "not a run of ours", nil
	case n.Run.Conclusion == "success" || d.Comment == 0:
		return "ended: " + n.Run.Conclusion, nil
	}
	client, err := s.apps.client(n.Installation, n.Repository, n.Name)
	if err != nil {
		return "", err
	}
	desk := &answer.Desk{Forge: client, Now: s.Now, Log: s.log}
	why := "The run ended without an answer (" + n.Run.Conclusion + "). It says why under Actions, titled " + n.Run.Title + "; comment again to have it done."
	if err := desk.NotStarted(ctx, d.Number, d.Comment, why); err != nil {
		return s.gracefully(n.Installation, err)
	}
	return "ended: " + n.Run.Conclusion + "; answered", nil
}
