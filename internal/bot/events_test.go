package bot_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/bot"
	"github.com/mooringdev/mooring/internal/githubtest"
)

const (
	oldKey = "canary-events-key-older-01234567"
	newKey = "canary-events-key-newer-01234567"
)

// A google signs tokens and publishes its keys.
type google struct {
	key *rsa.PrivateKey
	web *httptest.Server
	now func() time.Time
}

func newGoogle(t *testing.T) *google {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	g := &google{key: key, now: time.Now}
	g.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n, e := base64.RawURLEncoding.EncodeToString(key.N.Bytes()), base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"keys":[{"kty":"RSA","kid":"k1","alg":"RS256","use":"sig","n":%q,"e":%q}]}`, n, e)
	}))
	t.Cleanup(g.web.Close)
	return g
}

func (g *google) token(t *testing.T, key *rsa.PrivateKey, alg string, change func(map[string]any)) string {
	t.Helper()
	claims := map[string]any{"iss": "https://accounts.google.com", "aud": "https://drift.example.com/events", "email": "push@project.iam.gserviceaccount.com", "email_verified": true, "exp": g.now().Add(time.Hour).Unix(), "iat": g.now().Unix()}
	if change != nil {
		change(claims)
	}
	encode := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := encode(map[string]string{"alg": alg, "kid": "k1", "typ": "JWT"}) + "." + encode(claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if alg == "none" {
		signature = nil
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func eventWorld(t *testing.T, g *google) *world {
	w := newWorld(t, githubtest.Options{}, func(s *bot.Settings) {
		s.Sources = []bot.Source{{Kind: "eventbridge", Name: "org", Keys: []string{oldKey, newKey}}, {Kind: "event_grid", Name: "prod", Keys: []string{newKey}}}
		if g != nil {
			s.Sources = append(s.Sources, bot.Source{Kind: "pubsub", Name: "logs", Audience: "https://drift.example.com/events", Account: "push@project.iam.gserviceaccount.com", KeysURL: g.web.URL})
		}
		s.Routes = []bot.Route{
			{Name: "aws", Repository: "acme/infra", Stacks: []string{"infra/prod/**"}, Accounts: []string{"111122223333"}, Regions: []string{"eu-*"}},
			{Name: "iam", Repository: "acme/infra", Stacks: []string{"infra/iam"}, Services: []string{"iam"}},
			{Name: "azure", Repository: "acme/infra", Stacks: []string{"infra/azure"}, Accounts: []string{"0b1f6471-1bf0-4dda-aec3-111122223333"}},
			{Name: "google", Repository: "acme/infra", Stacks: []string{"infra/gcp"}, Accounts: []string{"acme-prod"}, Regions: []string{"europe-west1"}},
			{Name: "elsewhere", Repository: "acme/gone", Stacks: []string{"**"}, Accounts: []string{"111122223333"}},
		}
	})
	if g != nil {
		g.now = w.Now
	}
	w.listen()
	w.Install(githubtest.Owner)
	w.settle()
	return w
}

func (w *world) push(path, body string, header map[string]string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.web.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	return w.do(r)
}

func awsEvent(account, region, service, name, more string) string {
	return fmt.Sprintf(`{"version":"0","account":%q,"region":%q,"source":"aws.%s","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"%s.amazonaws.com","eventName":%q,"awsRegion":%q%s}}`, account, region, service, service, name, region, more)
}

// scans waits until nothing is due any more, and lists the stacks of the runs that were started.
func (w *world) scans() string {
	w.t.Helper()
	for range 4 {
		w.Advance(30 * time.Second)
		w.server.Due(w.t.Context())
		w.settle()
	}
	var out []string
	for _, d := range w.Dispatches() {
		out = append(out, fmt.Sprint(d.Inputs["stacks"]))
	}
	return strings.Join(out, " ")
}

// TestEventBridge: changes in an account select its stacks; reads, failures and other places do not; many events are one scan.
func TestEventBridge(t *testing.T) {
	w := eventWorld(t, nil)
	key := map[string]string{"X-Api-Key": newKey}
	for _, c := range []struct {
		name, body string
		header     map[string]string
		status     int
		outcome    string
	}{
		{"no key", awsEvent("111122223333", "eu-west-1", "ec2", "ModifyInstanceAttribute", ""), nil, 401, "not believed"},
		{"a wrong key", awsEvent("111122223333", "eu-west-1", "ec2", "ModifyInstanceAttribute", ""), map[string]string{"X-Api-Key": newKey + "x"}, 401, "not believed"},
		{"a read", awsEvent("111122223333", "eu-west-1", "ec2", "DescribeInstances", `,"readOnly":true`), key, 200, "of no stack"},
		{"a read in words", awsEvent("111122223333", "eu-west-1", "ec2", "DescribeInstances", `,"readOnly":"true"`), key, 200, "of no stack"},
		{"a failure", awsEvent("111122223333", "eu-west-1", "ec2", "RunInstances", `,"errorCode":"AccessDenied"`), key, 200, "of no stack"},
		{"another account", awsEvent("111122223334", "eu-west-1", "ec2", "RunInstances", ""), key, 200, "of no stack"},
		{"another region", awsEvent("111122223333", "us-east-1", "ec2", "RunInstances", ""), key, 200, "scans are due"}, // the route of acme/gone
		{"no event", `{"hello":1}`, key, 200, "not readable"},
		{"no JSON", `<xml>`, key, 200, "not readable"},
		{"a change", awsEvent("111122223333", "eu-west-1", "ec2", "ModifyInstanceAttribute", ""), key, 200, "scans are due"},
		{"the older key", awsEvent("111122223333", "eu-north-1", "ec2", "ModifyInstanceAttribute", ""), map[string]string{"X-Api-Key": oldKey}, 200, "scans are due"},
	} {
		if status, outcome := w.push("/events/eventbridge/org", c.body, c.header); status != c.status || outcome != c.outcome {
			t.Errorf("%s: %d %q, want %d %q", c.name, status, outcome, c.status, c.outcome)
		}
	}
	for range 50 {
		w.push("/events/eventbridge/org", awsEvent("444455556666", "us-east-1", "iam", "PutRolePolicy", ""), key)
	}
	if got := w.scans(); got != "infra/iam,infra/prod/**" {
		t.Errorf("scans: %q", got)
	}
	if status, _ := w.push("/events/eventbridge/other", "{}", key); status != 404 {
		t.Errorf("an unknown source: %d", status)
	}
}

// TestEventGrid: the handshake says the code back and asks for nothing; events select by subscription.
func TestEventGrid(t *testing.T) {
	w := eventWorld(t, nil)
	asked := false
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer trap.Close()
	hello := fmt.Sprintf(`[{"id":"1","topic":"/subscriptions/x","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6","validationUrl":%q}}]`, trap.URL)
	handshake := map[string]string{"Aeg-Event-Type": "SubscriptionValidation"}
	if status, text := w.push("/events/event_grid/prod?key="+newKey, hello, handshake); status != 200 || text != `{"validationResponse":"512d38b6"}` {
		t.Errorf("the handshake: %d %s", status, text)
	}
	if status, text := w.push("/events/event_grid/prod?key=guess", hello, handshake); status != 401 || strings.Contains(text, "512d") {
		t.Errorf("the handshake of a stranger: %d %s", status, text)
	}
	if asked {
		t.Error("the address in the message was asked")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, w.web.URL+"/events/event_grid/prod?key="+newKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("WebHook-Request-Origin", "eventgrid.azure.net")
	if status, _ := w.do(r); status != 200 {
		t.Errorf("the handshake of CloudEvents: %d", status)
	}
	event := `{"eventType":"Microsoft.Resources.ResourceWriteSuccess","subject":"/subscriptions/0B1F6471-1bf0-4dda-aec3-111122223333/resourceGroups/x","data":{"operationName":"Microsoft.Compute/virtualMachines/write","resourceProvider":"Microsoft.Compute"}}`
	cloud := strings.Replace(event, `"eventType"`, `"type"`, 1)
	for name, body := range map[string]string{"a list": "[" + event + "]", "a CloudEvent": cloud} {
		if status, outcome := w.push("/events/event_grid/prod?key="+newKey, body, nil); status != 200 || outcome != "scans are due" {
			t.Errorf("%s: %d %s", name, status, outcome)
		}
	}
	for name, body := range map[string]string{"a failure": strings.Replace(event, "WriteSuccess", "WriteFailure", 1), "another subscription": strings.Replace(event, "0B1F6471", "0B1F6472", 1), "something else": strings.Replace(event, "Microsoft.Resources.Resource", "Microsoft.Storage.Blob", 1)} {
		if status, outcome := w.push("/events/event_grid/prod", "["+body+"]", map[string]string{"X-Api-Key": newKey}); status != 200 || outcome != "of no stack" {
			t.Errorf("%s: %d %s", name, status, outcome)
		}
	}
	if got := w.scans(); got != "infra/azure" {
		t.Errorf("scans: %q", got)
	}
}

// TestPubSub: only Google's word, for our audience, in the name of our service account, counts.
func TestPubSub(t *testing.T) {
	g := newGoogle(t)
	w := eventWorld(t, g)
	entry := `{"logName":"projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity","resource":{"labels":{"project_id":"acme-prod","zone":"europe-west1-b"}},"protoPayload":{"serviceName":"compute.googleapis.com","methodName":"v1.compute.instances.setMetadata"}}`
	body := fmt.Sprintf(`{"message":{"data":%q,"messageId":"1"},"subscription":"projects/acme/subscriptions/s"}`, base64.StdEncoding.EncodeToString([]byte(entry)))
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set := func(k string, v any) func(map[string]any) { return func(m map[string]any) { m[k] = v } }
	for name, token := range map[string]string{
		"no token": "", "not a token": "x.y.z", "signed by another": g.token(t, other, "RS256", nil), "not signed": g.token(t, g.key, "none", nil), "another algorithm": g.token(t, g.key, "HS256", nil),
		"another audience": g.token(t, g.key, "RS256", set("aud", "https://other.example.com")), "another account": g.token(t, g.key, "RS256", set("email", "evil@project.iam.gserviceaccount.com")),
		"not verified": g.token(t, g.key, "RS256", set("email_verified", false)), "another issuer": g.token(t, g.key, "RS256", set("iss", "https://evil.example.com")), "outlived": g.token(t, g.key, "RS256", set("exp", w.Now().Add(-time.Minute).Unix())),
	} {
		if status, outcome := w.push("/events/pubsub/logs", body, map[string]string{"Authorization": "Bearer " + token}); status != 401 || outcome != "not believed" {
			t.Errorf("%s: %d %s", name, status, outcome)
		}
	}
	header := map[string]string{"Authorization": "Bearer " + g.token(t, g.key, "RS256", nil)}
	if status, outcome := w.push("/events/pubsub/logs", body, header); status != 200 || outcome != "scans are due" {
		t.Errorf("a change: %d %s", status, outcome)
	}
	if status, outcome := w.push("/events/pubsub/logs", `{"message":{"data":"!!"}}`, header); status != 200 || outcome != "not readable" {
		t.Errorf("no base64: %d %s", status, outcome)
	}
	if got := w.scans(); got != "infra/gcp" {
		t.Errorf("scans: %q", got)
	}
}
