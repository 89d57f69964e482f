package live

import (
	"fmt"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Config finds the cluster as kubectl does: the named file, else those of KUBECONFIG, else the one in the home folder, else the cluster that the
// program runs in. context is one of the file's; "" for its current one. env holds KEY=VALUE, the last one winning.
func Config(env []string, file, context string) (*rest.Config, error) {
	rules := &clientcmd.ClientConfigLoadingRules{ExplicitPath: file}
	if list := lookup(env, "KUBECONFIG"); list != "" {
		rules.Precedence = filepath.SplitList(list)
	} else if home := lookup(env, "HOME"); home != "" {
		rules.Precedence = []string{filepath.Join(home, ".kube", "config")}
	}
	c, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: context}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("kubernetes: find the cluster to ask: %w", err)
	}
	return c, nil
}

func lookup(env []string, key string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], key+"="); ok {
			return v
		}
	}
	return ""
}
