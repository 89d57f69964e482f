package config

import (
	"reflect"
	"strings"
)

// A Setting is one line of the reference.
type Setting struct {
	Name     string // with its blocks: publish.max_open_issues, stack "...".workspace
	Type     string // string, number, bool, list of strings, map of strings, expression
	Default  string // as written in the file; "" when there is none
	OneOf    []string
	Required bool
	Meaning  string
}

// Reference lists every setting, in the order of the file.
func Reference() []Setting {
	return settingsOf("", reflect.TypeFor[fileBlock]())
}

func settingsOf(prefix string, t reflect.Type) []Setting {
	var settings []Setting
	for i := range t.NumField() {
		field := t.Field(i)
		name, keyword := hclName(field)
		if isBlock(field) {
			settings = append(settings, settingsOfBlock(prefix+name, elementStruct(field))...)
			continue
		}
		if !isAttribute(field) || name == "" {
			continue
		}
		settings = append(settings, Setting{
			Name: prefix + name, Type: typeName(field.Type), Default: field.Tag.Get("default"), OneOf: strings.Fields(field.Tag.Get("oneof")),
			Required: keyword != "optional", Meaning: field.Tag.Get("doc"),
		})
	}
	return settings
}

func settingsOfBlock(name string, t reflect.Type) []Setting {
	if t == reflect.TypeFor[auditBlock]() {
		var settings []Setting
		for _, log := range sortedLogs() {
			settings = append(settings, settingsOf(name+" \""+log+"\" \"...\".", reflect.TypeOf(auditLogs[log]()).Elem())...)
		}
		return settings
	}
	for i := range t.NumField() {
		if _, keyword := hclName(t.Field(i)); keyword == "label" {
			return settingsOf(name+" \"...\".", t)
		}
	}
	return settingsOf(name+".", t)
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Int:
		return "number"
	case reflect.Bool:
		return "bool"
	case reflect.Slice:
		return "list of strings"
	case reflect.Map:
		return "map of strings"
	}
	return "expression"
}
