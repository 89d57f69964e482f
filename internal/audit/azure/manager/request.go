package manager

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/mooringdev/mooring/internal/audit/pace"
	"github.com/mooringdev/mooring/internal/audit/tree"
)

// ask sends one request and decodes the answer, as often as it takes. bucket is what the service counts requests by; body is nil for a GET.
func (s *source) ask(ctx context.Context, bucket, method, url string, body any) (answer any, err error) {
	err = s.Backoff.Do(ctx, func() error {
		if err := s.pace.Wait(ctx, bucket); err != nil {
			return err
		}
		request, err := runtime.NewRequest(ctx, method, url)
		if err != nil {
			return err
		}
		request.Raw().Header.Set("Accept", "application/json")
		if body != nil {
			if err := runtime.MarshalAsJSON(request, body); err != nil {
				return err
			}
		}
		response, err := s.client.Pipeline().Do(request)
		if err != nil {
			return again(err)
		}
		defer func() { _ = response.Body.Close() }()
		if !runtime.HasStatusCode(response, http.StatusOK) {
			return pace.Refused(response.StatusCode, response.Header, runtime.NewResponseError(response))
		}
		text, err := runtime.Payload(response)
		if err != nil {
			return pace.Broken(err)
		}
		if answer, err = tree.Parse(text); err != nil {
			return pace.Broken(err)
		}
		return nil
	})
	return answer, err
}

// again makes a wait of a connection that broke, and not of a sign-in that was refused.
func again(err error) error {
	var signIn interface{ NonRetriable() }
	var answer *azcore.ResponseError
	if errors.As(err, &signIn) || errors.As(err, &answer) {
		return err
	}
	return pace.Broken(err)
}
