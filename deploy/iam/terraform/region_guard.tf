# A service control policy that keeps Bedrock in approved Regions and lets Global cross-Region inference through: the
# Region of a request that Bedrock routes is "unspecified", and a list without that word blocks it.

data "aws_iam_policy_document" "region_guard" {
  count = length(var.region_guard_regions) == 0 ? 0 : 1

  statement {
    sid       = "BedrockInApprovedRegionsOnly"
    effect    = "Deny"
    actions   = ["bedrock:*"]
    resources = ["*"]
    condition {
      test     = "StringNotEquals"
      variable = "aws:RequestedRegion"
      values   = concat(var.region_guard_regions, ["unspecified"])
    }
  }
}

resource "aws_organizations_policy" "region_guard" {
  count       = length(data.aws_iam_policy_document.region_guard)
  name        = "bedrock-region-guard"
  description = "Bedrock in approved Regions and through Global cross-Region inference only"
  type        = "SERVICE_CONTROL_POLICY"
  content     = data.aws_iam_policy_document.region_guard[0].json
}
