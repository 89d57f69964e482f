package engine_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/gopenpgp/v2/crypto"
	"github.com/opentofu/tofudl"

	"github.com/mooringdev/mooring/internal/engine"
)

// A releaseServer publishes releases the way the makers of the engines do, and can be told to spoil a file.
type releaseServer struct {
	engine.Releases
	mu      sync.Mutex
	spoiled string // part of the path of the file that is served changed
	gets    []string
}

func (s *releaseServer) serve(t *testing.T, next http.Handler) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.gets = append(s.gets, r.URL.Path)
		spoil := s.spoiled != "" && strings.Contains(r.URL.Path, s.spoiled)
		s.mu.Unlock()
		if !spoil {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		body[len(body)/2] ^= 1
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func publishTofu(t *testing.T, versions ...string) *releaseServer {
	t.Helper()
	key, err := crypto.GenerateKey("test", "noreply@example.org", "x25519", 0)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	storage, err := tofudl.NewFilesystemStorage(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	mirror, err := tofudl.NewMirror(tofudl.MirrorConfig{GPGKey: public}, storage, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		builder, err := tofudl.NewReleaseBuilder(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := builder.PackageBinary(tofudl.PlatformAuto, tofudl.ArchitectureAuto, fakeEngine("tofu", v), nil); err != nil {
			t.Fatal(err)
		}
		if err := builder.Build(context.Background(), tofudl.Version(v), mirror); err != nil {
			t.Fatal(err)
		}
	}
	s := &releaseServer{}
	url := s.serve(t, mirror)
	s.Releases = engine.Releases{TofuAPI: url + "/api.json", TofuMirror: url + "/v{{ .Version }}/{{ .Artifact }}", TofuKey: public}
	return s
}

func publishTerraform(t *testing.T, versions ...string) *releaseServer {
	t.Helper()
	key, err := openpgp.NewEntity("test", "", "noreply@example.org", nil)
	if err != nil {
		t.Fatal(err)
	}
	var public bytes.Buffer
	w, err := armor.Encode(&public, openpgp.PublicKeyType, nil)
	if err == nil {
		err = key.Serialize(w)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	mux, all := http.NewServeMux(), map[string]any{}
	file := func(path, kind string, data []byte) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(data)
		})
	}
	for _, v := range versions {
		base := "terraform_" + v
		archive := fmt.Sprintf("%s_%s_%s.zip", base, runtime.GOOS, runtime.GOARCH)
		var packed bytes.Buffer
		z := zip.NewWriter(&packed)
		program, err := z.CreateHeader(&zip.FileHeader{Name: "terraform"})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = program.Write(fakeEngine("terraform", v))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		sums := fmt.Sprintf("%x  %s\n", sha256.Sum256(packed.Bytes()), archive)
		var signature bytes.Buffer
		if err := openpgp.DetachSign(&signature, key, strings.NewReader(sums), nil); err != nil {
			t.Fatal(err)
		}
		release := map[string]any{
			"name": "terraform", "version": v, "shasums": base + "_SHA256SUMS", "shasums_signature": base + "_SHA256SUMS.sig",
			"builds": []any{map[string]any{"name": "terraform", "version": v, "os": runtime.GOOS, "arch": runtime.GOARCH, "filename": archive, "url": "/terraform/" + v + "/" + archive}},
		}
		all[v] = release
		index, _ := json.Marshal(release)
		file("/terraform/"+v+"/index.json", "application/json", index)
		file("/terraform/"+v+"/"+base+"_SHA256SUMS", "text/plain", []byte(sums))
		file("/terraform/"+v+"/"+base+"_SHA256SUMS.sig", "application/octet-stream", signature.Bytes())
		file("/terraform/"+v+"/"+archive, "application/zip", packed.Bytes())
	}
	index, _ := json.Marshal(map[string]any{"name": "terraform", "versions": all})
	file("/terraform/index.json", "application/json", index)
	s := &releaseServer{}
	s.Releases = engine.Releases{TerraformAPI: s.serve(t, mux), TerraformKey: public.String()}
	return s
}

func TestFindDownloads(t *testing.T) {
	for name, publish := range map[string]func(*testing.T, ...string) *releaseServer{"tofu": publishTofu, "terraform": publishTerraform} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := publish(t, "1.6.0", "1.9.0", "1.9.4", "1.10.0", "1.11.0-rc1")
			dir, mooring := t.TempDir(), t.TempDir()
			find := func(version string) (*engine.Engine, error) {
				return engine.Find(context.Background(), engine.Request{
					Name: name, Version: version, Dir: dir, Root: dir, CacheDir: mooring, Env: []string{"PATH=/nonexistent"}, Releases: server.Releases,
				})
			}
			for _, test := range []struct{ ask, want string }{{"", "1.10.0"}, {"~> 1.9.0", "1.9.4"}, {"1.9.0", "1.9.0"}, {"1.11.0-rc1", "1.11.0-rc1"}} {
				if test.ask == "" && len(entries(t, mooring)) > 0 {
					t.Fatal("the cache is not empty")
				}
				e, err := find(test.ask)
				if err != nil {
					t.Fatal(err)
				}
				if e.Version != test.want || !strings.HasPrefix(e.Source, "downloaded") && test.ask != "~> 1.9.0" {
					t.Errorf("asked for %q: got %+v", test.ask, e)
				}
			}
			before := len(server.gets)
			if e, err := find("1.9.0"); err != nil || !strings.HasPrefix(e.Source, "cache") || len(server.gets) != before {
				t.Errorf("second time: %+v, %v, %d requests", e, err, len(server.gets)-before)
			}
			if _, err := find("1.8.0"); err == nil || !strings.Contains(err.Error(), "no release of "+name+" fits") {
				t.Errorf("a version that is not published: %v", err)
			}
		})
	}
}

func TestFindRefusesWhatIsNotGenuine(t *testing.T) {
	for name, publish := range map[string]func(*testing.T, ...string) *releaseServer{"tofu": publishTofu, "terraform": publishTerraform} {
		other := publish(t, "1.9.0")
		for _, test := range []struct {
			name  string
			spoil func(*releaseServer)
		}{
			{"program", func(s *releaseServer) { s.spoiled = "_" + runtime.GOOS + "_" }},
			{"checksums", func(s *releaseServer) { s.spoiled = "_SHA256SUMS" }},
			{"key", func(s *releaseServer) { s.TofuKey, s.TerraformKey = other.TofuKey, other.TerraformKey }},
		} {
			t.Run(name+" "+test.name, func(t *testing.T) {
				t.Parallel()
				server := publish(t, "1.9.0")
				test.spoil(server)
				dir, mooring := t.TempDir(), t.TempDir()
				// A Go toolchain is at hand: it must not be used to get round a bad signature.
				goDir := t.TempDir()
				writeProgram(t, filepath.Join(goDir, "go"), []byte("#!/bin/sh\nexit 3\n"))
				_, err := engine.Find(context.Background(), engine.Request{
					Name: name, Dir: dir, Root: dir, CacheDir: mooring, Env: []string{"PATH=" + goDir}, Releases: server.Releases,
				})
				if err == nil || !strings.Contains(err.Error(), "not genuine") {
					t.Fatalf("error: %v", err)
				}
				if left := entries(t, mooring); len(left) > 0 {
					t.Errorf("left in the cache: %v", left)
				}
			})
		}
	}
}

func TestFindBuildsWhereNothingCanBeDownloaded(t *testing.T) {
	dir, mooring, goDir := t.TempDir(), t.TempDir(), t.TempDir()
	// A stand-in for the Go toolchain: checks what it is given and writes a program that says it is the engine.
	writeProgram(t, filepath.Join(goDir, "go"), []byte(`#!/bin/sh
set -e
[ "$1" = build ] && grep -q opentofu go.mod && grep -q opentofu go.sum && [ -z "$GOFLAGS" ] && [ "$GOPROXY" = https://proxy.example ]
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\necho "OpenTofu v1.12.6"\n' >"$2"
chmod +x "$2"
`))
	var told []string
	request := engine.Request{
		Name: "tofu", Dir: dir, Root: dir, CacheDir: mooring, Releases: nowhere, Log: func(line string) { told = append(told, line) },
		Env: []string{"PATH=" + goDir + ":/usr/bin:/bin", "GOFLAGS=-mod=vendor", "GOPROXY=https://proxy.example"},
	}
	e, err := engine.Find(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if e.Version != "1.12.6" || !strings.Contains(e.Source, "built from source") || len(told) != 1 {
		t.Errorf("%+v, told %q", e, told)
	}
	if left := entries(t, filepath.Dir(e.Path)); len(left) != 1 {
		t.Errorf("beside the program: %v", left)
	}
	writeProgram(t, filepath.Join(goDir, "go"), []byte("#!/bin/sh\necho 'no module for you' >&2\nexit 1\n"))
	request.CacheDir = t.TempDir()
	if _, err := engine.Find(context.Background(), request); err == nil || !strings.Contains(err.Error(), "no module for you") || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("a build that does not succeed: %v", err)
	}
}

// entries lists what a cache folder holds, but for lock files.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasSuffix(path, ".lock") {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
