terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = { team = "platform" }
  }
}

variable "health" {
  default = "/ready"
}

data "aws_caller_identity" "me" {}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = false
  lifecycle {
    ignore_changes = [enable_dns_hostnames]
  }
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
  tags = { Name = "a" }
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id

  dynamic "ingress" {
    for_each = [80, 443]
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
}

resource "aws_instance" "web" {
  count                  = 3
  ami                    = "ami-0123456789abcdef0"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.a.id
  private_ip             = "10.0.1.${10 + count.index}"
  vpc_security_group_ids = [aws_security_group.web.id]

  root_block_device {
    volume_size = 20
  }

  tags = {
    Name = "web-${count.index}"
  }
}

resource "aws_iam_role" "web" {
  name = "web"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "this" {
  for_each = { read = "s3:GetObject", write = "s3:PutObject" }
  name     = each.key
  role     = aws_iam_role.web.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = [each.value], Resource = "*" }]
  })
}

resource "aws_s3_bucket" "this" {
  for_each = toset(["acme-logs", "acme-scratch"])
  bucket   = each.key
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.this["acme-logs"].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_lb_target_group" "this" {
  for_each = toset(["web", "api"])
  name     = each.key
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.main.id

  health_check {
    path = each.key == "api" ? var.health : "/healthz"
  }
}

output "account" {
  value = data.aws_caller_identity.me.account_id
}
