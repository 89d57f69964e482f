package planfile

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func direct(file string, s *Schemas) Input {
	return Input{File: file, Engine: "tofu", Version: "1.12.6", Schemas: s}
}

// Files that are no plan, or no longer one, are told apart, and asking the engine is never tried where it could not help.
func TestDamagedFiles(t *testing.T) {
	whole, err := os.ReadFile("testdata/plans/tofu/pending.tfplan")
	if err != nil {
		t.Fatal(err)
	}
	var otherZip bytes.Buffer
	z := zip.NewWriter(&otherZip)
	if _, err := z.Create("README.md"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty":              nil,
		"text":               []byte("resource {}"),
		"cut short":          whole[:len(whole)/2],
		"end cut off":        whole[:len(whole)-30],
		"another zip":        otherZip.Bytes(),
		"older than 0.12":    []byte("tfplan\x02..."),
		"a JSON of no sense": []byte(`{"a":1}`),
	} {
		t.Run(name, func(t *testing.T) {
			in := direct(file(t, data), syntheticSchemas(t))
			in.Show = func(context.Context) (io.ReadCloser, error) {
				t.Error("the engine was asked")
				return nil, errors.New("no")
			}
			if _, err := Read(context.Background(), in); !errors.Is(err, ErrNotPlan) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A damaged byte, wherever it is, ends in a plan or in an error, never in a panic or a secret in the error.
func TestDamagedBytes(t *testing.T) {
	whole, err := os.ReadFile("testdata/plans/tofu/sensitive.tfplan")
	if err != nil {
		t.Fatal(err)
	}
	schemas := loadSchemas(t, "tofu/")
	name := filepath.Join(t.TempDir(), "plan")
	for i := 0; i < len(whole); i += 7 {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x55
		if err := os.WriteFile(name, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(context.Background(), direct(name, schemas)); err != nil && strings.Contains(err.Error(), "hunter") {
			t.Fatalf("byte %d: the error quotes a secret: %v", i, err)
		}
	}
}

func TestMissingFile(t *testing.T) {
	if _, err := Read(context.Background(), direct(filepath.Join(t.TempDir(), "none"), nil)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// What cannot be read directly is asked of the engine; without an engine the error says what it was.
func TestFallback(t *testing.T) {
	schemas := syntheticSchemas(t)
	thing1 := thing(1, 1)
	for _, c := range []struct {
		name string
		in   Input
		want error
	}{
		{"encrypted", direct(file(t, []byte(`{"meta":{"key_provider.pbkdf2.k":"x"},"encrypted_data":"AAAA","encryption_version":"v0"}`)), schemas), ErrEncrypted},
		{"kept remotely", direct(file(t, []byte(`{"remote_plan_format":1,"run_id":"run-1","hostname":"app.terraform.io"}`)), schemas), ErrRemote},
		{"plan version", direct(synthetic{version: 4}.write(t), schemas), ErrUnsupported},
		{"written by a later engine", direct(synthetic{engine: "2.0.0"}.write(t), schemas), ErrUnsupported},
		{"new field", direct(synthetic{fields: number(nil, 77, 1)}.write(t), schemas), ErrUnsupported},
		{"new wire type", direct(synthetic{fields: protowire.AppendFixed64(protowire.AppendTag(nil, 78, protowire.Fixed64Type), 1)}.write(t), schemas), ErrUnsupported},
		{"new mode", direct(synthetic{fields: number(nil, 17, 9)}.write(t), schemas), ErrUnsupported},
		{"new action", direct(synthetic{changes: [][]byte{change(t, "x_thing.a", 9, thing1)}}.write(t), schemas), ErrUnsupported},
		{"new action reason", direct(synthetic{changes: [][]byte{number(change(t, "x_thing.a", protoCreate, thing1), 12, 99)}}.write(t), schemas), ErrUnsupported},
		{"attribute without schema", direct(synthetic{changes: [][]byte{change(t, "x_thing.a", protoCreate, map[string]any{"new": 1})}}.write(t), schemas), ErrUnsupported},
		{"type without schema", direct(synthetic{changes: [][]byte{change(t, "x_other.a", protoCreate, map[string]any{})}}.write(t), schemas), ErrUnsupported},
		{"no schemas", direct(synthetic{changes: [][]byte{change(t, "x_thing.a", protoCreate, thing1)}}.write(t), nil), ErrUnsupported},
		{"value of another type", direct(synthetic{changes: [][]byte{change(t, "x_thing.a", protoCreate, map[string]any{"size": []any{}})}}.write(t), schemas), ErrUnsupported},
		{"state version", direct(synthetic{live: `{"version":5,"resources":[]}`}.write(t), schemas), ErrUnsupported},
		{"flat state", direct(synthetic{live: state(`{"mode":"managed","type":"x","name":"a","instances":[{"attributes_flat":{"id":"1"}}]}`)}.write(t), schemas), ErrUnsupported},
		{"a later engine", Input{File: synthetic{}.write(t), Engine: "terraform", Version: "1.9.0", Schemas: schemas}, ErrUnsupported},
		{"another engine", Input{File: synthetic{}.write(t), Engine: "other", Version: "1.0.0", Schemas: schemas}, ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Read(context.Background(), c.in); !errors.Is(err, c.want) {
				t.Fatalf("without an engine: %v", err)
			}
			c.in.Show = func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(`{"format_version":"1.2","resource_changes":[{"address":"x.a","mode":"managed","type":"x","change":{"actions":["update"],"before":{"a":1},"after":{"a":2}}}]}`)), nil
			}
			p, err := Read(context.Background(), c.in)
			if err != nil || len(p.Instances) != 1 || p.Instances[0].Action != "update" {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

type failing struct {
	io.Reader
	err error
}

func (f failing) Close() error { return f.err }

// An engine that does not succeed is an error, even when what it printed looks whole.
func TestEngineFails(t *testing.T) {
	failed := errors.New("exit status 1")
	for name, show := range map[string]func(context.Context) (io.ReadCloser, error){
		"does not start": func(context.Context) (io.ReadCloser, error) { return nil, failed },
		"exits with 1": func(context.Context) (io.ReadCloser, error) {
			return failing{strings.NewReader(`{"format_version":"1.2"}`), failed}, nil
		},
		"stops in the middle": func(context.Context) (io.ReadCloser, error) {
			return failing{strings.NewReader(`{"format_version":"1.2","resource_changes":[`), failed}, nil
		},
	} {
		in := direct(synthetic{version: 9}.write(t), nil)
		in.Show = show
		if p, err := Read(context.Background(), in); !errors.Is(err, failed) {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
}

func TestBrokenShow(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"format_version":"2.0"}`, `{"resource_changes":[]}`, `{"format_version":"1.2","resource_changes":[{"address":"x"`, `{"format_version":"1.2","resource_changes":{}}`} {
		if p, err := ParseShow(strings.NewReader(text), nil); err == nil {
			t.Errorf("%s was read as %+v", text, p)
		}
	}
}

// What makes a plan incomplete, in both readings.
func TestIncomplete(t *testing.T) {
	for name, fields := range map[string][]byte{
		"errored": number(nil, 20, 1), "destroy": number(nil, 17, 1), "refresh-only": number(nil, 17, 2),
		"target": message(nil, 5, []byte("x.a")), "exclude": message(nil, 6, []byte("x.a")), "replace": message(nil, 16, []byte("x.a")),
	} {
		p, err := Read(context.Background(), direct(synthetic{fields: fields}.write(t), nil))
		if err != nil || p.Incomplete == "" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	for _, text := range []string{
		`{"format_version":"1.2","errored":true}`, `{"format_version":"1.2","complete":false}`,
		`{"format_version":"1.2","deferred_changes":[{"reason":"instance_count_unknown"}]}`,
	} {
		p, err := ParseShow(strings.NewReader(text), nil)
		if err != nil || p.Incomplete == "" {
			t.Errorf("%s: %+v, %v", text, p, err)
		}
	}
	p, err := ParseShow(strings.NewReader(`{"format_version":"1.2","errored":false,"complete":true,"deferred_changes":[]}`), nil)
	if err != nil || p.Incomplete != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, direct(large(t, 2000, 1000).write(t), syntheticSchemas(t))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func FuzzParsePlan(f *testing.F) {
	for _, engine := range []string{"tofu", "terraform"} {
		files, _ := filepath.Glob(filepath.Join("testdata/plans", engine, "*.tfplan"))
		for _, name := range files {
			if raw, err := Entry(name, EntryPlan); err == nil {
				f.Add(raw)
			}
		}
	}
	schemas := loadSchemas(f, "tofu/")
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := parsePlan(raw)
		if err != nil {
			if !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrNotPlan) {
				t.Errorf("an error without a reason: %v", err)
			}
			return
		}
		_, typ := schemas.lookup("terraform.io/builtin/terraform", "terraform_data", "managed")
		for _, c := range p.changes {
			if after := c.change.after(); after != nil {
				_, _ = decodeMsgpack(after, typ)
			}
		}
	})
}

func TestLayoutKnown(t *testing.T) {
	for _, c := range []struct {
		engine, version string
		want            bool
	}{
		{"tofu", "1.12.6", true}, {"tofu", "1.12.6-dev", true}, {"tofu", "1.6.0-alpha1", true}, {"tofu", "2.0.0", false}, {"tofu", "1.5.7", false},
		{"terraform", "1.5.7", true}, {"terraform", "1.3.0", true}, {"terraform", "1.2.9", false}, {"terraform", "1.6.0-beta1", false}, {"terraform", "1.14.0", false},
		{"tofu", "", false}, {"tofu", "latest", false}, {"terragrunt", "1.5.7", false},
	} {
		if got := layoutKnown(c.engine, c.version); got != c.want {
			t.Errorf("%s %s: %v", c.engine, c.version, got)
		}
	}
}
