package trail

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// jsonLines writes values one a line.
func jsonLines(log string, values []any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return nil, fmt.Errorf("%s: %w", log, err)
		}
	}
	return b.Bytes(), nil
}
