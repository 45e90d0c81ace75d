# The monitoring role in every account of an organization, also in those that come later: a service-managed stack set, from
# the management account. That account itself gets no stack of it; an exporter there needs no role.

data "aws_iam_policy_document" "member_trust" {
  count = length(var.organization_unit_ids) == 0 ? 0 : 1

  statement {
    sid     = "ExporterOfAnotherAccount"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [var.trusted_principal_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
}

data "aws_iam_policy_document" "member" {
  count = length(var.organization_unit_ids) == 0 ? 0 : 1

  statement {
    sid = "ReadUsageAndQuotas"
    actions = [
      "bedrock:ListCustomModelDeployments",
      "bedrock:ListCustomModels",
      "bedrock:ListFoundationModels",
      "bedrock:ListInferenceProfiles",
      "bedrock:ListModelInvocationJobs",
      "cloudwatch:GetMetricData",
      "cloudwatch:ListMetrics",
      "servicequotas:ListAWSDefaultServiceQuotas",
      "servicequotas:ListServiceQuotas",
    ]
    resources = ["*"]
  }
}

resource "aws_cloudformation_stack_set" "members" {
  count            = length(data.aws_iam_policy_document.member)
  name             = "bedrock-quota-monitors"
  description      = "Reads Amazon Bedrock usage and quotas for bedrock-quota-exporter"
  permission_model = "SERVICE_MANAGED"
  capabilities     = ["CAPABILITY_NAMED_IAM"]

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  managed_execution {
    active = true
  }

  template_body = jsonencode({
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = "Read-only role for bedrock-quota-exporter"
    Resources = {
      Role = {
        Type = "AWS::IAM::Role"
        Properties = {
          RoleName                 = var.role_name
          Description              = "Reads Amazon Bedrock usage and quotas for bedrock-quota-exporter"
          MaxSessionDuration       = 3600
          AssumeRolePolicyDocument = jsondecode(data.aws_iam_policy_document.member_trust[0].json)
          Policies = [{
            PolicyName     = "read-bedrock-quotas"
            PolicyDocument = jsondecode(data.aws_iam_policy_document.member[0].json)
          }]
        }
      }
    }
  })

  lifecycle {
    # Set by AWS for service-managed sets.
    ignore_changes = [administration_role_arn]
    precondition {
      condition     = var.trusted_principal_arn != null && var.external_id != null
      error_message = "organization_unit_ids needs trusted_principal_arn and external_id."
    }
  }
}

resource "aws_cloudformation_stack_set_instance" "members" {
  count          = length(aws_cloudformation_stack_set.members)
  stack_set_name = aws_cloudformation_stack_set.members[0].name

  deployment_targets {
    organizational_unit_ids = var.organization_unit_ids
  }

  operation_preferences {
    max_concurrent_percentage    = 100
    failure_tolerance_percentage = 100
  }
}
