package policy

import "slices"

// table is every row, of all providers.
var table = slices.Concat(awsRows, googleRows, azureRows, kubernetesRows, githubRows)

// loss is what it means that an object of a type is gone.
var loss = []struct{ types, level, why string }{
	{"aws_cloudtrail", "critical", "the audit trail is gone"},
	{"aws_{guardduty_detector,securityhub_account,config_configuration_recorder,config_configuration_recorder_status,accessanalyzer_analyzer,inspector2_enabler}", "high", "a security monitor is gone"},
	{"aws_{flow_log,cloudwatch_log_group,s3_bucket_logging}", "high", "a log is gone"},
	{"aws_{s3_bucket_public_access_block,s3_account_public_access_block,ec2_image_block_public_access,ebs_snapshot_block_public_access}", "critical", "the block on public access is gone"},
	{"aws_s3_bucket_{server_side_encryption_configuration,versioning,object_lock_configuration}", "high", "a protection of the bucket is gone"},
	{"aws_{iam_account_password_policy,organizations_policy_attachment,wafv2_web_acl_association,kms_key}", "high", "a guard on access is gone"},
	{"aws_{db_instance,rds_cluster,dynamodb_table,s3_bucket,efs_file_system,docdb_cluster,neptune_cluster,redshift_cluster,opensearch_domain,elasticache_replication_group,backup_vault}", "critical", "a store of data is gone"},
	{"aws_{backup_plan,backup_selection,db_snapshot}", "high", "a backup is gone"},
	{"google_{logging_project_sink,logging_organization_sink,project_iam_audit_config}", "critical", "an audit log is gone"},
	{"google_{sql_database_instance,storage_bucket,bigquery_dataset,bigtable_instance,spanner_instance,spanner_database,filestore_instance}", "critical", "a store of data is gone"},
	{"google_{kms_crypto_key,organization_policy,org_policy_policy,compute_security_policy}", "high", "a guard on access is gone"},
	{"azurerm_{monitor_diagnostic_setting,log_analytics_workspace,network_watcher_flow_log}", "high", "a log is gone"},
	{"azurerm_{storage_account,mssql_database,mssql_server,postgresql_flexible_server,mysql_flexible_server,cosmosdb_account,recovery_services_vault}", "critical", "a store of data is gone"},
	{"azurerm_{management_lock,security_center_subscription_pricing,policy_assignment,subscription_policy_assignment,key_vault}", "high", "a guard on access is gone"},
	{"kubernetes_{network_policy,network_policy_v1,pod_disruption_budget,pod_disruption_budget_v1,validating_webhook_configuration,validating_webhook_configuration_v1}", "high", "a guard of the cluster is gone"},
	{"kubernetes_{persistent_volume_claim,persistent_volume_claim_v1,namespace,namespace_v1,stateful_set,stateful_set_v1}", "high", "a store of data may be gone"},
	{"github_{branch_protection,branch_protection_v3,repository_ruleset,organization_ruleset}", "critical", "the protection of a branch is gone"},
	{"github_repository", "critical", "a repository is gone"},
}

func severityOfLoss(resourceType string) Severity {
	for _, l := range loss {
		if (row{types: l.types}).matchesType(resourceType) {
			return Severity{Level: l.level, Why: l.why}
		}
	}
	return Severity{}
}
