package bot_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/githubtest"
)

// TestNoSecretLeaves puts a canary into every secret, sends the server all that it hears, good and bad, and looks for the canaries in all that it gives
// away: answers, log, metrics, comments and check runs, and the pages of its database.
func TestNoSecretLeaves(t *testing.T) {
	g := newGate(t)
	google := newGoogle(t)
	w := newWorld(t, githubtest.Options{Files: map[string]string{"infra/prod/main.tf": prod}}, func(s *bot.Settings) {
		s.Web, s.URL = g.web.URL, "http://127.0.0.1"
		s.OAuth = bot.OAuth{ID: "client", Secret: clientSecret, Session: []byte(sessionKey)}
		s.Metrics = "canary-metrics-token"
		s.Sources = []bot.Source{{Kind: "eventbridge", Name: "org", Keys: []string{oldKey}}, {Kind: "event_grid", Name: "prod", Keys: []string{newKey}},
			{Kind: "pubsub", Name: "logs", Audience: "https://drift.example.com/events", Account: "push@project.iam.gserviceaccount.com", KeysURL: google.web.URL}}
		s.Routes = []bot.Route{{Name: "all", Repository: "acme/infra", Stacks: []string{"**"}}}
	})
	google.now = w.Now
	var given bytes.Buffer
	note := func(status int, text string) { given.WriteString(text) }
	w.listen()
	w.drifts("infra/prod")
	n := w.issue(githubtest.App, "infra/prod")
	w.Inject(func(r githubtest.Request) githubtest.Fault {
		if strings.HasSuffix(r.Path, "/dispatches") {
			return githubtest.Fault{Reset: true}
		}
		return githubtest.Fault{}
	})
	for _, body := range []string{"/drift scan", "/drift help", "/drift nonsense", "/drift revert x.y"} {
		w.Comment(githubtest.Writer, n, body)
	}
	w.pull("stack", "infra/prod/main.tf", "# x\n")
	w.settle()
	w.Inject(nil)
	w.Advance(time.Minute)
	w.settle()
	for _, h := range []map[string]string{nil, {"X-Hub-Signature-256": "sha256=00"}, {"X-GitHub-Delivery": "x y"}} {
		note(w.deliver("push", "p", []byte(pushed), h))
		note(w.deliver("push", "p", []byte("{"), h))
	}
	token := google.token(t, google.key, "RS256", nil)
	for _, key := range []string{oldKey, newKey, "guess"} {
		note(w.push("/events/eventbridge/org", awsEvent("1", "eu-west-1", "ec2", "RunInstances", ""), map[string]string{"X-Api-Key": key}))
		note(w.push("/events/event_grid/prod?key="+key, "[]", nil))
		note(w.push("/events/event_grid/prod?key="+key, "{", nil))
	}
	note(w.push("/events/pubsub/logs", "{}", map[string]string{"Authorization": "Bearer " + token}))
	note(w.push("/events/pubsub/logs", "{}", map[string]string{"Authorization": "Bearer " + token + "x"}))
	for _, path := range []string{"/", "/healthz", "/readyz", "/metrics", "/login", "/login/callback?code=x&state=y", "/nothing", "/style.css"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.web.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if path == "/metrics" {
			r.Header.Set("Authorization", "Bearer canary-metrics-token")
		}
		note(w.do(r))
	}
	w.Uninstall(githubtest.Owner)
	w.settle()

	key := strings.Split(string(w.AppKey()), "\n")[3]
	secrets := regexp.MustCompile(`canary-[a-z-]+|ghs_[A-Za-z0-9]+|ghu_[A-Za-z0-9]+|eyJ[A-Za-z0-9_-]{20,}|` + regexp.QuoteMeta(key))
	given.WriteString(w.Dump())
	places := map[string][]byte{"answers and GitHub": given.Bytes(), "log": []byte(w.log.String())}
	files, err := filepath.Glob(w.path + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if places[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	for place, text := range places {
		if found := secrets.Find(text); found != nil {
			t.Errorf("%s: there is %.12s...", place, found)
		}
	}
	if len(places["log"]) < 2000 || !strings.Contains(w.log.String(), "not believed") {
		t.Error("the log says too little for this to mean anything")
	}
}

// TestDocumentedSettings: the settings in docs/bot.md load.
func TestDocumentedSettings(t *testing.T) {
	text, err := os.ReadFile("../../docs/bot.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?ms)^```conf\n(.*?)^```$").FindSubmatch(text)
	if m == nil {
		t.Fatal("docs/bot.md has no settings")
	}
	dir := t.TempDir()
	files := map[string]string{"bot.hcl": string(m[1])}
	for _, f := range regexp.MustCompile(`"([a-z-]+(?:\.pem|-secret|-key|-token|-before))"`).FindAllSubmatch(m[1], -1) {
		files[string(f[1])] = strings.Repeat("s", 40)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := bot.ReadSettings(filepath.Join(dir, "bot.hcl"))
	if err != nil || len(s.Sources) != 3 || len(s.Routes) != 2 || len(s.Secrets) != 2 || s.Pause != time.Minute {
		t.Errorf("%v: %+v", err, s)
	}
}

// TestSettings: what is wrong is said, with the setting's name.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"app.pem": "pem", "hook": strings.Repeat("s", 32), "short": "s"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const good = "url = \"https://drift.example.com\"\ndatabase = \"sqlite:bot.db\"\napp {\n  id = 1\n  private_key_file = \"app.pem\"\n  webhook_secret_files = [\"hook\"]\n}\n"
	for name, c := range map[string]struct{ text, want string }{
		"good":               {good, ""},
		"a word too many":    {good + "colour = \"red\"\n", "colour"},
		"no address":         {strings.Replace(good, "https://drift", "drift", 1), "url"},
		"no secret":          {strings.Replace(good, `"hook"`, "", 1), "no webhook secret"},
		"a short secret":     {strings.Replace(good, `"hook"`, `"short"`, 1), "is no secret"},
		"a file not there":   {strings.Replace(good, `"hook"`, `"gone"`, 1), "gone"},
		"no such source":     {good + "events \"kafka\" \"x\" {}\n", "want eventbridge, event_grid or pubsub"},
		"a source that all":  {good + "events \"eventbridge\" \"x\" {}\n", "needs key_files"},
		"pubsub for anybody": {good + "events \"pubsub\" \"x\" {}\n", "needs audience"},
		"a path for a name":  {good + "events \"pubsub\" \"../x\" {}\n", "a name is of a-z"},
		"a route to nowhere": {good + "route \"x\" {\n  repository = \"infra\"\n  stacks = [\"**\"]\n}\n", "owner/name"},
		"a route of no glob": {good + "route \"x\" {\n  repository = \"a/b\"\n  stacks = [\"[\"]\n}\n", "is not a glob"},
		"no duration":        {good + "pause = \"soon\"\n", "is not a duration"},
	} {
		path := filepath.Join(dir, "bot.hcl")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := bot.ReadSettings(path)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
