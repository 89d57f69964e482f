package manager

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// historyTables are where Resource Graph keeps changes: of resources, and of what holds them.
var historyTables = []string{"resourcechanges", "resourcecontainerchanges"}

const (
	historyPath = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
	historyPage = 1000
)

// history yields one table. It returns false when the consumer wants no more.
func (s *source) history(ctx context.Context, table string, q audit.Query, told calls, yield func(audit.Event, error) bool) bool {
	from, to, _ := q.Within(historyRetention, s.Now()) // what is older is left to the Activity Log
	if !to.IsZero() && to.Before(from) {
		return true
	}
	where := "azure resource graph " + table
	options := map[string]any{"resultFormat": "objectArray", "$top": historyPage}
	body := map[string]any{"subscriptions": s.Subscriptions, "query": historyQuery(table, from, to), "options": options}
	seen := map[string]bool{}
	for {
		answer, err := s.ask(ctx, "graph", http.MethodPost, s.client.Endpoint()+historyPath, body)
		if err != nil {
			return yield(audit.Event{}, failed(where, "", err))
		}
		for i, record := range tree.List(answer, "data") {
			e, err := decode(record, where, i)
			told.add(e)
			if !yield(e, err) {
				return false
			}
		}
		next := tree.String(answer, "$skipToken")
		switch {
		case next == "" && tree.True(answer, "resultTruncated"):
			return yield(audit.Event{}, failed(where, "", errors.New("the answer was cut short and names no next page")))
		case next == "":
			return true
		case seen[next]:
			return yield(audit.Event{}, failed(where, "", errors.New("the server names the same page twice; the rest is not read")))
		}
		seen[next], options["$skipToken"] = true, next
	}
}

// historyQuery asks for a window. Nothing but times that we wrote is put into it. Pages need an order and the id.
func historyQuery(table string, from, to time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s | extend at = todatetime(properties.changeAttributes.timestamp) | where at >= datetime(%s)", table, from.UTC().Format(time.RFC3339))
	if !to.IsZero() {
		fmt.Fprintf(&b, " and at <= datetime(%s)", to.UTC().Format(time.RFC3339))
	}
	b.WriteString(" | order by at desc, id asc | project id, name, properties")
	return b.String()
}
