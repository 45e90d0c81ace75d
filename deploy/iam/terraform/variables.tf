variable "role_name" {
  description = "Name of the monitoring role."
  type        = string
  default     = "bedrock-quota-monitor"
}

variable "trusted_principal_arn" {
  description = "Cross-account: the exporter's own role, which assumes this one. Needs external_id."
  type        = string
  default     = null
}

variable "external_id" {
  description = "Cross-account: a random text of 16 characters or more that only the exporter knows."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.external_id == null ? true : length(var.external_id) >= 16
    error_message = "The external ID needs 16 characters or more."
  }
}

variable "trusted_services" {
  description = "Same account: services that run the exporter, such as pods.eks.amazonaws.com (EKS Pod Identity), ecs-tasks.amazonaws.com, ec2.amazonaws.com."
  type        = list(string)
  default     = []
}

variable "irsa" {
  description = "IAM roles for service accounts: the cluster's OIDC provider, and the exporter's namespace and service account."
  type = object({
    oidc_provider_arn = string
    namespace         = string
    service_account   = string
  })
  default = null
}

variable "monitoring_role_arns" {
  description = "Roles in other accounts that this one may assume."
  type        = list(string)
  default     = []
}

variable "organization_role_name" {
  description = "For organization: the role that this one may assume in every account of its organization."
  type        = string
  default     = null
}

variable "organization_unit_ids" {
  description = "Roots and units in whose accounts, also in new ones, a stack set makes the role that trusted_principal_arn assumes. Empty: no stack set. Needs the organization's management account."
  type        = list(string)
  default     = []
}

variable "read_profile_tags" {
  description = "Whether tags of application inference profiles may be read, for accounts[].profile_tags."
  type        = bool
  default     = false
}

variable "invocation_log_group" {
  description = "Log group of Bedrock's invocation logs that may be read, for accounts[].callers."
  type        = string
  default     = null
}

variable "alert_topic_arn" {
  description = "SNS topic that alerts are published to."
  type        = string
  default     = null
}

variable "prometheus_workspace_arn" {
  description = "Workspace of Amazon Managed Service for Prometheus that is written to."
  type        = string
  default     = null
}

variable "invoking_model_ids" {
  description = "Base model IDs, without \"global.\", for which a policy for callers of Global cross-Region inference is made."
  type        = list(string)
  default     = []
}

variable "region_guard_regions" {
  description = "Source Regions that a service control policy leaves open for Bedrock, together with Global cross-Region inference. Empty: no such policy. Needs the organization's management account."
  type        = list(string)
  default     = []
}
