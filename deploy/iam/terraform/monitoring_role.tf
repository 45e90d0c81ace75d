# The role with which bedrock-quota-exporter reads usage, quotas and profiles, and nothing else.

locals {
  oidc_issuer = var.irsa == null ? "" : replace(var.irsa.oidc_provider_arn, "/^.*oidc-provider\\//", "")
}

data "aws_iam_policy_document" "trust" {
  dynamic "statement" {
    for_each = var.trusted_principal_arn == null ? [] : [var.trusted_principal_arn]
    content {
      sid     = "ExporterOfAnotherAccount"
      actions = ["sts:AssumeRole"]
      principals {
        type        = "AWS"
        identifiers = [statement.value]
      }
      # Whoever can make the exporter assume a role must not be able to make it assume this one.
      condition {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [var.external_id]
      }
    }
  }

  dynamic "statement" {
    for_each = var.trusted_services
    content {
      actions = statement.value == "pods.eks.amazonaws.com" ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"]
      principals {
        type        = "Service"
        identifiers = [statement.value]
      }
    }
  }

  dynamic "statement" {
    for_each = var.irsa == null ? [] : [var.irsa]
    content {
      sid     = "ServiceAccount"
      actions = ["sts:AssumeRoleWithWebIdentity"]
      principals {
        type        = "Federated"
        identifiers = [statement.value.oidc_provider_arn]
      }
      condition {
        test     = "StringEquals"
        variable = "${local.oidc_issuer}:sub"
        values   = ["system:serviceaccount:${statement.value.namespace}:${statement.value.service_account}"]
      }
      condition {
        test     = "StringEquals"
        variable = "${local.oidc_issuer}:aud"
        values   = ["sts.amazonaws.com"]
      }
    }
  }
}

data "aws_iam_policy_document" "monitoring" {
  # None of these actions can be limited to resources.
  statement {
    sid = "ReadUsageAndQuotas"
    actions = [
      "bedrock:ListCustomModelDeployments",
      "bedrock:ListCustomModels",
      "bedrock:ListFoundationModels",
      "bedrock:ListInferenceProfiles",
      # Optional: without it batch jobs are unknown.
      "bedrock:ListModelInvocationJobs",
      "cloudwatch:GetMetricData",
      "cloudwatch:ListMetrics",
      "servicequotas:ListAWSDefaultServiceQuotas",
      "servicequotas:ListServiceQuotas",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = length(var.monitoring_role_arns) == 0 ? [] : [var.monitoring_role_arns]
    content {
      sid       = "AssumeMonitoringRoles"
      actions   = ["sts:AssumeRole"]
      resources = statement.value
    }
  }

  # Of no account outside the organization.
  dynamic "statement" {
    for_each = var.organization_role_name == null ? [] : [var.organization_role_name]
    content {
      sid       = "AssumeRoleOfEachAccount"
      actions   = ["sts:AssumeRole"]
      resources = ["arn:${data.aws_partition.this.partition}:iam::*:role/${statement.value}"]
      condition {
        test     = "StringEquals"
        variable = "aws:ResourceOrgID"
        values   = ["$${aws:PrincipalOrgID}"]
      }
    }
  }

  # None of these can be limited to resources.
  dynamic "statement" {
    for_each = var.organization_role_name == null ? [] : [var.organization_role_name]
    content {
      sid = "ListAccounts"
      actions = [
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
      ]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.read_profile_tags ? ["${local.bedrock}:*:${data.aws_caller_identity.this.account_id}:application-inference-profile/*"] : []
    content {
      sid       = "ReadProfileTags"
      actions   = ["bedrock:ListTagsForResource"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.invocation_log_group == null ? [] : ["arn:${data.aws_partition.this.partition}:logs:*:${data.aws_caller_identity.this.account_id}:log-group:${var.invocation_log_group}:*"]
    content {
      sid       = "QueryInvocationLogs"
      actions   = ["logs:StartQuery"]
      resources = [statement.value]
    }
  }

  # None of these actions can be limited to resources.
  dynamic "statement" {
    for_each = var.invocation_log_group == null ? [] : ["*"]
    content {
      sid       = "ReadQueriesAndLogging"
      actions   = ["bedrock:GetModelInvocationLoggingConfiguration", "logs:GetQueryResults", "logs:StopQuery"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.alert_topic_arn == null ? [] : [var.alert_topic_arn]
    content {
      sid       = "PublishAlerts"
      actions   = ["sns:Publish"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.prometheus_workspace_arn == null ? [] : [var.prometheus_workspace_arn]
    content {
      sid       = "WriteMetrics"
      actions   = ["aps:RemoteWrite"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name                 = var.role_name
  description          = "Reads Amazon Bedrock usage and quotas for bedrock-quota-exporter"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600

  lifecycle {
    precondition {
      condition     = (var.trusted_principal_arn == null) == (var.external_id == null)
      error_message = "trusted_principal_arn and external_id go together."
    }
    precondition {
      condition     = var.trusted_principal_arn != null || var.irsa != null || length(var.trusted_services) > 0
      error_message = "Say who assumes the role: trusted_principal_arn, trusted_services or irsa."
    }
  }
}

resource "aws_iam_role_policy" "monitoring" {
  name   = "read-bedrock-quotas"
  role   = aws_iam_role.monitoring.id
  policy = data.aws_iam_policy_document.monitoring.json
}

output "role_arn" {
  description = "For accounts[].role_arn, or for the service that runs the exporter."
  value       = aws_iam_role.monitoring.arn
}
