package trail

// awsKinds are the resource types whose calls are known. Parameters are spelled as CloudTrail spells them, odd capitals and all.
// Sources: the service models of the AWS SDK for operation and member names; real records for what the log does to them.
var awsKinds = map[string]kind{
	"aws_instance": {
		service: "ec2", key: map[string]string{"instanceId": "id"}, create: "RunInstances", remove: "TerminateInstances", list: "instancesSet.items[].instanceId",
		answer: map[string]string{"instancesSet.items[].instanceId": "id"},
		operations: []operation{
			{name: "RunInstances", make: true, sets: map[string]string{"ami": "instancesSet.items[].imageId", "key_name": "instancesSet.items[].keyName"}},
			{name: "ModifyInstanceAttribute", wrap: true, sets: map[string]string{
				"instance_type": "instanceType", "disable_api_termination": "disableApiTermination", "disable_api_stop": "disableApiStop",
				"ebs_optimized": "ebsOptimized", "source_dest_check": "sourceDestCheck",
				"instance_initiated_shutdown_behavior": "instanceInitiatedShutdownBehavior",
			}},
			{name: "ModifyInstanceMetadataOptions", sets: map[string]string{
				"metadata_options.http_tokens": "ModifyInstanceMetadataOptionsRequest.HttpTokens", "metadata_options.http_endpoint": "ModifyInstanceMetadataOptionsRequest.HttpEndpoint",
				"metadata_options.http_put_response_hop_limit": "ModifyInstanceMetadataOptionsRequest.HttpPutResponseHopLimit",
				"metadata_options.instance_metadata_tags":      "ModifyInstanceMetadataOptionsRequest.InstanceMetadataTags",
			}},
			{name: "ReplaceIamInstanceProfileAssociation", sets: map[string]string{"iam_instance_profile": "ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name"}},
		},
		special: instanceSettings,
	},
	"aws_security_group": {
		service: "ec2", key: map[string]string{"groupId": "id"}, create: "CreateSecurityGroup", remove: "DeleteSecurityGroup",
		answer:     map[string]string{"groupId": "id"},
		operations: []operation{{name: "CreateSecurityGroup", make: true, sets: map[string]string{"name": "groupName", "description": "groupDescription", "vpc_id": "vpcId"}}},
		special:    groupRules,
	},
	"aws_vpc_security_group_ingress_rule": {
		service: "ec2", key: map[string]string{"groupId": "security_group_id"}, create: "AuthorizeSecurityGroupIngress", remove: "RevokeSecurityGroupIngress",
		answer:     map[string]string{"securityGroupRuleSet.items[].securityGroupRuleId": "id"},
		operations: []operation{{name: "AuthorizeSecurityGroupIngress", make: true, sets: map[string]string{"cidr_ipv4": "cidrIp", "from_port": "fromPort", "to_port": "toPort", "ip_protocol": "ipProtocol"}}},
		special:    ruleOf("ingress"),
	},
	"aws_vpc_security_group_egress_rule": {
		service: "ec2", key: map[string]string{"groupId": "security_group_id"}, create: "AuthorizeSecurityGroupEgress", remove: "RevokeSecurityGroupEgress",
		answer:     map[string]string{"securityGroupRuleSet.items[].securityGroupRuleId": "id"},
		operations: []operation{{name: "AuthorizeSecurityGroupEgress", make: true, sets: map[string]string{"cidr_ipv4": "cidrIp", "from_port": "fromPort", "to_port": "toPort", "ip_protocol": "ipProtocol"}}},
		special:    ruleOf("egress"),
	},
	"aws_vpc": {
		service: "ec2", key: map[string]string{"vpcId": "id"}, create: "CreateVpc", remove: "DeleteVpc", answer: map[string]string{"vpc.vpcId": "id"},
		operations: []operation{{name: "ModifyVpcAttribute", wrap: true, sets: map[string]string{
			"enable_dns_hostnames": "enableDnsHostnames", "enable_dns_support": "enableDnsSupport", "enable_network_address_usage_metrics": "enableNetworkAddressUsageMetrics"}}},
	},
	"aws_subnet": {
		service: "ec2", key: map[string]string{"subnetId": "id"}, create: "CreateSubnet", remove: "DeleteSubnet", answer: map[string]string{"subnet.subnetId": "id"},
		operations: []operation{{name: "ModifySubnetAttribute", wrap: true, sets: map[string]string{
			"map_public_ip_on_launch": "mapPublicIpOnLaunch", "assign_ipv6_address_on_creation": "assignIpv6AddressOnCreation", "enable_dns64": "enableDns64"}}},
	},
	"aws_route": {
		service: "ec2", key: map[string]string{"routeTableId": "route_table_id", "destinationCidrBlock": "destination_cidr_block"}, create: "CreateRoute", remove: "DeleteRoute",
		operations: []operation{{name: "ReplaceRoute", sets: map[string]string{
			"gateway_id": "gatewayId", "nat_gateway_id": "natGatewayId", "transit_gateway_id": "transitGatewayId", "network_interface_id": "networkInterfaceId",
			"vpc_endpoint_id": "vpcEndpointId", "vpc_peering_connection_id": "vpcPeeringConnectionId"}}},
	},
	"aws_route_table":      {service: "ec2", key: map[string]string{"routeTableId": "id"}, create: "CreateRouteTable", remove: "DeleteRouteTable", answer: map[string]string{"routeTable.routeTableId": "id"}},
	"aws_internet_gateway": {service: "ec2", key: map[string]string{"internetGatewayId": "id"}, create: "CreateInternetGateway", remove: "DeleteInternetGateway", answer: map[string]string{"internetGateway.internetGatewayId": "id"}},
	"aws_nat_gateway": {
		service: "ec2", key: map[string]string{"CreateNatGatewayRequest.NatGatewayId": "id"}, create: "CreateNatGateway", remove: "DeleteNatGateway",
		answer: map[string]string{"CreateNatGatewayResponse.natGateway.natGatewayId": "id"},
	},
	"aws_eip":                     {service: "ec2", key: map[string]string{"allocationId": "id"}, create: "AllocateAddress", remove: "ReleaseAddress", answer: map[string]string{"allocationId": "id"}},
	"aws_route_table_association": {service: "ec2", key: map[string]string{"associationId": "id"}, create: "AssociateRouteTable", remove: "DisassociateRouteTable", answer: map[string]string{"associationId": "id"}},
	"aws_flow_log":                {service: "ec2", key: map[string]string{"DeleteFlowLogsRequest.FlowLogId.content": "id"}, create: "CreateFlowLogs", remove: "DeleteFlowLogs", answer: map[string]string{"CreateFlowLogsResponse.flowLogIdSet.item": "id"}},
	"aws_vpc_endpoint": {
		service: "ec2", key: map[string]string{"ModifyVpcEndpointRequest.VpcEndpointId": "id"}, create: "CreateVpcEndpoint", remove: "DeleteVpcEndpoints",
		answer: map[string]string{"CreateVpcEndpointResponse.vpcEndpoint.vpcEndpointId": "id"},
		operations: []operation{{name: "ModifyVpcEndpoint", sets: map[string]string{
			"policy": "ModifyVpcEndpointRequest.PolicyDocument", "private_dns_enabled": "ModifyVpcEndpointRequest.PrivateDnsEnabled"}}},
	},
	"aws_ebs_volume": {
		service: "ec2", key: map[string]string{"ModifyVolumeRequest.VolumeId": "id"}, create: "CreateVolume", remove: "DeleteVolume", answer: map[string]string{"volumeId": "id"},
		operations: []operation{{name: "ModifyVolume", sets: map[string]string{
			"size": "ModifyVolumeRequest.Size", "type": "ModifyVolumeRequest.VolumeType", "iops": "ModifyVolumeRequest.Iops", "throughput": "ModifyVolumeRequest.Throughput"}}},
	},
	"aws_launch_template": {
		service: "ec2", key: map[string]string{"CreateLaunchTemplateVersionRequest.LaunchTemplateId": "id"}, create: "CreateLaunchTemplate", remove: "DeleteLaunchTemplate",
		answer: map[string]string{"CreateLaunchTemplateResponse.launchTemplate.launchTemplateId": "id"},
		operations: []operation{{name: "CreateLaunchTemplateVersion", sets: map[string]string{
			"image_id": "CreateLaunchTemplateVersionRequest.LaunchTemplateData.ImageId", "instance_type": "CreateLaunchTemplateVersionRequest.LaunchTemplateData.InstanceType",
			"key_name": "CreateLaunchTemplateVersionRequest.LaunchTemplateData.KeyName"}}},
	},
	"aws_autoscaling_group": {
		service: "autoscaling", key: map[string]string{"autoScalingGroupName": "name"}, create: "CreateAutoScalingGroup", remove: "DeleteAutoScalingGroup",
		operations: []operation{{name: "UpdateAutoScalingGroup", sets: map[string]string{
			"desired_capacity": "desiredCapacity", "min_size": "minSize", "max_size": "maxSize", "default_cooldown": "defaultCooldown",
			"health_check_type": "healthCheckType", "health_check_grace_period": "healthCheckGracePeriod", "protect_from_scale_in": "newInstancesProtectedFromScaleIn"}}},
	},

	"aws_s3_bucket": {
		service: "s3", key: map[string]string{"bucketName": "bucket"}, create: "CreateBucket", remove: "DeleteBucket", arn: "AWS::S3::Bucket",
		special: bucketBlocks,
	},
	"aws_s3_bucket_versioning":                           s3Part("BucketVersioning", "versioning", "VersioningConfiguration", versioningBody),
	"aws_s3_bucket_public_access_block":                  s3Part("BucketPublicAccessBlock", "publicAccessBlock", "PublicAccessBlockConfiguration", accessBlockBody),
	"aws_s3_bucket_server_side_encryption_configuration": s3Part("BucketEncryption", "encryption", "ServerSideEncryptionConfiguration", encryptionBody),
	"aws_s3_bucket_lifecycle_configuration":              s3Part("BucketLifecycle", "lifecycle", "LifecycleConfiguration", lifecycleBody),
	"aws_s3_bucket_policy":                               s3Part("BucketPolicy", "policy", "bucketPolicy", policyBody),
	"aws_s3_bucket_ownership_controls":                   s3Part("BucketOwnershipControls", "ownershipControls", "OwnershipControls", ownershipBody),
	"aws_s3_bucket_logging":                              s3Part("BucketLogging", "logging", "BucketLoggingStatus", loggingBody),

	"aws_iam_role": {
		service: "iam", global: true, key: map[string]string{"roleName": "name"}, create: "CreateRole", remove: "DeleteRole", answer: map[string]string{"role.roleId": "unique_id", "role.arn": "arn"},
		operations: []operation{
			{name: "UpdateAssumeRolePolicy", sets: map[string]string{"assume_role_policy": "policyDocument"}},
			{name: "UpdateRole", sets: map[string]string{"max_session_duration": "maxSessionDuration", "description": "description"}},
			{name: "PutRolePermissionsBoundary", sets: map[string]string{"permissions_boundary": "permissionsBoundary"}},
		},
		special: attachments, tags: tagsIAM("Role"),
	},
	"aws_iam_role_policy": {
		service: "iam", global: true, key: map[string]string{"roleName": "role", "policyName": "name"}, create: "PutRolePolicy", remove: "DeleteRolePolicy",
		operations: []operation{{name: "PutRolePolicy", sets: map[string]string{"policy": "policyDocument"}}},
	},
	"aws_iam_role_policy_attachment": {service: "iam", global: true, key: map[string]string{"roleName": "role", "policyArn": "policy_arn"}, create: "AttachRolePolicy", remove: "DetachRolePolicy"},
	"aws_iam_policy": {
		service: "iam", global: true, key: map[string]string{"policyArn": "arn"}, create: "CreatePolicy", remove: "DeletePolicy", answer: map[string]string{"policy.arn": "arn", "policy.policyId": "policy_id"},
		operations: []operation{{name: "CreatePolicyVersion", sets: map[string]string{"policy": "policyDocument"}, with: map[string]any{"setAsDefault": true}}},
		tags:       tagsIAM("Policy"),
	},
	"aws_iam_instance_profile": {service: "iam", global: true, key: map[string]string{"instanceProfileName": "name"}, create: "CreateInstanceProfile", remove: "DeleteInstanceProfile", tags: tagsIAM("InstanceProfile")},
	"aws_iam_user":             {service: "iam", global: true, key: map[string]string{"userName": "name"}, create: "CreateUser", remove: "DeleteUser", tags: tagsIAM("User")},

	"aws_lambda_function": {
		service: "lambda", key: map[string]string{"functionName": "function_name"}, create: "CreateFunction20150331", remove: "DeleteFunction20150331", answer: map[string]string{"functionArn": "arn", "functionName": "function_name"},
		operations: []operation{
			{name: "UpdateFunctionConfiguration20150331v2", sets: map[string]string{
				"memory_size": "memorySize", "timeout": "timeout", "handler": "handler", "runtime": "runtime", "description": "description", "role": "role", "layers": "layers"}},
			{name: "UpdateFunctionCode20150331v2", sets: map[string]string{"s3_key": "s3Key", "s3_bucket": "s3Bucket", "image_uri": "imageUri"}},
			{name: "PutFunctionConcurrency20171031", sets: map[string]string{"reserved_concurrent_executions": "reservedConcurrentExecutions"}},
		},
		special: functionSettings, tags: tagsLambda,
	},
	"aws_ecs_service": {
		service: "ecs", key: map[string]string{"service": "name", "cluster": "cluster"}, create: "CreateService", remove: "DeleteService", answer: map[string]string{"service.serviceArn": "id"},
		operations: []operation{{name: "UpdateService", sets: map[string]string{
			"desired_count": "desiredCount", "task_definition": "taskDefinition", "enable_execute_command": "enableExecuteCommand", "platform_version": "platformVersion",
			"health_check_grace_period_seconds": "healthCheckGracePeriodSeconds", "propagate_tags": "propagateTags",
			"deployment_maximum_percent": "deploymentConfiguration.maximumPercent", "deployment_minimum_healthy_percent": "deploymentConfiguration.minimumHealthyPercent"}}},
	},
	"aws_ecs_cluster": {service: "ecs", key: map[string]string{"cluster": "name"}, create: "CreateCluster", remove: "DeleteCluster", answer: map[string]string{"cluster.clusterArn": "arn"},
		operations: []operation{{name: "UpdateClusterSettings", sets: map[string]string{"setting": "settings"}}}},
	"aws_ecs_task_definition": {service: "ecs", key: map[string]string{"family": "family"}, create: "RegisterTaskDefinition", remove: "DeregisterTaskDefinition", answer: map[string]string{"taskDefinition.taskDefinitionArn": "arn"}},
	"aws_appautoscaling_target": {
		service: "autoscaling", key: map[string]string{"resourceId": "resource_id", "serviceNamespace": "service_namespace", "scalableDimension": "scalable_dimension"}, create: "RegisterScalableTarget", remove: "DeregisterScalableTarget",
		operations: []operation{{name: "RegisterScalableTarget", sets: map[string]string{"min_capacity": "minCapacity", "max_capacity": "maxCapacity"}}},
	},
	"aws_ecr_repository": {
		service: "ecr", key: map[string]string{"repositoryName": "name"}, create: "CreateRepository", remove: "DeleteRepository",
		operations: []operation{
			{name: "PutImageTagMutability", sets: map[string]string{"image_tag_mutability": "imageTagMutability"}},
			{name: "PutImageScanningConfiguration", sets: map[string]string{"image_scanning_configuration.scan_on_push": "imageScanningConfiguration.scanOnPush"}},
		},
	},
	"aws_eks_cluster": {
		service: "eks", key: map[string]string{"name": "name"}, create: "CreateCluster", remove: "DeleteCluster", tags: tagsByMap,
		operations: []operation{
			{name: "UpdateClusterVersion", sets: map[string]string{"version": "version"}},
			{name: "UpdateClusterConfig", sets: map[string]string{
				"vpc_config.endpoint_public_access": "resourcesVpcConfig.endpointPublicAccess", "vpc_config.endpoint_private_access": "resourcesVpcConfig.endpointPrivateAccess",
				"vpc_config.public_access_cidrs": "resourcesVpcConfig.publicAccessCidrs", "enabled_cluster_log_types": "logging.clusterLogging.types"}},
		},
	},
	"aws_eks_node_group": {
		service: "eks", key: map[string]string{"name": "cluster_name", "nodegroupName": "node_group_name"}, create: "CreateNodegroup", remove: "DeleteNodegroup", tags: tagsByMap,
		operations: []operation{
			{name: "UpdateNodegroupConfig", sets: map[string]string{"scaling_config.desired_size": "scalingConfig.desiredSize", "scaling_config.min_size": "scalingConfig.minSize", "scaling_config.max_size": "scalingConfig.maxSize", "labels": "labels.addOrUpdateLabels"}},
			{name: "UpdateNodegroupVersion", sets: map[string]string{"version": "version", "release_version": "releaseVersion"}},
		},
	},

	"aws_db_instance": {
		service: "rds", key: map[string]string{"dBInstanceIdentifier": "identifier"}, create: "CreateDBInstance", remove: "DeleteDBInstance", answer: map[string]string{"dBInstanceArn": "arn", "dbiResourceId": "id"}, tags: tagsRDS,
		operations: []operation{{name: "ModifyDBInstance", with: map[string]any{"applyImmediately": true, "allowMajorVersionUpgrade": false}, sets: map[string]string{
			"instance_class": "dBInstanceClass", "allocated_storage": "allocatedStorage", "max_allocated_storage": "maxAllocatedStorage", "backup_retention_period": "backupRetentionPeriod",
			"multi_az": "multiAZ", "publicly_accessible": "publiclyAccessible", "deletion_protection": "deletionProtection", "engine_version": "engineVersion",
			"storage_type": "storageType", "iops": "iops", "backup_window": "preferredBackupWindow", "maintenance_window": "preferredMaintenanceWindow",
			"parameter_group_name": "dBParameterGroupName", "auto_minor_version_upgrade": "autoMinorVersionUpgrade", "copy_tags_to_snapshot": "copyTagsToSnapshot",
			"monitoring_interval": "monitoringInterval", "performance_insights_enabled": "enablePerformanceInsights", "vpc_security_group_ids": "vpcSecurityGroupIds",
			"iam_database_authentication_enabled": "enableIAMDatabaseAuthentication", "ca_cert_identifier": "cACertificateIdentifier"}}},
	},
	"aws_db_parameter_group": {
		service: "rds", key: map[string]string{"dBParameterGroupName": "name"}, create: "CreateDBParameterGroup", remove: "DeleteDBParameterGroup", tags: tagsRDS, special: databaseParameters,
	},
	"aws_rds_cluster": {
		service: "rds", key: map[string]string{"dBClusterIdentifier": "cluster_identifier"}, create: "CreateDBCluster", remove: "DeleteDBCluster", tags: tagsRDS,
		operations: []operation{{name: "ModifyDBCluster", with: map[string]any{"applyImmediately": true}, sets: map[string]string{
			"backup_retention_period": "backupRetentionPeriod", "deletion_protection": "deletionProtection", "engine_version": "engineVersion",
			"preferred_backup_window": "preferredBackupWindow", "preferred_maintenance_window": "preferredMaintenanceWindow", "copy_tags_to_snapshot": "copyTagsToSnapshot"}}},
	},
	"aws_dynamodb_table": {
		service: "dynamodb", key: map[string]string{"tableName": "name"}, create: "CreateTable", remove: "DeleteTable", arn: "AWS::DynamoDB::Table",
		operations: []operation{
			{name: "UpdateTable", sets: map[string]string{
				"billing_mode": "billingMode", "read_capacity": "provisionedThroughput.readCapacityUnits", "write_capacity": "provisionedThroughput.writeCapacityUnits",
				"deletion_protection_enabled": "deletionProtectionEnabled", "table_class": "tableClass", "stream_enabled": "streamSpecification.streamEnabled"}},
			{name: "UpdateTimeToLive", sets: map[string]string{"ttl.enabled": "timeToLiveSpecification.enabled", "ttl.attribute_name": "timeToLiveSpecification.attributeName"}, full: true},
			{name: "UpdateContinuousBackups", sets: map[string]string{"point_in_time_recovery.enabled": "pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled"}},
		},
	},
	"aws_elasticache_replication_group": {
		service: "elasticache", key: map[string]string{"replicationGroupId": "replication_group_id"}, create: "CreateReplicationGroup", remove: "DeleteReplicationGroup", tags: tagsRDS,
		operations: []operation{{name: "ModifyReplicationGroup", with: map[string]any{"applyImmediately": true}, sets: map[string]string{
			"node_type": "cacheNodeType", "engine_version": "engineVersion", "snapshot_retention_limit": "snapshotRetentionLimit", "multi_az_enabled": "multiAZEnabled", "automatic_failover_enabled": "automaticFailoverEnabled"}}},
	},
	"aws_kms_key": {
		service: "kms", key: map[string]string{"keyId": "id"}, create: "CreateKey", remove: "ScheduleKeyDeletion", arn: "AWS::KMS::Key", answer: map[string]string{"keyMetadata.keyId": "id", "keyMetadata.arn": "arn"}, tags: tagsKMS,
		operations: []operation{{name: "UpdateKeyDescription", sets: map[string]string{"description": "description"}}},
		special:    keySettings,
	},
	"aws_secretsmanager_secret": {
		service: "secretsmanager", key: map[string]string{"secretId": "arn"}, create: "CreateSecret", remove: "DeleteSecret", answer: map[string]string{"arn": "arn", "name": "name"}, tags: tagsSecret,
		operations: []operation{{name: "UpdateSecret", sets: map[string]string{"description": "description", "kms_key_id": "kmsKeyId"}}},
	},
	"aws_ssm_parameter": {
		service: "ssm", key: map[string]string{"name": "name"}, create: "PutParameter", remove: "DeleteParameter", tags: tagsSSM, special: parameterValue,
	},

	"aws_lb": {
		service: "elasticloadbalancing", key: map[string]string{"loadBalancerArn": "arn"}, create: "CreateLoadBalancer", remove: "DeleteLoadBalancer", answer: map[string]string{"loadBalancers[].loadBalancerArn": "arn"}, tags: tagsELB,
		operations: []operation{
			{name: "SetSecurityGroups", sets: map[string]string{"security_groups": "securityGroups"}},
			{name: "SetSubnets", sets: map[string]string{"subnets": "subnets"}},
			{name: "SetIpAddressType", sets: map[string]string{"ip_address_type": "ipAddressType"}},
		},
		special: attributeList("ModifyLoadBalancerAttributes", "loadBalancerArn", map[string]string{
			"idle_timeout": "idle_timeout.timeout_seconds", "enable_deletion_protection": "deletion_protection.enabled", "enable_http2": "routing.http2.enabled",
			"drop_invalid_header_fields": "routing.http.drop_invalid_header_fields.enabled", "desync_mitigation_mode": "routing.http.desync_mitigation_mode"}),
	},
	"aws_lb_target_group": {
		service: "elasticloadbalancing", key: map[string]string{"targetGroupArn": "arn"}, create: "CreateTargetGroup", remove: "DeleteTargetGroup", answer: map[string]string{"targetGroups[].targetGroupArn": "arn"}, tags: tagsELB,
		operations: []operation{{name: "ModifyTargetGroup", sets: map[string]string{
			"health_check.path": "healthCheckPath", "health_check.interval": "healthCheckIntervalSeconds", "health_check.timeout": "healthCheckTimeoutSeconds",
			"health_check.healthy_threshold": "healthyThresholdCount", "health_check.unhealthy_threshold": "unhealthyThresholdCount", "health_check.matcher": "matcher.httpCode",
			"health_check.port": "healthCheckPort", "health_check.protocol": "healthCheckProtocol"}}},
		special: attributeList("ModifyTargetGroupAttributes", "targetGroupArn", map[string]string{
			"deregistration_delay": "deregistration_delay.timeout_seconds", "slow_start": "slow_start.duration_seconds", "load_balancing_algorithm_type": "load_balancing.algorithm.type"}),
	},
	"aws_lb_listener": {
		service: "elasticloadbalancing", key: map[string]string{"listenerArn": "arn"}, create: "CreateListener", remove: "DeleteListener", answer: map[string]string{"listeners[].listenerArn": "arn"}, tags: tagsELB,
		operations: []operation{{name: "ModifyListener", sets: map[string]string{"port": "port", "protocol": "protocol", "ssl_policy": "sslPolicy", "default_action": "defaultActions"}}},
	},

	"aws_sqs_queue": {
		service: "sqs", key: map[string]string{"queueUrl": "id"}, create: "CreateQueue", remove: "DeleteQueue", arn: "AWS::SQS::Queue", answer: map[string]string{"queueUrl": "id"}, tags: tagsSQS,
		special: queueAttributes(map[string]string{
			"visibility_timeout_seconds": "VisibilityTimeout", "message_retention_seconds": "MessageRetentionPeriod", "max_message_size": "MaximumMessageSize", "delay_seconds": "DelaySeconds",
			"receive_wait_time_seconds": "ReceiveMessageWaitTimeSeconds", "policy": "Policy", "redrive_policy": "RedrivePolicy", "kms_master_key_id": "KmsMasterKeyId", "sqs_managed_sse_enabled": "SqsManagedSseEnabled"}),
	},
	"aws_sns_topic": {
		service: "sns", key: map[string]string{"topicArn": "arn"}, create: "CreateTopic", remove: "DeleteTopic", answer: map[string]string{"topicArn": "arn"},
		special: topicAttributes(map[string]string{"policy": "Policy", "display_name": "DisplayName", "kms_master_key_id": "KmsMasterKeyId", "delivery_policy": "DeliveryPolicy"}),
	},
	"aws_cloudwatch_log_group": {
		service: "logs", key: map[string]string{"logGroupName": "name"}, create: "CreateLogGroup", remove: "DeleteLogGroup", tags: tagsByMap, special: retention,
		operations: []operation{{name: "AssociateKmsKey", sets: map[string]string{"kms_key_id": "kmsKeyId"}}},
	},
	"aws_cloudwatch_metric_alarm": {
		service: "monitoring", key: map[string]string{"alarmName": "alarm_name"}, create: "PutMetricAlarm", remove: "DeleteAlarms", list: "alarmNames[]",
		operations: []operation{{name: "PutMetricAlarm", full: true, sets: map[string]string{
			"threshold": "threshold", "evaluation_periods": "evaluationPeriods", "period": "period", "comparison_operator": "comparisonOperator", "statistic": "statistic", "metric_name": "metricName",
			"namespace": "namespace", "actions_enabled": "actionsEnabled", "alarm_actions": "alarmActions", "treat_missing_data": "treatMissingData", "datapoints_to_alarm": "datapointsToAlarm", "alarm_description": "alarmDescription"}}},
	},
	"aws_cloudwatch_dashboard": {
		service: "monitoring", key: map[string]string{"dashboardName": "dashboard_name"}, create: "PutDashboard", remove: "DeleteDashboards", list: "dashboardNames[]",
		operations: []operation{{name: "PutDashboard", sets: map[string]string{"dashboard_body": "dashboardBody"}}},
	},
	"aws_cloudwatch_event_rule": {
		service: "events", key: map[string]string{"name": "name"}, create: "PutRule", remove: "DeleteRule",
		operations: []operation{{name: "PutRule", full: true, sets: map[string]string{
			"schedule_expression": "scheduleExpression", "event_pattern": "eventPattern", "state": "state", "description": "description", "event_bus_name": "eventBusName"}}},
	},
	"aws_sfn_state_machine": {
		service: "states", key: map[string]string{"stateMachineArn": "arn"}, create: "CreateStateMachine", remove: "DeleteStateMachine", answer: map[string]string{"stateMachineArn": "arn"},
		operations: []operation{{name: "UpdateStateMachine", sets: map[string]string{"definition": "definition", "role_arn": "roleArn"}}},
	},
	"aws_route53_record": {
		service: "route53", global: true, key: map[string]string{"hostedZoneId": "zone_id"}, special: recordSet, whole: recordSets,
	},
	"aws_route53_zone": {service: "route53", global: true, key: map[string]string{"id": "id"}, create: "CreateHostedZone", remove: "DeleteHostedZone",
		operations: []operation{{name: "UpdateHostedZoneComment", sets: map[string]string{"comment": "comment"}}}},
	"aws_cloudfront_distribution": {
		service: "cloudfront", global: true, key: map[string]string{"id": "id"}, create: "CreateDistribution", remove: "DeleteDistribution",
		operations: []operation{{name: "UpdateDistribution", full: true, sets: map[string]string{
			"enabled": "distributionConfig.enabled", "comment": "distributionConfig.comment", "price_class": "distributionConfig.priceClass", "http_version": "distributionConfig.httpVersion",
			"default_root_object": "distributionConfig.defaultRootObject", "is_ipv6_enabled": "distributionConfig.isIPV6Enabled", "web_acl_id": "distributionConfig.webACLId"}}},
	},
}

// awsServices are the event sources whose name is not the first word of the resource type.
var awsServices = map[string]string{
	"acm": "acm", "api_gateway": "apigateway", "apigatewayv2": "apigateway", "appautoscaling": "autoscaling", "athena": "athena", "autoscaling": "autoscaling", "backup": "backup",
	"cloudfront": "cloudfront", "cloudtrail": "cloudtrail", "cloudwatch": "monitoring", "cloudwatch_event": "events", "cloudwatch_log": "logs", "codebuild": "codebuild", "cognito": "cognito-idp",
	"db": "rds", "dynamodb": "dynamodb", "ecr": "ecr", "ecs": "ecs", "efs": "elasticfilesystem", "eks": "eks", "elasticache": "elasticache", "glue": "glue", "iam": "iam", "kinesis": "kinesis",
	"kms": "kms", "lambda": "lambda", "lb": "elasticloadbalancing", "alb": "elasticloadbalancing", "msk": "kafka", "opensearch": "es", "rds": "rds", "redshift": "redshift", "route53": "route53",
	"s3": "s3", "s3_bucket": "s3", "secretsmanager": "secretsmanager", "sfn": "states", "sns": "sns", "sqs": "sqs", "ssm": "ssm", "wafv2": "wafv2",
	"vpc": "ec2", "subnet": "ec2", "instance": "ec2", "security_group": "ec2", "route": "ec2", "route_table": "ec2", "network": "ec2", "ebs": "ec2", "eip": "ec2", "nat": "ec2", "internet": "ec2",
	"launch": "ec2", "key": "ec2", "ami": "ec2", "flow": "ec2", "placement": "ec2", "ec2": "ec2", "default": "ec2", "customer": "ec2", "vpn": "ec2",
}
