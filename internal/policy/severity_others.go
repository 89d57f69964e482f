package policy

const workloads = "kubernetes_{deployment,deployment_v1,daemonset,daemon_set_v1,stateful_set,stateful_set_v1,job,job_v1}"

const podSpec = "spec.template.spec."

var kubernetesRows = []row{
	{"kubernetes_{cluster_role_binding,cluster_role_binding_v1,role_binding,role_binding_v1}", "role_ref.name", becomes("cluster-admin"), "critical", "grants cluster-admin"},
	{"kubernetes_{cluster_role_binding,cluster_role_binding_v1,role_binding,role_binding_v1}", "subject.name", becomes("system:anonymous", "system:unauthenticated", "system:authenticated"), "critical", "grants access to everybody"},
	{"kubernetes_{cluster_role_binding,cluster_role_binding_v1}", "subject", grows, "high", "grants access to more subjects"},
	{"kubernetes_{cluster_role,cluster_role_v1,role,role_v1}", "rule.verbs", becomes("*", "escalate", "bind", "impersonate"), "high", "grants every verb, or one that leads to all"},
	{"kubernetes_{cluster_role,cluster_role_v1,role,role_v1}", "rule.resources", becomes("*", "secrets"), "high", "grants access to every resource, or to secrets"},
	{workloads, podSpec + "container.security_context.privileged", switchedOn, "critical", "runs a privileged container"},
	{workloads, podSpec + "container.security_context.allow_privilege_escalation", switchedOn, "high", "allows privilege escalation"},
	{workloads, podSpec + "container.security_context.run_as_non_root", switchedOff, "high", "allows running as root"},
	{workloads, podSpec + "container.security_context.capabilities.add", becomes("ALL", "SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"), "high", "adds a dangerous capability"},
	{workloads, podSpec + "security_context.run_as_non_root", switchedOff, "high", "allows running as root"},
	{workloads, podSpec + "host_network", switchedOn, "high", "shares the host's network"},
	{workloads, podSpec + "host_pid", switchedOn, "high", "shares the host's processes"},
	{workloads, podSpec + "volume.host_path.path", becomes("*"), "high", "mounts a directory of the host"},
	{workloads, podSpec + "container.image", changed, "medium", "runs another image"},
	{"kubernetes_{service,service_v1}", "spec.type", becomes("LoadBalancer", "NodePort"), "high", "makes the service reachable from outside the cluster"},
	{"kubernetes_{service,service_v1}", "spec.load_balancer_source_ranges", gone, "critical", "opens the service to the internet"},
	{"kubernetes_{network_policy,network_policy_v1}", "spec.policy_types", fewer, "high", "narrows the network policy"},
	{"kubernetes_{service_account,service_account_v1}", "automount_service_account_token", switchedOn, "medium", "mounts the account's token"},
	{"kubernetes_{namespace,namespace_v1}", "metadata.labels.pod-security*enforce", becomes("privileged"), "high", "allows privileged pods"},
}

var githubRows = []row{
	{"github_repository", "visibility", becomes("public"), "critical", "makes the repository public"},
	{"github_repository", "private", switchedOff, "critical", "makes the repository public"},
	{"github_repository", "vulnerability_alerts", switchedOff, "high", "turns vulnerability alerts off"},
	{"github_repository", "security_and_analysis.*.status", becomes("disabled"), "high", "turns a scanner off"},
	{"github_repository", "archived", switchedOff, "low", "opens an archived repository"},
	{"github_{branch_protection,branch_protection_v3}", "enforce_admins", switchedOff, "high", "exempts administrators from branch protection"},
	{"github_{branch_protection,branch_protection_v3}", "allows_force_pushes", switchedOn, "high", "allows history to be rewritten"},
	{"github_branch_protection", "allows_deletions", switchedOn, "high", "allows the branch to be deleted"},
	{"github_{branch_protection,branch_protection_v3}", "required_pull_request_reviews", gone, "critical", "removes the need for review"},
	{"github_{branch_protection,branch_protection_v3}", "required_pull_request_reviews.required_approving_review_count", lowered, "high", "asks for fewer reviews"},
	{"github_{branch_protection,branch_protection_v3}", "required_pull_request_reviews.require_code_owner_reviews", switchedOff, "high", "removes the need for the owners' review"},
	{"github_{branch_protection,branch_protection_v3}", "required_pull_request_reviews.dismiss_stale_reviews", switchedOff, "medium", "keeps reviews of older commits"},
	{"github_{branch_protection,branch_protection_v3}", "required_status_checks", gone, "high", "removes the need for checks"},
	{"github_{branch_protection,branch_protection_v3}", "required_status_checks.contexts", fewer, "medium", "asks for fewer checks"},
	{"github_{branch_protection,branch_protection_v3}", "require_signed_commits", switchedOff, "medium", "allows unsigned commits"},
	{"github_{repository,organization}_ruleset", "enforcement", becomes("disabled", "evaluate"), "critical", "stops enforcing the rules"},
	{"github_{repository,organization}_ruleset", "bypass_actors", grows, "high", "lets more people pass the rules"},
	{"github_{repository_collaborator,team_repository}", "permission", becomes("admin", "maintain"), "high", "grants administration of the repository"},
	{"github_repository_collaborators", "{user,team}.permission", becomes("admin"), "high", "grants administration of the repository"},
	{"github_{membership,team_membership}", "role", becomes("admin", "maintainer"), "high", "makes a member an administrator"},
	{"github_{actions_repository_permissions,actions_organization_permissions}", "allowed_actions", becomes("all"), "high", "allows every action"},
	{"github_organization_settings", "two_factor_requirement", switchedOff, "critical", "removes the need for a second factor"},
	{"github_organization_settings", "default_repository_permission", becomes("write", "admin"), "high", "lets every member write"},
	{"github_repository_webhook", "configuration.insecure_ssl", switchedOn, "high", "sends events without checking the receiver"},
	{"github_repository_deploy_key", "read_only", switchedOff, "high", "lets the deploy key write"},
}
