package bot

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	// maxPush is the largest message that is read: EventBridge sends 256 KB, Event Grid 1 MB, Pub/Sub 10 MB.
	maxPush = 12 << 20
	// maxEvents is how many events one message may hold.
	maxEvents = 5000
)

// A source is one cloud's way to push audit events.
type source interface {
	kind() string
	name() string
	// believe tells whether the sender is who it should be.
	believe(ctx context.Context, r *http.Request) error
	// greet answers what is no event: a handshake. done is false for everything else.
	greet(w http.ResponseWriter, r *http.Request, body []byte) (done bool)
	// read finds the events in a message.
	read(body []byte) ([]pushed, error)
}

// A pushed event is what selecting stacks takes of an audit record.
type pushed struct {
	Account, Region, Service string
	Operation                string
	Reads                    bool // it changed nothing
	Failed                   bool
}

func newSources(s *Server) ([]source, error) {
	var all []source
	for _, v := range s.Sources {
		switch v.Kind {
		case "eventbridge":
			all = append(all, &eventBridge{keyed{v}})
		case "event_grid":
			all = append(all, &eventGrid{keyed{v}})
		case "pubsub":
			all = append(all, newPubSub(v, s.Settings, s.Now))
		default:
			return nil, fmt.Errorf("events %q: there is no such source", v.Kind)
		}
	}
	return all, nil
}

// events hears a source.
func (s *Server) events(v source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, outcome := s.hear(w, r, v)
		s.metrics.pushed(v.kind()+"/"+v.name(), outcome)
		if status != 0 {
			s.log.Info("events", "source", v.kind()+"/"+v.name(), "outcome", outcome, "status", status)
			say(w, status, outcome)
		}
	})
}

// hear returns status 0 when the answer was written already.
func (s *Server) hear(w http.ResponseWriter, r *http.Request, v source) (status int, outcome string) {
	if r.Method != http.MethodPost && r.Method != http.MethodOptions {
		return http.StatusMethodNotAllowed, "want POST"
	}
	if err := v.believe(r.Context(), r); err != nil {
		s.log.Warn("events were not believed", "source", v.kind()+"/"+v.name(), "why", err.Error())
		return http.StatusUnauthorized, "not believed"
	}
	body, release, err := s.body(w, r, maxPush)
	defer release()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, "too large"
	case errors.Is(err, errBusy):
		return http.StatusServiceUnavailable, "busy"
	case err != nil:
		return http.StatusBadRequest, "incomplete"
	case v.greet(w, r, body):
		return 0, "greeted"
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, "want POST"
	}
	events, err := v.read(body)
	switch {
	case err != nil:
		// Asking for it again would bring the same: it is taken, and counted.
		s.log.Warn("events were not readable", "source", v.kind()+"/"+v.name(), "why", err.Error())
		return http.StatusOK, "not readable"
	case len(events) > maxEvents:
		return http.StatusRequestEntityTooLarge, "too many events"
	}
	wanted := s.wanted(events)
	if len(wanted) == 0 {
		return http.StatusOK, "of no stack"
	}
	ctx, cancel := context.WithTimeout(r.Context(), accepting)
	defer cancel()
	for _, repository := range sorted(wanted) {
		if err := s.store.Want(ctx, repository, sorted(wanted[repository]), s.Now(), s.Pause, s.Wait); err != nil {
			s.log.Error("events could not be kept", "error", err)
			return http.StatusServiceUnavailable, "not kept"
		}
	}
	return http.StatusOK, "scans are due"
}

// wanted selects stacks by repository: those of every route that fits an event which changed something.
func (s *Server) wanted(events []pushed) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, e := range events {
		if e.Reads || e.Failed {
			continue
		}
		for _, r := range s.Routes {
			if !r.fits(e) {
				continue
			}
			if out[r.Repository] == nil {
				out[r.Repository] = map[string]bool{}
			}
			for _, glob := range r.Stacks {
				out[r.Repository][glob] = true
			}
		}
	}
	return out
}

// fits tells whether a route is for an event. What an event does not say fits only a route that does not ask.
func (r Route) fits(e pushed) bool {
	among := func(globs []string, value string) bool {
		return len(globs) == 0 || slices.ContainsFunc(globs, func(g string) bool {
			ok, err := doublestar.Match(strings.ToLower(g), strings.ToLower(value))
			return err == nil && ok
		})
	}
	return among(r.Accounts, e.Account) && among(r.Regions, e.Region) && among(r.Services, e.Service)
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// keyed sources are believed for a key that both sides know.
type keyed struct{ Source }

func (k keyed) kind() string { return k.Kind }
func (k keyed) name() string { return k.Name }

// known compares by hash, so that neither content nor length shows in the time that it takes.
func (k keyed) known(given string) error {
	if given == "" {
		return errors.New("there is no key")
	}
	got := sha256.Sum256([]byte(given))
	found := 0
	for _, key := range k.Keys {
		want := sha256.Sum256([]byte(key))
		found |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	if found != 1 {
		return errors.New("the key is another")
	}
	return nil
}

// eventBridge is an API destination of Amazon EventBridge, with an API key as its connection: the header X-Api-Key.
type eventBridge struct{ keyed }

func (b *eventBridge) believe(_ context.Context, r *http.Request) error {
	return b.known(r.Header.Get("X-Api-Key"))
}
func (b *eventBridge) greet(http.ResponseWriter, *http.Request, []byte) bool { return false }

func (b *eventBridge) read(body []byte) ([]pushed, error) {
	var e struct {
		Account string
		Region  string
		Source  string
		Detail  struct {
			EventSource string          `json:"eventSource"`
			EventName   string          `json:"eventName"`
			AWSRegion   string          `json:"awsRegion"`
			ReadOnly    json.RawMessage `json:"readOnly"` // true, or "true" in older records
			ErrorCode   string          `json:"errorCode"`
			Recipient   string          `json:"recipientAccountId"`
		}
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("an event of EventBridge: %w", err)
	}
	service := strings.TrimSuffix(e.Detail.EventSource, ".amazonaws.com")
	if service == "" {
		service = strings.TrimPrefix(e.Source, "aws.")
	}
	p := pushed{Account: e.Account, Region: e.Region, Service: service, Operation: e.Detail.EventName, Reads: strings.Trim(string(e.Detail.ReadOnly), `"`) == "true", Failed: e.Detail.ErrorCode != ""}
	if e.Detail.Recipient != "" {
		p.Account = e.Detail.Recipient
	}
	if e.Detail.AWSRegion != "" {
		p.Region = e.Detail.AWSRegion
	}
	if p.Account == "" {
		return nil, errors.New("an event of EventBridge names no account")
	}
	return []pushed{p}, nil
}

// eventGrid is a webhook of Azure Event Grid, in its own schema or as CloudEvents. Its key is the query parameter "key", which Event Grid keeps
// secret and sends with its handshake too, or the header X-Api-Key as a delivery property.
type eventGrid struct{ keyed }

func (g *eventGrid) believe(_ context.Context, r *http.Request) error {
	if key := r.Header.Get("X-Api-Key"); key != "" {
		return g.known(key)
	}
	return g.known(r.URL.Query().Get("key"))
}

type gridEvent struct {
	EventType string `json:"eventType"`
	Type      string
	Topic     string
	Source    string
	Subject   string
	Data      struct {
		ValidationCode string `json:"validationCode"`
		OperationName  string `json:"operationName"`
		Provider       string `json:"resourceProvider"`
		Subscription   string `json:"subscriptionId"`
		Status         string
	}
}

// greet proves that this address wants events: by saying the code back, never by asking for the address in the message.
func (g *eventGrid) greet(w http.ResponseWriter, r *http.Request, body []byte) bool {
	if r.Method == http.MethodOptions {
		origin := r.Header.Get("WebHook-Request-Origin")
		if origin == "" || strings.ContainsAny(origin, "\r\n") {
			return false
		}
		w.Header().Set("WebHook-Allowed-Origin", origin)
		w.Header().Set("WebHook-Allowed-Rate", "*")
		w.WriteHeader(http.StatusOK)
		return true
	}
	if r.Header.Get("Aeg-Event-Type") != "SubscriptionValidation" {
		return false
	}
	var events []gridEvent
	if err := json.Unmarshal(body, &events); err != nil || len(events) != 1 || events[0].Data.ValidationCode == "" || len(events[0].Data.ValidationCode) > 200 {
		return false
	}
	answer, err := json.Marshal(map[string]string{"validationResponse": events[0].Data.ValidationCode})
	if err != nil {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(answer) // a sender that went away asks again
	return true
}

func (g *eventGrid) read(body []byte) ([]pushed, error) {
	var events []gridEvent
	if err := json.Unmarshal(body, &events); err != nil {
		var one gridEvent // CloudEvents come one at a time, too
		if json.Unmarshal(body, &one) != nil {
			return nil, fmt.Errorf("an event of Event Grid: %w", err)
		}
		events = []gridEvent{one}
	}
	var out []pushed
	for _, e := range events {
		kind := e.EventType + e.Type
		if !strings.HasPrefix(kind, "Microsoft.Resources.Resource") {
			continue
		}
		p := pushed{Account: e.Data.Subscription, Service: strings.ToLower(e.Data.Provider), Operation: e.Data.OperationName, Failed: !strings.HasSuffix(kind, "Success")}
		if p.Account == "" {
			p.Account = subscriptionOf(e.Topic + e.Source + e.Subject)
		}
		if p.Account == "" {
			return nil, errors.New("an event of Event Grid names no subscription")
		}
		out = append(out, p)
	}
	return out, nil
}

func subscriptionOf(id string) string {
	_, rest, ok := strings.Cut(strings.ToLower(id), "/subscriptions/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}
