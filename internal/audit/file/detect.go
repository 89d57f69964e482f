package file

import (
	"errors"
	"fmt"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/azure"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail"
	"github.com/mooringdev/mooring/internal/audit/gcp"
	"github.com/mooringdev/mooring/internal/audit/github"
	"github.com/mooringdev/mooring/internal/audit/kube"
	"github.com/mooringdev/mooring/internal/audit/ocsf"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// A format recognises and decodes the records of one log.
type format struct {
	is     func(any) bool
	decode func(any) ([]audit.Event, error)
}

// formats are tried in this order: the ones with the most telling fields first.
var formats = []format{
	{cloudtrail.Is, one(cloudtrail.Decode)},
	{gcp.Is, one(gcp.Decode)},
	{kube.Is, lastStage},
	{kube.IsObject, func(v any) ([]audit.Event, error) { return kube.Fields(v, "") }},
	{ocsf.Is, one(ocsf.Decode)},
	{azure.Is, one(azure.Decode)},
	{github.Is, one(github.Decode)},
}

func one(decode func(any) (audit.Event, error)) func(any) ([]audit.Event, error) {
	return func(v any) ([]audit.Event, error) {
		e, err := decode(v)
		if err != nil {
			return nil, err
		}
		return []audit.Event{e}, nil
	}
}

func lastStage(v any) ([]audit.Event, error) {
	if kube.Skip(v) {
		return nil, nil
	}
	return one(kube.Decode)(v)
}

var errUnknownFormat = errors.New("no known audit log has such records")

// Decode reads one record of any known log, unwrapping what shippers put around it.
func Decode(text []byte) ([]audit.Event, error) {
	v, err := tree.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return decode(v, 0)
}

// wrappers are the fields in which shippers keep the record: CloudWatch Logs, SNS, Splunk, Elasticsearch, Loki.
var wrappers = []string{"message", "Message", "event", "_source", "_raw", "line", "result", "record", "log"}

const maxWrapping = 4

func decode(v any, depth int) ([]audit.Event, error) {
	for _, f := range formats {
		if f.is(v) {
			return f.decode(v)
		}
	}
	if depth < maxWrapping {
		for _, field := range wrappers {
			inner := tree.JSON(v, field)
			if tree.Map(inner) == nil {
				continue
			}
			if events, err := decode(inner, depth+1); !errors.Is(err, errUnknownFormat) {
				return events, err
			}
		}
	}
	if emptyEnvelope(v) {
		return nil, nil
	}
	return nil, errUnknownFormat
}

// emptyEnvelope tells an export that holds no records, as logs of quiet hours do.
func emptyEnvelope(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for key, value := range m {
		if list, ok := value.([]any); ok && envelopes[key] && len(list) == 0 {
			return true
		}
	}
	return len(m) == 0
}
