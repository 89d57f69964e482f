package githubtest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// description is the part of GitHub's OpenAPI description that command cut keeps. Its licence is LICENSE.openapi.
//
//go:embed api.github.com.json.gz
var description []byte

// loadDescription parses the description once; it is only read afterwards.
var loadDescription = sync.OnceValues(func() (*openapi3.T, error) {
	z, err := gzip.NewReader(bytes.NewReader(description))
	if err != nil {
		return nil, fmt.Errorf("GitHub's description: %w", err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("GitHub's description: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, fmt.Errorf("GitHub's description: %w", err)
	}
	return doc, nil
})

// checker validates messages of one operation.
type checker struct {
	doc   *openapi3.T
	route *routers.Route
}

func newChecker(doc *openapi3.T, method, template string) (*checker, error) {
	item := doc.Paths.Value(template)
	if item == nil || item.GetOperation(method) == nil {
		return nil, fmt.Errorf("GitHub's description has no %s %s: add it to cut/main.go", method, template)
	}
	return &checker{doc, &routers.Route{Spec: doc, Path: template, PathItem: item, Method: method, Operation: item.GetOperation(method)}}, nil
}

func (c *checker) input(r *http.Request, params map[string]string) *openapi3filter.RequestValidationInput {
	return &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: c.route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			SkipSettingDefaults:   true,
			IncludeResponseStatus: false,
		},
	}
}

// request checks a request; its body can be read again afterwards.
func (c *checker) request(r *http.Request, params map[string]string, body []byte) error {
	r = r.Clone(r.Context())
	if string(bytes.TrimSpace(body)) == "null" && !c.bodyRequired() {
		body, r.ContentLength = nil, 0 // clients that send options they have not; GitHub takes it for no body
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	return openapi3filter.ValidateRequest(r.Context(), c.input(r, params))
}

func (c *checker) bodyRequired() bool {
	return c.route.Operation.RequestBody != nil && c.route.Operation.RequestBody.Value.Required
}

// response checks a response. A status that the description does not know is only allowed for errors: any operation can fail.
func (c *checker) response(r *http.Request, params map[string]string, status int, header http.Header, body []byte) error {
	if c.route.Operation.Responses.Status(status) == nil && status >= 400 {
		return nil
	}
	if c.route.Operation.Responses.Status(status) == nil {
		return fmt.Errorf("status %d is not one that GitHub answers with", status)
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: c.input(r, params), Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
	})
}

// complete fills in the properties that the description requires of the answer and the handler left out, so that handlers only say what matters.
func (c *checker) complete(status int, body any) any {
	response := c.route.Operation.Responses.Status(status)
	if response == nil || response.Value == nil {
		return body
	}
	return completed(response.Value.Content, body)
}

// maxDepth ends schemas that contain themselves.
const maxDepth = 12

func fill(s *openapi3.Schema, v any, depth int) any {
	if s == nil || depth > maxDepth {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		for _, part := range slices.Concat(s.AllOf, first(s.AnyOf), first(s.OneOf)) {
			fill(part.Value, v, depth+1)
		}
		for name, p := range s.Properties {
			have, present := v[name]
			switch {
			case present && have != nil:
				v[name] = fill(p.Value, have, depth+1)
			case !present && slices.Contains(s.Required, name):
				v[name] = zero(p.Value, depth+1)
			}
		}
	case []any:
		if s.Items != nil {
			for i := range v {
				v[i] = fill(s.Items.Value, v[i], depth+1)
			}
		}
	}
	return v
}

func first(refs openapi3.SchemaRefs) openapi3.SchemaRefs {
	// An alternative of null says nothing about an object.
	for i, r := range refs {
		if r.Value != nil && (r.Value.Type == nil || r.Value.Type.Is("object")) {
			return refs[i : i+1]
		}
	}
	return nil
}

// zero is the plainest value that a schema allows.
func zero(s *openapi3.Schema, depth int) any {
	switch {
	case s == nil:
		return nil
	case s.Nullable:
		return nil
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == nil && len(s.Properties) == 0 && len(s.AllOf) == 0 && len(s.AnyOf)+len(s.OneOf) > 0 && first(s.AnyOf) == nil && first(s.OneOf) == nil:
		return zero(slices.Concat(s.AnyOf, s.OneOf)[0].Value, depth+1) // a choice of plain values
	case s.Type == nil || s.Type.Is("object"):
		if s.Type == nil && len(s.Properties) == 0 && len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 {
			return nil
		}
		return fill(s, map[string]any{}, depth)
	case s.Type.Is("array"):
		return []any{}
	case s.Type.Is("boolean"):
		return false
	case s.Type.Is("integer"), s.Type.Is("number"):
		if s.Min != nil {
			return *s.Min
		}
		return 0
	case s.Format == "uri":
		return "https://api.github.com/x"
	case s.Format == "date-time":
		return "2026-01-01T00:00:00Z"
	case s.Format == "email":
		return "x@example.com"
	default:
		return strings.Repeat("x", int(s.MinLength))
	}
}
