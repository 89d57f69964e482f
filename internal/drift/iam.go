package drift

import (
	"encoding/json"
	"slices"
	"strings"
)

// meaning rewrites an IAM policy document so that documents with the same meaning become the same; other documents stay as they are.
// The rules are those of the IAM policy grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func meaning(doc Value) Value {
	policy, ok := doc.(map[string]Value)
	if !ok {
		return doc
	}
	statements, ok := policyStatements(policy["Statement"])
	if !ok {
		return doc
	}
	out := map[string]Value{}
	for name, v := range policy {
		out[name] = v
	}
	if out["Version"] == nil {
		out["Version"] = "2008-10-17" // what IAM assumes
	}
	for i, s := range statements {
		statements[i] = statementMeaning(s.(map[string]Value))
	}
	slices.SortFunc(statements, func(a, b Value) int { return strings.Compare(documentForm(a), documentForm(b)) })
	out["Statement"] = statements
	return out
}

// policyStatements returns the statements of a policy, false when this is none: every statement has an effect.
func policyStatements(v Value) ([]Value, bool) {
	list, isList := v.([]Value)
	if !isList {
		list = []Value{v}
	}
	for _, s := range list {
		statement, ok := s.(map[string]Value)
		if !ok {
			return nil, false
		}
		if effect, _ := statement["Effect"].(string); effect != "Allow" && effect != "Deny" {
			return nil, false
		}
	}
	return slices.Clone(list), len(list) > 0
}

func statementMeaning(s map[string]Value) Value {
	out := map[string]Value{}
	for name, v := range s {
		switch name {
		case "Sid":
			if v == "" {
				continue
			}
			out[name] = v
		case "Action", "NotAction":
			out[name] = unordered(v, strings.ToLower) // IAM does not tell the case of actions apart
		case "Resource", "NotResource":
			out[name] = unordered(v, nil)
		case "Principal", "NotPrincipal":
			out[name] = principalMeaning(v)
		case "Condition":
			out[name] = conditionMeaning(v)
		default:
			out[name] = v
		}
	}
	return out
}

// unordered writes one text or a list of texts as a sorted list without repetition.
func unordered(v Value, fold func(string) string) Value {
	list, isList := v.([]Value)
	if !isList {
		list = []Value{v}
	}
	texts := make([]string, 0, len(list))
	for _, e := range list {
		text, ok := scalarText(e)
		if !ok {
			return v
		}
		if fold != nil {
			text = fold(text)
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	out := make([]Value, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}

// scalarText writes a scalar as policies may: true and "true", 1 and "1" are the same there.
func scalarText(v Value) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case bool:
		return quoted(x), true
	case json.Number:
		return number(x.String()), true
	}
	return "", false
}

// principalMeaning: "*" is every AWS principal, and an account's number is its root.
func principalMeaning(v Value) Value {
	if v == "*" {
		v = map[string]Value{"AWS": "*"}
	}
	principals, ok := v.(map[string]Value)
	if !ok {
		return v
	}
	out := map[string]Value{}
	for kind, who := range principals {
		fold := func(s string) string { return s }
		if kind == "AWS" {
			fold = accountRoot
		}
		out[kind] = unordered(who, fold)
	}
	return out
}

func accountRoot(principal string) string {
	if len(principal) == 12 && isDigits(principal) {
		return "arn:aws:iam::" + principal + ":root"
	}
	return principal
}

// conditionMeaning: operators and keys are told apart without case, and the order of values says nothing.
func conditionMeaning(v Value) Value {
	operators, ok := v.(map[string]Value)
	if !ok {
		return v
	}
	out := map[string]Value{}
	for operator, v := range operators {
		keys, ok := v.(map[string]Value)
		if !ok {
			return operators
		}
		folded := map[string]Value{}
		for key, values := range keys {
			folded[strings.ToLower(key)] = unordered(values, nil)
		}
		if len(folded) != len(keys) {
			return operators // two keys that differ only in case: nothing is folded
		}
		out[strings.ToLower(operator)] = folded
	}
	if len(out) != len(operators) {
		return operators
	}
	return out
}
