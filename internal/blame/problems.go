package blame

import "github.com/mooringdev/mooring/internal/audit"

// Problems adds what went wrong while the logs were read, before [Explainer.Explain]: the answer to "why is there no event".
func (x *Explainer) Problems(list []audit.Problem) {
	for _, p := range list {
		for i := range x.opts.Sources {
			if x.opts.Sources[i].Name == p.Source {
				x.opts.Sources[i].Problems = append(x.opts.Sources[i].Problems, p)
			}
		}
	}
}
