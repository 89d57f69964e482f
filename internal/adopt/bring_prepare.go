package adopt

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

// How names of arguments end that hold ids of other objects, and those that hold an id or a name.
var (
	idOrARN = regexp.MustCompile(`(^|_)(ids?|arns?)$`)
	idName  = regexp.MustCompile(`_(id|arn|name)$`)
)

// maxTrims bounds how many plans one block may take until it says what it must and no more.
const maxTrims = 4

// maxIDs bounds how many ids of one object are tried.
const maxIDs = 3

// prepare works out the blocks of the objects to import, one after the other. The error is ctx's; whatever else goes wrong is a refusal.
func (s *search) prepare(ctx context.Context, wishes []*wish) error {
	for _, w := range wishes {
		b, ok := w.deed.(*bring)
		if !ok || w.banned {
			continue
		}
		code, detail := s.prepareBlock(ctx, w, b)
		if err := ctx.Err(); err != nil {
			return err
		}
		if code != "" {
			w.banned, w.refusal = true, ptr(refuse("", code, detail))
		}
	}
	return nil
}

// prepareBlock begins with the least that can be said of an object and adds what a plan says must be there. It returns why that does not work.
func (s *search) prepareBlock(ctx context.Context, w *wish, b *bring) (code, detail string) {
	if s.in.Importer == nil {
		return CodeNoPlan, "objects that no state knows cannot be read here"
	}
	m := s.in.Tree.Module(b.address.ModulePath())
	like := siblings(s.in.Tree, m, b.address.Type)
	provider := b.givenProvider(s.in.Tree, m, like)
	src, err := b.describe(ctx, s, provider)
	if err != nil {
		return CodeUnmanaged, fmt.Sprintf("%s cannot be read for an import: %s", b, err)
	}
	d, ok := parseDescribed(src)
	if !ok {
		return CodeUnmanaged, fmt.Sprintf("the engine wrote no block for %s", b)
	}
	schema := (*drift.Block)(nil)
	if s.in.Schema != nil {
		schema = s.in.Schema(false, b.address.Type)
	}
	if name := secretArgument(schema, d); name != "" {
		return CodeSensitive, fmt.Sprintf("%s needs a value for %s, which is sensitive", b, name)
	}
	keep := b.worthSaying(d, schema, like)
	for range maxTrims {
		b.write(s, d, keep)
		edits := b.edits(s.in.Tree)
		if edits == nil {
			return CodeFrozenFile, "there is no file that may be edited for " + b.String()
		}
		tree, err := (&attempt{in: s.in, tree: s.in.Tree}).editedWith(edits)
		if err != nil {
			return CodeUnwritable, fmt.Sprintf("the block for %s cannot be written: %s", b, err)
		}
		s.plans++
		q, _, err := s.in.Planner.Replan(ctx, tree)
		if err != nil {
			if all := b.everything(d, schema); len(all) > len(keep) {
				keep = all
				continue
			}
			return CodePlanFailed, err.Error()
		}
		i := instancesOf(q)[instanceKey{b.String(), ""}]
		if i == nil || !i.Importing {
			return CodeUnproved, fmt.Sprintf("the plan would not import %s", b)
		}
		for name := range keep {
			if looksSecret(name, i.Live[name], nil) || sensitiveAt(i, name) {
				return CodeSensitive, "the value of " + name + " is sensitive, or looks like a secret"
			}
		}
		if !acts(i.Action) {
			return "", ""
		}
		missing, left := b.missing(d, schema, keep, i)
		if len(missing) == 0 {
			return CodeUnproved, fmt.Sprintf("with the block that the engine writes, %s would be imported and then %s: %s differs", b, i.Action, left)
		}
		for _, name := range missing {
			keep[name] = true
		}
	}
	return CodeUnproved, fmt.Sprintf("no block for %s was found that its import leaves as it is", b)
}

// describe reads the object by the first of its ids that the engine finds it by: a log gives its name, its ARN and its id, and which of them an
// import wants is the provider's choice.
func (b *bring) describe(ctx context.Context, s *search, provider string) (src []byte, err error) {
	for n, id := range b.ids[:min(len(b.ids), maxIDs)] {
		s.plans++
		var failed error
		if src, failed = s.in.Importer.Describe(ctx, b.address.Type, id, provider); failed == nil {
			b.id = id
			return src, nil
		}
		if n == 0 {
			err = failed
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

// missing are the arguments that a plan would change because the block does not have them: first those that the provider never fills in itself,
// since the others may follow from them. left is one that differs anyway.
func (b *bring) missing(d described, schema *drift.Block, keep map[string]bool, i *drift.Instance) (missing []string, left string) {
	var filled []string
	for _, p := range sortedKeys(moves(i)) {
		name, _, _ := strings.Cut(leafPath(p), "[")
		if left == "" {
			left = name
		}
		a := attributeOf(schema, name)
		switch {
		case keep[name] || !d.says(name) || a != nil && !a.Optional && !a.Required:
		case a != nil && a.Computed:
			filled = append(filled, name)
		default:
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return filled, left
	}
	return missing, left
}

// everything is all that the engine wrote and a person may write.
func (b *bring) everything(d described, schema *drift.Block) map[string]bool {
	out := map[string]bool{}
	for _, name := range d.names() {
		if a := attributeOf(schema, name); a == nil || a.Required || a.Optional && !a.Computed || b.identifies(d, name) {
			out[name] = true
		}
	}
	return out
}

// givenProvider is the provider configuration that a sibling asks for; the block repeats it.
func (b *bring) givenProvider(t *module.Tree, m *module.Module, like []*module.Resource) string {
	for _, r := range like {
		if a := r.Block.Body.Attributes["provider"]; a != nil {
			b.provider = string(t.Text(a.Expr.Range()))
		}
	}
	if m.Parent != nil {
		return "" // what the module calls so has another name in the root module
	}
	return b.provider
}

// secretArgument is an argument that the object cannot do without and that must not be written; "" when there is none.
func secretArgument(schema *drift.Block, d described) string {
	if schema == nil {
		return ""
	}
	for _, name := range sortedKeys(schema.Attributes) {
		if a := schema.Attributes[name]; a.Required && (a.Sensitive || a.WriteOnly) && !d.says(name) {
			return name
		}
	}
	return ""
}

// sensitiveAt tells whether anything of an argument of an instance is marked sensitive.
func sensitiveAt(i *drift.Instance, name string) bool {
	for _, p := range i.Sensitive {
		if overlaps(p, name) {
			return true
		}
	}
	return false
}
