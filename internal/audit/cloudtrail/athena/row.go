package athena

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/audit/cloudtrail"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// names are CloudTrail's, which tables keep in lower case.
var names = byLowerCase(`eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestParameters
	responseElements requestID eventID readOnly resources eventType recipientAccountId sharedEventID sessionCredentialFromConsole
	type principalId arn accountId invokedBy accessKeyId userName identityProvider onBehalfOf userId identityStoreArn credentialId sessionContext attributes
	mfaAuthenticated creationDate sessionIssuer sourceIdentity ec2RoleDelivery webIdFederationData federatedProvider inScopeOf`)

func byLowerCase(list string) map[string]string {
	m := map[string]string{}
	for _, n := range strings.Fields(list) {
		m[strings.ToLower(n)] = n
	}
	return m
}

// decode makes a CloudTrail record of a row.
func decode(columns []string, row types.Row, where string, n int) (audit.Event, error) {
	unreadable := func(err error) (audit.Event, error) {
		return audit.Event{}, &audit.Unreadable{File: where, Offset: int64(n), Err: err}
	}
	if len(row.Data) != len(columns) {
		return unreadable(fmt.Errorf("%d values in %d columns", len(row.Data), len(columns)))
	}
	record := map[string]any{}
	for i, c := range columns {
		value := row.Data[i].VarCharValue
		if value == nil || *value == "null" {
			continue
		}
		name := strings.ToLower(c)
		record[rename(name)] = *value
		if name == "useridentity" || name == "resources" {
			inner, err := tree.Parse([]byte(*value))
			if err != nil {
				return unreadable(fmt.Errorf("column %s: %w", name, err))
			}
			record[rename(name)] = restore(inner)
		}
	}
	if !cloudtrail.Is(record) {
		return unreadable(fmt.Errorf("no event name or source"))
	}
	e, err := cloudtrail.Decode(record)
	if err != nil {
		return unreadable(err)
	}
	e.File = where
	return e, nil
}

func rename(name string) string {
	if n, ok := names[name]; ok {
		return n
	}
	return name
}

// restore gives the fields of a nested column their names back.
func restore(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		for key, value := range t {
			if value != nil {
				out[rename(key)] = restore(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, element := range t {
			out[i] = restore(element)
		}
		return out
	}
	return v
}
