# CloudWatch cross-account observability in the provider's Region, for accounts[].monitored_by and organization.found_by=links: a sink
# in the monitoring account (organization_id), a link to it in every other account (sink_arn), with Bedrock's metrics and nothing
# else. A module of its own, used once for each account and source Region.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.58" # aws_oam_link.link_configuration
    }
  }
}

variable "organization_id" {
  description = "In the monitoring account: the organization whose accounts may link themselves. Null where the account has a sink already, or is linked itself."
  type        = string
  default     = null
}

variable "exporter_role_name" {
  description = "In the monitoring account, for found_by=links: the exporter's role, which may list sinks and links. In one Region only, roles are global."
  type        = string
  default     = null
}

variable "sink_arn" {
  description = "In every other account: the sink in the monitoring account and this Region."
  type        = string
  default     = null
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}

data "aws_iam_policy_document" "sink" {
  count = var.organization_id == null ? 0 : 1

  statement {
    actions   = ["oam:CreateLink", "oam:UpdateLink"]
    resources = ["*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }
    condition {
      test     = "ForAllValues:StringEquals"
      variable = "oam:ResourceTypes"
      values   = ["AWS::CloudWatch::Metric"]
    }
  }
}

resource "aws_oam_sink" "this" {
  count = length(data.aws_iam_policy_document.sink)
  name  = "bedrock-quotas"
}

resource "aws_oam_sink_policy" "this" {
  count           = length(aws_oam_sink.this)
  sink_identifier = aws_oam_sink.this[0].arn
  policy          = data.aws_iam_policy_document.sink[0].json
}

data "aws_iam_policy_document" "links" {
  # Sinks cannot be limited to resources.
  statement {
    sid       = "ListSinks"
    actions   = ["oam:ListSinks"]
    resources = ["*"]
  }

  statement {
    sid       = "ListLinks"
    actions   = ["oam:ListAttachedLinks"]
    resources = ["arn:${data.aws_partition.this.partition}:oam:*:${data.aws_caller_identity.this.account_id}:sink/*"]
  }
}

resource "aws_iam_role_policy" "links" {
  count  = var.exporter_role_name == null ? 0 : 1
  name   = "list-linked-accounts"
  role   = var.exporter_role_name
  policy = data.aws_iam_policy_document.links.json
}

resource "aws_oam_link" "this" {
  count           = var.sink_arn == null ? 0 : 1
  label_template  = "$AccountName"
  resource_types  = ["AWS::CloudWatch::Metric"]
  sink_identifier = var.sink_arn

  link_configuration {
    metric_configuration {
      filter = "Namespace IN ('AWS/Bedrock', 'AWS/BedrockMantle', 'AWS/Bedrock/Batch')"
    }
  }
}

output "sink_arn" {
  description = "For the accounts that are linked."
  value       = one(aws_oam_sink.this[*].arn)
}
