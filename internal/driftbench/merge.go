package driftbench

import "fmt"

// Merge puts results of one seed together, as when projects were measured one by one. A project may be in one of them only.
func Merge(results ...*Result) (*Result, error) {
	out := &Result{}
	owner := map[string]int{}
	for n, r := range results {
		if n == 0 {
			out.Seed = r.Seed
		}
		if r.Seed != out.Seed {
			return nil, fmt.Errorf("results of seed %d and of seed %d do not belong together", out.Seed, r.Seed)
		}
		for _, s := range r.Stacks {
			if first, known := owner[s.Project]; known && first != n {
				return nil, fmt.Errorf("%s was measured twice", s.Project)
			}
			owner[s.Project] = n
		}
		out.Stacks = append(out.Stacks, r.Stacks...)
		out.Cases = append(out.Cases, r.Cases...)
		out.Elapsed += r.Elapsed
	}
	return out, nil
}
