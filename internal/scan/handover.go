package scan

import (
	"fmt"

	goversion "github.com/hashicorp/go-version"

	"github.com/mooringdev/mooring/internal/report"
)

// CheckTool tells whether results of one program may be published by another, of version mine. Fields of results are only ever added, and
// unknown ones passed over. So an older program would publish without the reservations of a newer one, and across major versions nothing is
// promised: both are refused. Another version besides is a warning. Results of other tools, and versions that are no numbers, have nothing to
// compare.
func CheckTool(r *report.Results, mine string) (warning string, err error) {
	if r.Tool.Name != "mooring" || r.Tool.Version == mine {
		return "", nil
	}
	theirs := report.Plain(r.Tool.Version)
	wrote, werr := goversion.NewVersion(r.Tool.Version)
	reads, rerr := goversion.NewVersion(mine)
	if werr != nil || rerr != nil {
		return fmt.Sprintf("the results were written by mooring %s, and this is %s: use one version for both jobs", theirs, mine), nil
	}
	w, m := wrote.Segments(), reads.Segments()
	if w[0] != m[0] || w[1] > m[1] {
		return "", fmt.Errorf("the results were written by mooring %s, and this is %s, which may not understand all that they say: use one version for both jobs", theirs, mine)
	}
	return fmt.Sprintf("the results were written by mooring %s, and this is %s: use one version for both jobs", theirs, mine), nil
}
