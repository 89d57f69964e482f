package kube_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/file"
)

// TestWebhookBatches guards that what an API server posts to an audit webhook can be stored as it comes and read as files: an EventList a request, of
// one event or many, one after the other or each in a file of its own.
func TestWebhookBatches(t *testing.T) {
	item := func(id, stage string) string {
		return fmt.Sprintf(`{"level":"Request","auditID":%q,"stage":%q,"requestURI":"/api/v1/namespaces/shop/configmaps/a","verb":"patch","user":{"username":"ann@example.com"},
			"objectRef":{"resource":"configmaps","namespace":"shop","name":"a","apiVersion":"v1"},"responseStatus":{"code":200},"requestObject":{"items":["not","events"]},
			"requestReceivedTimestamp":"2026-11-20T10:00:00.000000Z","stageTimestamp":"2026-11-20T10:00:00.100000Z"}`, id, stage)
	}
	batch := func(items ...string) string {
		return `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[` + strings.Join(items, ",") + `]}` + "\n"
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"1.json": batch(item("a", "RequestReceived"), item("a", "ResponseComplete"), item("b", "ResponseComplete")) + batch(item("c", "ResponseComplete")),
		"2.json": batch(item("d", "ResponseComplete")),
		"3.json": batch(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for e, err := range file.New([]string{dir}, file.Disk{}).Query(context.Background(), audit.Query{WriteOnly: true}) {
		if err != nil || e.Source != "kube" || e.Actor.Name != "ann@example.com" {
			t.Errorf("got %+v, %v", e, err)
			continue
		}
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []string{"a", "b", "c", "d"}) {
		t.Errorf("got %v", ids)
	}
}
