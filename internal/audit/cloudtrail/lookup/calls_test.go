package lookup_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail/lookup"
)

// TestCallsForAThousandFindings guards that what a scan asks depends on what an account writes, not on how many findings there are: a day of 2,000
// writes is 40 pages, and the next scan asks for its last hours alone.
func TestCallsForAThousandFindings(t *testing.T) {
	var list []event
	for i := range 2000 {
		list = append(list, at(fmt.Sprint("e", i), time.Duration(i)*43*time.Second))
	}
	q := audit.Query{From: now.AddDate(0, 0, -1), To: now, WriteOnly: true}
	for i := range 1000 {
		id := fmt.Sprintf("i-%017x", i)
		q.Resources = append(q.Resources, audit.Resource{Type: "aws_instance", ID: id, Account: account, Region: "eu-west-1"})
		q.IDs = append(q.IDs, id)
	}
	o := lookup.Options{Cache: t.TempDir()}
	for _, most := range []int{50, 10} {
		s := &server{events: map[string][]event{"eu-west-1": list}, page: 50}
		ids, failed := query(t, s, o, q)
		if len(ids) != 2000 || len(failed) != 0 || len(s.asked) > most {
			t.Errorf("%d events of %d calls, want 2000 of at most %d; %v", len(ids), len(s.asked), most, failed)
		}
		t.Logf("%d calls", len(s.asked))
	}
}
