package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/opentofu/tofudl"

	"github.com/mooringdev/mooring/internal/engine/cache"
)

// Releases says where the engines' releases are downloaded from, for places that mirror them. Empty fields mean the makers' own.
type Releases struct {
	TofuAPI      string // address of the list of OpenTofu's versions
	TofuMirror   string // template of an artifact's address, see tofudl
	TofuKey      string // armored public key that signs OpenTofu's releases
	TerraformAPI string // base address of HashiCorp's releases
	TerraformKey string // armored public key that signs them
}

// errNotGenuine: what was downloaded is not what its maker signed. Nothing else is tried then: somebody should look.
var errNotGenuine = errors.New("the download is not genuine")

const (
	listTimeout     = 30 * time.Second
	downloadTimeout = 10 * time.Minute
)

// download installs a release that fits into the cache. The libraries check the signature of the list of checksums, and the checksum.
func (s *search) download(ctx context.Context, w *wish) (*Engine, error) {
	if v := w.exact(); v != "" {
		if err := tooOld(w.name, v, w.reason); err != nil {
			return nil, err
		}
	}
	get := s.downloadTofu
	if w.name == "terraform" {
		get = s.downloadTerraform
	}
	v, path, err := get(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", w.name, genuine(err))
	}
	e, err := s.probe(ctx, path)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(e.Version, v) || e.Name != w.name {
		return nil, fmt.Errorf("download %s %s: %w: it calls itself %s %s", w.name, v, errNotGenuine, e.Name, e.Version)
	}
	e.Source = "downloaded" + w.note()
	return e, nil
}

// genuine marks errors that say that a signature or a checksum does not fit.
func genuine(err error) error {
	var signature *tofudl.SignatureError
	var corrupted *tofudl.ArtifactCorruptedError
	if errors.Is(err, errNotGenuine) {
		return err
	}
	if errors.As(err, &signature) || errors.As(err, &corrupted) ||
		strings.Contains(err.Error(), "unable to verify checksums signature") { // hc-install has no type for it
		return fmt.Errorf("%w: %w", errNotGenuine, err)
	}
	return err
}

func client() *http.Client { return cleanhttp.DefaultPooledClient() }

func (s *search) downloadTofu(ctx context.Context, w *wish) (string, string, error) {
	r := s.request.Releases
	options := []tofudl.ConfigOpt{tofudl.ConfigHTTPClient(client())}
	// tofudl takes its own settings for what is empty.
	options = append(options, tofudl.ConfigAPIURL(r.TofuAPI), tofudl.ConfigDownloadMirrorURLTemplate(r.TofuMirror), tofudl.ConfigGPGKey(r.TofuKey))
	dl, err := tofudl.New(options...)
	if err != nil {
		return "", "", err
	}
	listCtx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	all, err := dl.ListVersions(listCtx)
	if err != nil {
		return "", "", err
	}
	offered := map[string]tofudl.VersionWithArtifacts{}
	var names []string
	for _, v := range all {
		offered[string(v.ID)] = v
		names = append(names, string(v.ID))
	}
	v, err := newest(names, w)
	if err != nil {
		return "", "", err
	}
	path, err := s.cache.Install(ctx, "tofu", v, "tofu", func(ctx context.Context, dir string) error {
		s.log("downloading tofu %s", v)
		ctx, cancel := context.WithTimeout(ctx, downloadTimeout)
		defer cancel()
		program, err := dl.DownloadVersion(ctx, offered[v], tofudl.PlatformAuto, tofudl.ArchitectureAuto)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, cache.File("tofu")), program, 0o755)
	})
	return v, path, err
}

func (s *search) downloadTerraform(ctx context.Context, w *wish) (string, string, error) {
	r := s.request.Releases
	http := client()
	list := &releases.Versions{Product: product.Terraform, ApiBaseURL: r.TerraformAPI, HTTPClient: http, ListTimeout: listTimeout}
	all, err := list.List(ctx)
	if err != nil {
		return "", "", err
	}
	var names []string
	for _, one := range all {
		if exact, ok := one.(*releases.ExactVersion); ok {
			names = append(names, exact.Version.String())
		}
	}
	v, err := newest(names, w)
	if err != nil {
		return "", "", err
	}
	path, err := s.cache.Install(ctx, "terraform", v, "terraform", func(ctx context.Context, dir string) error {
		s.log("downloading terraform %s", v)
		one := &releases.ExactVersion{
			Product: product.Terraform, Version: version.Must(version.NewVersion(v)), InstallDir: dir, Timeout: downloadTimeout,
			ApiBaseURL: r.TerraformAPI, ArmoredPublicKey: r.TerraformKey, HTTPClient: http,
		}
		program, err := one.Install(ctx)
		if errors.Is(err, fs.ErrNotExist) {
			// hc-install forgets why it refused an archive and stumbles over the missing program instead.
			return fmt.Errorf("%w: the archive was cut short or does not have the checksum that was signed", errNotGenuine)
		}
		if err != nil {
			return err
		}
		return os.Chmod(program, 0o755)
	})
	return v, path, err
}

// newest is the newest of the offered versions that fits. Pre-releases only count when they are asked for exactly.
func newest(offered []string, w *wish) (string, error) {
	var best *version.Version
	for _, text := range offered {
		v, err := version.NewVersion(text)
		if err != nil || !w.accepts(w.name, text, false) || v.Core().LessThan(oldest[w.name]) || v.Prerelease() != "" && w.exact() != v.String() {
			continue
		}
		if best == nil || best.LessThan(v) {
			best = v
		}
	}
	if best == nil {
		return "", fmt.Errorf("no release of %s fits%s", w.name, w.because())
	}
	return best.Original(), nil
}
