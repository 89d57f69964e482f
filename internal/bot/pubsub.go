package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// googleKeys is where Google publishes the keys that sign its tokens. No other address is ever asked.
const googleKeys = "https://www.googleapis.com/oauth2/v3/certs"

// pubSub is a push subscription of Google Pub/Sub that authenticates: its token is signed by Google for our audience, in the name of the service
// account of the subscription.
type pubSub struct {
	Source
	verifier *oidc.IDTokenVerifier
	client   *http.Client
}

func newPubSub(v Source, s Settings, now func() time.Time) *pubSub {
	keys := v.KeysURL
	if keys == "" {
		keys = googleKeys
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: s.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	set := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), keys)
	return &pubSub{Source: v, client: client, verifier: oidc.NewVerifier("https://accounts.google.com", set, &oidc.Config{ClientID: v.Audience, Now: now, SupportedSigningAlgs: []string{oidc.RS256}})}
}

func (p *pubSub) kind() string { return p.Kind }
func (p *pubSub) name() string { return p.Name }

func (p *pubSub) believe(ctx context.Context, r *http.Request) error {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || len(token) > 8192 {
		return errors.New("there is no token")
	}
	id, err := p.verifier.Verify(ctx, token)
	if err != nil {
		return errors.New("the token does not hold") // the library's text quotes the token's claims
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil || !claims.Verified || !strings.EqualFold(claims.Email, p.Account) {
		return errors.New("the token is another account's")
	}
	return nil
}

func (p *pubSub) greet(http.ResponseWriter, *http.Request, []byte) bool { return false }

func (p *pubSub) read(body []byte) ([]pushed, error) {
	var push struct {
		Message struct {
			Data []byte // base64 in JSON
		}
	}
	if err := json.Unmarshal(body, &push); err != nil {
		return nil, fmt.Errorf("a message of Pub/Sub: %w", err)
	}
	var entry struct {
		LogName  string `json:"logName"`
		Resource struct {
			Labels map[string]string
		}
		Payload struct {
			Service string `json:"serviceName"`
			Method  string `json:"methodName"`
			Status  struct{ Code int }
		} `json:"protoPayload"`
	}
	if err := json.Unmarshal(push.Message.Data, &entry); err != nil {
		return nil, fmt.Errorf("a log entry in a message of Pub/Sub: %w", err)
	}
	project := entry.Resource.Labels["project_id"]
	if project == "" {
		_, rest, _ := strings.Cut(entry.LogName, "projects/")
		project, _, _ = strings.Cut(rest, "/")
	}
	if project == "" {
		return nil, errors.New("a log entry names no project")
	}
	region := entry.Resource.Labels["location"]
	if region == "" {
		region = entry.Resource.Labels["region"]
	}
	if region == "" {
		if zone := entry.Resource.Labels["zone"]; strings.Count(zone, "-") == 2 {
			region = zone[:strings.LastIndex(zone, "-")]
		}
	}
	return []pushed{{
		Account: project, Region: region, Service: strings.TrimSuffix(entry.Payload.Service, ".googleapis.com"), Operation: entry.Payload.Method,
		Reads: strings.HasSuffix(entry.LogName, "data_access"), Failed: entry.Payload.Status.Code != 0,
	}}, nil
}
