# What callers of Global cross-Region inference need, from the provider's Region. Three statements, because a request is
# checked three times: the profile in the source Region, the model there, and the model wherever Bedrock routes the
# request; of that last check the Region is "unspecified". The exporter needs none of this.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  # The attribute "name" gave way to "region" in version 6 of the provider.
  region        = data.aws_region.this.id
  bedrock       = "arn:${data.aws_partition.this.partition}:bedrock"
  invoking      = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
  profile_arns  = [for id in var.invoking_model_ids : "${local.bedrock}:${local.region}:${data.aws_caller_identity.this.account_id}:inference-profile/global.${id}"]
  regional_arns = [for id in var.invoking_model_ids : "${local.bedrock}:${local.region}::foundation-model/${id}"]
  # A global profile's models have ARNs without a Region.
  global_arns = [for id in var.invoking_model_ids : "${local.bedrock}:::foundation-model/${id}"]
}

data "aws_iam_policy_document" "invoking" {
  count = length(var.invoking_model_ids) == 0 ? 0 : 1

  statement {
    sid       = "ProfileInSourceRegion"
    actions   = local.invoking
    resources = local.profile_arns
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [local.region]
    }
  }

  statement {
    sid       = "ModelInSourceRegion"
    actions   = local.invoking
    resources = local.regional_arns
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [local.region]
    }
    condition {
      test     = "StringEquals"
      variable = "bedrock:InferenceProfileArn"
      values   = local.profile_arns
    }
  }

  statement {
    sid       = "ModelInAnyRegion"
    actions   = local.invoking
    resources = local.global_arns
    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = ["unspecified"]
    }
    condition {
      test     = "StringEquals"
      variable = "bedrock:InferenceProfileArn"
      values   = local.profile_arns
    }
  }
}

resource "aws_iam_policy" "invoking" {
  count       = length(data.aws_iam_policy_document.invoking)
  name        = "bedrock-global-inference-${local.region}"
  description = "Global cross-Region inference from ${local.region}"
  policy      = data.aws_iam_policy_document.invoking[0].json
}

output "invoking_policy_arn" {
  description = "To be attached to the callers' roles."
  value       = one(aws_iam_policy.invoking[*].arn)
}
