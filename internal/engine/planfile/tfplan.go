package planfile

import (
	"slices"

	"github.com/vmihailenco/msgpack/v5/msgpcode"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/mooringdev/mooring/internal/drift"
)

// The message of the tfplan entry, cut to what is read here. Field numbers and meanings follow planfile.proto of OpenTofu 1.12.6 and
// Terraform 1.5.7 (internal/plans/internal/planproto, both MPL-2.0), which agree wherever both have a field.
type planMessage struct {
	version uint64
	mode    uint64
	errored bool
	targets int // how many -target, -exclude and -replace addresses the plan was limited or widened by
	changes []changeMessage
	outputs []outputMessage
	checks  []drift.Check
	engine  string // the version of the engine that wrote it
}

type changeMessage struct {
	address, previous, deposed, provider string
	change                               changeBody
	reason                               string
	replace                              [][]any // paths: string for a name or key, int for a position
}

type changeBody struct {
	action    uint64
	values    [][]byte
	sensitive [][]any
	importing bool
}

type outputMessage struct {
	name      string
	change    changeBody
	sensitive bool
}

// The numbers of enum Action.
const (
	protoNoOp             = 0
	protoCreate           = 1
	protoRead             = 2
	protoUpdate           = 3
	protoDelete           = 5
	protoDeleteThenCreate = 6
	protoCreateThenDelete = 7
	protoForget           = 8
	protoForgetThenCreate = 10
)

var protoActions = map[uint64]drift.Action{
	protoNoOp: drift.ActionNoOp, protoCreate: drift.ActionCreate, protoRead: drift.ActionRead, protoUpdate: drift.ActionUpdate,
	protoDelete: drift.ActionDelete, protoDeleteThenCreate: drift.ActionReplace, protoCreateThenDelete: drift.ActionReplace,
	protoForget: drift.ActionForget, protoForgetThenCreate: drift.ActionReplace,
}

// protoReasons are the names that `show -json` gives to enum ResourceInstanceActionReason.
var protoReasons = []string{
	0: "", 1: "replace_because_tainted", 2: "replace_by_request", 3: "replace_because_cannot_update",
	4: "delete_because_no_resource_config", 5: "delete_because_wrong_repetition", 6: "delete_because_count_index",
	7: "delete_because_each_key", 8: "delete_because_no_module", 9: "replace_by_triggers", 10: "read_because_config_unknown",
	11: "read_because_dependency_pending", 12: "delete_because_no_move_target", 13: "read_because_check_nested",
	14: "delete_because_enabled_false", 15: "forgot_because_lifecycle_destroy_in_state", 16: "forgot_because_lifecycle_destroy_in_config",
}

var protoStatus = []string{0: "unknown", 1: "pass", 2: "fail", 3: "error"}

// fields calls visit for each field of a message. A field that visit does not know must be answered with an error: what it would change
// in the meaning of the others is not known either.
func fields(raw []byte, visit func(field) error) error {
	for len(raw) > 0 {
		num, typ, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return damaged("plan message: %v", protowire.ParseError(n))
		}
		f := field{num: num, typ: typ}
		raw = raw[n:]
		switch typ {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(raw)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(raw)
		default:
			return unsupported("field %d of wire type %d", num, typ)
		}
		if n < 0 {
			return damaged("plan message: %v", protowire.ParseError(n))
		}
		raw = raw[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

type field struct {
	num    protowire.Number
	typ    protowire.Type
	number uint64
	bytes  []byte
}

func (f field) unknown(message string) error { return unsupported("field %d of %s", f.num, message) }

// parsePlan reads the message. Values stay undecoded and point into raw.
func parsePlan(raw []byte) (*planMessage, error) {
	p := &planMessage{}
	err := fields(raw, func(f field) (err error) {
		switch f.num {
		case 1:
			p.version = f.number
		case 3:
			var c changeMessage
			if c, err = parseChange(f.bytes); err == nil {
				p.changes = append(p.changes, c)
			}
		case 4:
			var o outputMessage
			if o, err = parseOutput(f.bytes); err == nil {
				p.outputs = append(p.outputs, o)
			}
		case 5, 6, 16:
			p.targets++
		case 14:
			p.engine = string(f.bytes)
		case 17:
			p.mode = f.number
		case 19:
			err = p.parseChecks(f.bytes)
		case 20:
			p.errored = f.number != 0
		case 2, 13, 15, 18, 21, 22: // variables, backend, relevant attributes, drift (the states say it), timestamp, ephemeral variables
		default:
			err = f.unknown("Plan")
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case p.version != 3:
		return nil, unsupported("plan version %d", p.version)
	case p.mode > 2:
		return nil, unsupported("plan mode %d", p.mode)
	}
	return p, nil
}

func parseChange(raw []byte) (changeMessage, error) {
	var c changeMessage
	err := fields(raw, func(f field) (err error) {
		switch f.num {
		case 13:
			c.address = string(f.bytes)
		case 14:
			c.previous = string(f.bytes)
		case 7:
			c.deposed = string(f.bytes)
		case 8:
			c.provider, err = providerSource(string(f.bytes))
		case 9:
			c.change, err = parseChangeBody(f.bytes)
		case 11:
			var path []any
			if path, err = parsePathMessage(f.bytes); err == nil {
				c.replace = append(c.replace, path)
			}
		case 12:
			if f.number >= uint64(len(protoReasons)) {
				return unsupported("action reason %d", f.number)
			}
			c.reason = protoReasons[f.number]
		case 10: // the provider's private data
		default:
			err = f.unknown("ResourceInstanceChange")
		}
		return err
	})
	if err == nil && (c.address == "" || c.change.values == nil) {
		err = unsupported("a change without an address or a value")
	}
	return c, err
}

func parseChangeBody(raw []byte) (changeBody, error) {
	var c changeBody
	err := fields(raw, func(f field) error {
		switch f.num {
		case 1:
			c.action = f.number
		case 2:
			v, err := parseDynamic(f.bytes)
			c.values = append(c.values, v)
			return err
		case 3, 4:
			path, err := parsePathMessage(f.bytes)
			c.sensitive = append(c.sensitive, path)
			return err
		case 5:
			c.importing = true
		case 6, 7, 8: // generated configuration, identities
		default:
			return f.unknown("Change")
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	if _, ok := protoActions[c.action]; !ok {
		return c, unsupported("action %d", c.action)
	}
	want := 1
	switch c.action {
	case protoRead, protoUpdate, protoDeleteThenCreate, protoCreateThenDelete, protoForgetThenCreate:
		want = 2
	}
	if len(c.values) < want {
		return c, unsupported("action %d with %d values", c.action, len(c.values))
	}
	return c, nil
}

// before returns the undecoded value that the change starts from, nil for none.
func (c changeBody) before() []byte {
	if c.action == protoCreate {
		return nil
	}
	return c.values[0]
}

// after returns the undecoded value that the change leads to, nil for none.
func (c changeBody) after() []byte {
	switch c.action {
	case protoDelete, protoForget:
		return nil
	case protoNoOp, protoCreate:
		return c.values[0]
	}
	return c.values[1]
}

func parseOutput(raw []byte) (outputMessage, error) {
	var o outputMessage
	err := fields(raw, func(f field) (err error) {
		switch f.num {
		case 1:
			o.name = string(f.bytes)
		case 2:
			o.change, err = parseChangeBody(f.bytes)
		case 3:
			o.sensitive = f.number != 0
		default:
			err = f.unknown("OutputChange")
		}
		return err
	})
	if err == nil && o.change.values == nil {
		err = unsupported("a change of an output without a value")
	}
	return o, err
}

// parseChecks adds one check for each object that was checked, or the check as a whole when no object was.
func (p *planMessage) parseChecks(raw []byte) error {
	var whole drift.Check
	var objects []drift.Check
	err := fields(raw, func(f field) (err error) {
		switch f.num {
		case 1: // kind
		case 2:
			whole.Address = string(f.bytes)
		case 3:
			whole.Status, err = checkStatus(f.number)
		case 4:
			object := drift.Check{Status: protoStatus[0]}
			err = fields(f.bytes, func(f field) (err error) {
				switch f.num {
				case 1:
					object.Address = string(f.bytes)
				case 2:
					object.Status, err = checkStatus(f.number)
				case 3: // messages
				default:
					err = f.unknown("ObjectResult")
				}
				return err
			})
			objects = append(objects, object)
		default:
			err = f.unknown("CheckResults")
		}
		return err
	})
	if len(objects) == 0 {
		if whole.Status == "" {
			whole.Status = protoStatus[0]
		}
		objects = []drift.Check{whole}
	}
	p.checks = append(p.checks, objects...)
	return err
}

func checkStatus(n uint64) (string, error) {
	if n >= uint64(len(protoStatus)) {
		return "", unsupported("check status %d", n)
	}
	return protoStatus[n], nil
}

func parseDynamic(raw []byte) ([]byte, error) {
	var v []byte
	err := fields(raw, func(f field) error {
		if f.num != 1 {
			return f.unknown("DynamicValue")
		}
		v = f.bytes
		return nil
	})
	if err == nil && len(v) == 0 {
		err = unsupported("a value that is not msgpack")
	}
	return v, err
}

// parsePathMessage reads the steps of a path. It ends at a step into a set, whose elements have no name: the set as a whole is meant.
func parsePathMessage(raw []byte) ([]any, error) {
	var steps []any
	open := true
	err := fields(raw, func(f field) error {
		if f.num != 1 {
			return f.unknown("Path")
		}
		return fields(f.bytes, func(f field) error {
			switch f.num {
			case 1:
				if open {
					steps = append(steps, string(f.bytes))
				}
			case 2:
				key, err := parseDynamic(f.bytes)
				if err != nil {
					return err
				}
				step, err := elementKey(key)
				if open = open && step != nil; open {
					steps = append(steps, step)
				}
				return err
			default:
				return f.unknown("Step")
			}
			return nil
		})
	})
	return slices.Clip(steps), err
}

// elementKey decodes the key of an element: a string, a position, or nil for the element of a set. It is written as what it is, without
// a type beside it.
func elementKey(raw []byte) (any, error) {
	t := &drift.Type{}
	switch code := raw[0]; {
	case msgpcode.IsString(code):
		t.Kind = "string"
	case msgpcode.IsFixedNum(code), code >= msgpcode.Float && code <= msgpcode.Int64:
		t.Kind = "number"
	default:
		return nil, nil
	}
	v, err := decodeMsgpack(raw, t)
	return stepOf(v), err
}
