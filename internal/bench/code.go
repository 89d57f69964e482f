package main

import "fmt"

// A kind of world.
type kind struct {
	name string
	code func(stack string) string

	cloud     bool                        // the stacks need the simulated AWS
	installed bool                        // the stacks need the provider of the mirror
	changes   func(stack string) []string // log groups that are changed by hand besides the one of every tenth stack; nil for none
}

var kinds = []kind{
	{name: "AWS, 16 resources", code: awsCode, cloud: true},
	{name: "local_file, 20", code: fileCode, installed: true},
	{name: "terraform_data, 40", code: dataCode},
}

func dataCode(stack string) string {
	return fmt.Sprintf(`terraform {
  backend "local" {}
}

resource "terraform_data" "part" {
  count = 40
  input = "%s-${count.index}"
}
`, stack)
}

func fileCode(stack string) string {
	return fmt.Sprintf(`terraform {
  backend "local" {}

  required_providers {
    local = {
      source = "hashicorp/local"
    }
  }
}

resource "local_file" "part" {
  count = 20

  filename = "${path.module}/../files/%[1]s-${count.index}"
  content  = "part ${count.index} of %[1]s"
}
`, stack)
}

func awsCode(stack string) string {
	return fmt.Sprintf(`terraform {
  backend "local" {}

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  name = "%s"
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/${local.name}/app"
  retention_in_days = 90
}

resource "aws_sqs_queue" "jobs" {
  for_each = toset(["mail", "media", "export"])

  name                       = "${local.name}-${each.key}"
  visibility_timeout_seconds = 60
}

resource "aws_ssm_parameter" "setting" {
  count = 8

  name  = "/${local.name}/setting-${count.index}"
  type  = "String"
  value = "value ${count.index}"
}

resource "aws_iam_role" "app" {
  name = local.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "app" {
  name = "queues"
  role = aws_iam_role.app.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sqs:SendMessage", "sqs:ReceiveMessage"]
      Resource = [for q in aws_sqs_queue.jobs : q.arn]
    }]
  })
}

resource "aws_s3_bucket" "files" {
  bucket = "${local.name}-files"
}

resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = "Enabled"
  }
}
`, stack)
}
