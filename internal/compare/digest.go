package compare

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mooringdev/mooring/internal/drift"
)

// digest writes a value in one form, so that equal text means an equal value.
func digest(v drift.Value) string {
	var b strings.Builder
	writeDigest(&b, v)
	return b.String()
}

func writeDigest(b *strings.Builder, v drift.Value) {
	switch x := v.(type) {
	case string:
		b.WriteString(strconv.Quote(x))
	case []drift.Value:
		b.WriteByte('[')
		for _, e := range x {
			writeDigest(b, e)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case map[string]drift.Value:
		b.WriteByte('{')
		for _, k := range slices.Sorted(maps.Keys(x)) {
			b.WriteString(strconv.Quote(k))
			b.WriteByte(':')
			writeDigest(b, x[k])
			b.WriteByte(',')
		}
		b.WriteByte('}')
	default:
		fmt.Fprintf(b, "%v", x)
	}
}

// equal tells whether two values are the same as they are written.
func equal(a, b drift.Value) bool {
	switch x := a.(type) {
	case []drift.Value:
		y, ok := b.([]drift.Value)
		return ok && slices.EqualFunc(x, y, equal)
	case map[string]drift.Value:
		y, ok := b.(map[string]drift.Value)
		return ok && maps.EqualFunc(x, y, equal)
	case drift.Unknown:
		return false
	}
	switch b.(type) {
	case []drift.Value, map[string]drift.Value, drift.Unknown:
		return false
	}
	return a == b
}
