package policydoc

import (
	"cmp"
	"encoding/json"
	"slices"
)

// A policy has Google's order of keys, as google.golang.org/api/cloudresourcemanager/v1 declares them.
type policy struct {
	AuditConfigs []auditConfig `json:"auditConfigs,omitempty"`
	Bindings     []binding     `json:"bindings,omitempty"`
}

type auditConfig struct {
	AuditLogConfigs []auditLogConfig `json:"auditLogConfigs,omitempty"`
	Service         string           `json:"service,omitempty"`
}

type auditLogConfig struct {
	ExemptedMembers []string `json:"exemptedMembers,omitempty"`
	LogType         string   `json:"logType,omitempty"`
}

type binding struct {
	Condition *expression `json:"condition,omitempty"`
	Members   []string    `json:"members,omitempty"`
	Role      string      `json:"role,omitempty"`
}

type expression struct {
	Description string `json:"description,omitempty"`
	Expression  string `json:"expression,omitempty"`
	Title       string `json:"title,omitempty"`
}

// Bindings renders the arguments of the data source google_iam_policy: members and bindings sorted, as the provider does.
func Bindings(arguments map[string]any) (string, error) {
	var p policy
	for _, b := range blocks(arguments["binding"]) {
		out := binding{Role: text(b["role"]), Members: texts(b["members"])}
		slices.Sort(out.Members)
		for _, c := range blocks(b["condition"]) {
			out.Condition = &expression{Title: text(c["title"]), Description: text(c["description"]), Expression: text(c["expression"])}
		}
		p.Bindings = append(p.Bindings, out)
	}
	slices.SortStableFunc(p.Bindings, func(a, b binding) int { return cmp.Compare(a.Role, b.Role) })
	for _, a := range blocks(arguments["audit_config"]) {
		out := auditConfig{Service: text(a["service"])}
		for _, l := range blocks(a["audit_log_configs"]) {
			out.AuditLogConfigs = append(out.AuditLogConfigs, auditLogConfig{LogType: text(l["log_type"]), ExemptedMembers: texts(l["exempted_members"])})
		}
		p.AuditConfigs = append(p.AuditConfigs, out)
	}
	b, err := json.Marshal(p)
	return string(b), err
}
