package blame

import (
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit/tree"
	"github.com/mooringdev/mooring/internal/drift"
)

// A Subject is one finding to explain, with what is known of its stack.
type Subject struct {
	Finding drift.Finding
	Stack   string
	Applies []Apply // the stack's own applies
}

// An Apply is one known run of the stack. Run and Principal may be "".
type Apply struct {
	From, To  time.Time
	Run       string
	Principal string
}

// A subject is a Subject prepared for matching.
type subject struct {
	Subject
	family   *family
	provider string   // aws, gcp, azure, kubernetes, github
	services []string // event sources without domain
	kind     []string // words of the resource type
	account  string
	region   string
	from, to time.Time // the window, widened by skew and delay; zero: open
	cells    []*cell
	// components are the alternatives of identity that need several values at once.
	components [][]string
	// strong are aliases that alone prove identity; names need the right service and place.
	strong, names map[string]bool
	uids          map[string]bool // of the object itself, where its name may be used again or elsewhere
	permissions   *permissionRule

	events  map[string]*touch // by source and id: every event that touched the subject
	dropped int
}

const skew = 2 * time.Minute

func newSubject(s Subject, opts Options) *subject {
	f := familyOf(s.Finding.Type)
	sub := &subject{
		Subject: s, family: f, provider: providerOf(s.Finding.Type), services: servicesOf(s.Finding.Type, f),
		account: s.Finding.Account, region: s.Finding.Region, strong: map[string]bool{}, names: map[string]bool{}, uids: map[string]bool{}, events: map[string]*touch{},
	}
	sub.kind = kindWords(s.Finding.Type, f)
	sub.learnIDs()
	sub.setWindow(opts)
	sub.permissions = permissionRuleOf(sub)
	sub.cells = cellsOf(sub)
	return sub
}

// kindWords are the words of a resource type, without the provider's.
func kindWords(resourceType string, f *family) []string {
	text := f.Words
	if text == "" {
		_, text, _ = strings.Cut(resourceType, "_")
	}
	return newSegment(strings.ReplaceAll(text, " ", "_")).words
}

func providerOf(resourceType string) string {
	prefix, _, _ := strings.Cut(resourceType, "_")
	switch prefix {
	case "aws", "awscc":
		return "aws"
	case "google":
		return "gcp"
	case "azurerm", "azapi", "azuread":
		return "azure"
	case "kubernetes", "helm", "kubectl":
		return "kubernetes"
	case "github":
		return "github"
	}
	return ""
}

func (s *subject) setWindow(opts Options) {
	s.from, s.to = s.Finding.Window.From, s.Finding.Window.To
	if s.from.IsZero() && opts.Lookback > 0 {
		end := s.to
		if end.IsZero() {
			end = opts.Now
		}
		if !end.IsZero() {
			s.from = end.Add(-opts.Lookback)
		}
	}
	if !s.from.IsZero() {
		s.from = s.from.Truncate(time.Second).AddDate(0, 0, -s.family.DelayDays)
	}
	if s.to.IsZero() {
		s.to = opts.Now
	}
	if !s.to.IsZero() {
		s.to = s.to.Add(skew)
	}
}

// learnIDs collects the names under which logs may know the object.
func (s *subject) learnIDs() {
	values := s.values()
	for _, path := range s.family.Aliases {
		for _, v := range at(values, path) {
			if t := text(v); t != "" {
				s.strong[fold(t)] = true
			}
		}
	}
	for _, set := range s.family.Identity {
		s.addIdentity(values, set)
	}
	for _, id := range s.Finding.IDs {
		s.addID(id)
	}
	for _, name := range []string{"arn", "self_link", "unique_id"} {
		s.addID(text(values[name]))
	}
	if len(s.family.Identity) == 0 {
		for _, name := range []string{"name", "bucket"} {
			s.addName(text(values[name]))
		}
	}
	s.learnCloudIDs(values)
	if s.account == "" || s.region == "" {
		for _, id := range s.Finding.IDs {
			if a, ok := parseARN(id); ok {
				s.account, s.region = firstOf(s.account, a.account), firstOf(s.region, a.region)
			}
		}
	}
}

// addIdentity adds one alternative of attributes that name the object together, or, when it is one attribute, as an id.
func (s *subject) addIdentity(values map[string]any, set []string) {
	parts := make([]string, 0, len(set))
	for _, path := range set {
		found := at(values, path)
		if len(found) != 1 || text(found[0]) == "" {
			return
		}
		id := text(found[0])
		if len(set) == 1 {
			s.addID(id)
			return
		}
		if !strings.HasSuffix(path, "policy_arn") && strings.HasPrefix(id, "arn:") { // managed policies of AWS and of the account share names
			id = lastName(id)
		}
		parts = append(parts, fold(strings.TrimPrefix(id, "/hostedzone/")))
	}
	s.components = append(s.components, parts)
}

// addID takes an id of state apart: an ARN, link or generated id proves identity alone, a name needs its service, and an id that the provider put
// together is split into the parts that must all appear.
func (s *subject) addID(id string) {
	parts := 0 // how many values name such an object
	if len(s.family.Identity) > 0 {
		parts = len(s.family.Identity[0])
	}
	switch {
	case id == "":
	case strings.HasPrefix(id, "arn:"):
		s.strong[fold(id)] = true
		a, ok := parseARN(id)
		if ok && parts < 2 {
			s.addName(s.nameIn(a))
		}
		if _, path, cut := strings.Cut(a.resource, "/"); ok && cut && parts > 1 && len(s.components) == 0 {
			s.addComposite(path, parts)
		}
	case uniqueID(id):
		s.strong[fold(id)] = true
		if strings.HasPrefix(id, "https://") {
			s.strong[fold(linkPath(id))] = true
			if strings.Contains(id, "://sqs.") || strings.Contains(id, "queue") {
				s.addName(lastName(id))
			}
		}
	case parts < 2:
		s.addName(id)
		s.addComposite(id, 0)
	case len(s.components) == 0:
		s.addComposite(id, parts)
	}
}

// nameIn is the name that an ARN of the object ends in: the object's own, where that holds slashes, as those of image repositories do.
func (s *subject) nameIn(a arn) string {
	own := append([]string{text(s.Finding.Attributes["name"])}, s.Finding.IDs...)
	for _, name := range own {
		if strings.Contains(name, "/") && !strings.HasPrefix(name, "arn:") && strings.HasSuffix(a.resource, "/"+strings.TrimPrefix(name, "/")) {
			return name
		}
	}
	return a.name
}

func (s *subject) addComposite(id string, n int) {
	parts := splitComposite(id, n)
	if parts == nil {
		return
	}
	for i := range parts {
		parts[i] = fold(parts[i])
	}
	s.components = append(s.components, parts)
}

func (s *subject) addName(name string) {
	if len(name) >= 2 {
		s.names[fold(name)] = true
	}
}

// values are the finding's attributes completed by what its changes say.
func (s *subject) values() map[string]any {
	out := make(map[string]any, len(s.Finding.Attributes)+len(s.Finding.Changes))
	for k, v := range s.Finding.Attributes {
		out[k] = v
	}
	for _, c := range s.Finding.Changes {
		if _, ok := out[c.Path]; !ok && !strings.ContainsAny(c.Path, ".[") {
			if c.Live != nil {
				out[c.Path] = c.Live
			} else if c.Base != nil {
				out[c.Path] = c.Base
			}
		}
	}
	return out
}

// at collects the values at a dotted path, through lists.
func at(v any, path string) []any {
	if path == "" {
		if v == nil {
			return nil
		}
		if list, ok := v.([]any); ok {
			return list
		}
		return []any{v}
	}
	head, rest, _ := strings.Cut(path, ".")
	switch t := v.(type) {
	case map[string]any:
		return at(t[head], rest)
	case []any:
		var out []any
		for _, e := range t {
			out = append(out, at(e, path)...)
		}
		return out
	}
	return nil
}

// text is the scalar as an id, "" when it is hidden or not a scalar.
func text(v any) string {
	if hidden(v) {
		return ""
	}
	return tree.String(v)
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
