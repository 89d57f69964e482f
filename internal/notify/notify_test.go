package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/notify"
	"github.com/mooringdev/mooring/internal/report"
	"github.com/mooringdev/mooring/internal/stack"
)

func results(n int) *report.Results {
	s := report.StackResult{Stack: stack.Stack{ID: "infra/prod"}, Status: report.StatusDrifted}
	for i := range n {
		s.Findings = append(s.Findings, report.Finding{Finding: drift.Finding{
			ID: fmt.Sprint(i), Address: fmt.Sprintf("aws_instance.web[%d]", i), Type: "aws_instance", Kind: drift.KindDrift, Action: "update",
			Changes: []drift.Change{
				{Path: "tags.note", Kind: drift.KindDrift, Base: "a", Code: "a", Live: "<!channel> *now* `x` @here"},
				{Path: "password", Kind: drift.KindDrift, Base: "hunter1", Code: "hunter1", Live: "hunter2", Sensitive: true},
			},
		}})
	}
	return &report.Results{Stacks: []report.StackResult{s, {Stack: stack.Stack{ID: "infra/eu"}, Status: report.StatusFailed}}}
}

// TestMessages: counted, capped, without secrets, and foreign text mentions nobody.
func TestMessages(t *testing.T) {
	m := notify.Of(results(25), "https://example.com/run/1")
	if m.Stacks != 2 || m.Drifted != 1 || m.Failed != 1 || m.Resources != 25 || len(m.Findings) != notify.MaxFindings || m.More != 5 {
		t.Errorf("the message counts %+v", m)
	}
	for name, write := range map[string]func(io.Writer, notify.Message) error{
		"json": notify.WriteJSON, "slack": notify.WriteSlack,
		"template": func(w io.Writer, m notify.Message) error {
			return notify.WriteTemplate(w, m, "t", `{"n":{{.Resources}},"f":{{json .Findings}}}`)
		},
	} {
		var b bytes.Buffer
		if err := write(&b, m); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(b.Bytes()) || strings.Contains(b.String(), "hunter") || !strings.Contains(b.String(), "infra/prod") {
			t.Errorf("%s: %s", name, b.String())
		}
		if name == "slack" {
			var body struct{ Text string }
			if err := json.Unmarshal(b.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			for _, bad := range []string{"<!channel", "*now*", "@here", "`x`"} {
				if strings.Contains(body.Text, bad) {
					t.Errorf("foreign text is live in Slack, %s:\n%s", bad, body.Text)
				}
			}
		}
	}
	if err := notify.WriteTemplate(io.Discard, m, "t", "{{.Nothing}}"); err == nil {
		t.Error("a field that is not there is no error")
	}
}

// TestPost: signed, tried again while the receiver is down, and the address is in no error.
func TestPost(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		answers []int
		calls   int
		want    string
	}{
		"taken":            {[]int{200}, 1, ""},
		"down, then taken": {[]int{503, 429, 204}, 3, ""},
		"down":             {[]int{500, 500, 500, 200}, 3, "answered 500 Internal Server Error"},
		"refused":          {[]int{404, 200}, 1, "answered 404 Not Found"},
	} {
		calls := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			body, err := io.ReadAll(q.Body)
			if err != nil {
				t.Error(err)
			}
			if got := q.Header.Get(notify.SignatureHeader); got != notify.Sign("s3cret", now, body) || q.Header.Get(notify.TimeHeader) != "1795251600" {
				t.Errorf("%s: signed %s at %s", name, got, q.Header.Get(notify.TimeHeader))
			}
			w.WriteHeader(c.answers[calls])
			calls++
		}))
		r := notify.Receiver{
			URL: server.URL + "/services/T000/token", Secret: "s3cret", Client: server.Client(), Now: func() time.Time { return now },
			Wait: func(context.Context, time.Duration) error { return nil },
		}
		err := notify.Post(t.Context(), r, []byte(`{}`))
		if calls != c.calls || (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "token")) {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
		server.Close()
		if err := notify.Post(t.Context(), r, []byte(`{}`)); err == nil || strings.Contains(err.Error(), "token") {
			t.Errorf("nobody there: %v", err)
		}
	}
	if err := notify.Post(t.Context(), notify.Receiver{URL: "file:///etc/passwd"}, nil); err == nil {
		t.Error("a file is no webhook")
	}
	other := notify.Sign("s3cret", now.Add(time.Second), []byte(`{}`))
	if other == notify.Sign("s3cret", now, []byte(`{}`)) || other == notify.Sign("another", now.Add(time.Second), []byte(`{}`)) {
		t.Error("the signature does not depend on time and secret")
	}
}
