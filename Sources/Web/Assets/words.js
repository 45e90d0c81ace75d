// The interface's words in words for people.

import { fullDay } from "./format.js";

export const QUOTAS = {
  tokens_per_minute: "tokens per minute",
  requests_per_minute: "requests per minute",
  tokens_per_day: "tokens per day",
  input_tokens_per_minute: "input tokens per minute",
  output_tokens_per_minute: "output tokens per minute",
  batch_jobs: "batch jobs",
  custom_model_batch_jobs: "batch jobs of custom models",
};

export const SCOPES = {
  on_demand: "on demand",
  cross_region: "cross-Region",
  global: "global",
  custom_model: "custom models",
  mantle: "mantle endpoint",
  on_demand_reserved: "on demand, reserved",
  cross_region_reserved: "cross-Region, reserved",
  global_reserved: "global, reserved",
  on_demand_long_context: "on demand, long context",
  cross_region_long_context: "cross-Region, long context",
  global_long_context: "global, long context",
  batch: "batch",
};

/** Of batch jobs, in the order of their lives. */
export const STATUSES = {
  submitted: "submitted",
  validating: "validating",
  scheduled: "scheduled",
  in_progress: "in progress",
  stopping: "stopping",
  stopped: "stopped",
  completed: "completed",
  partially_completed: "completed in part",
  failed: "failed",
  expired: "expired",
  unknown: "of unknown status",
};

/** Of throttling. */
export const CAUSES = {
  tokens_per_minute: "Tokens per minute",
  requests_per_minute: "Requests per minute",
  daily_quota: "Quota of the day",
  reservation: "Reserved by max_tokens",
  burst_within_minute: "Burst within a minute",
  capacity: "AWS's capacity",
  unknown: "Not known",
};

export const LIMIT_SOURCES = {
  applied: "applied",
  default: "AWS default",
  override: "configuration",
};

export const USAGE_SOURCES = {
  aws_estimate: "AWS estimate",
  weighted: "weighted tokens",
  mixed: "estimate and weighted",
  invocations: "invocations",
  input_tokens: "input tokens",
  output_tokens: "output tokens",
};

export const RATE_SOURCES = {
  table: "AWS table",
  measured: "measured",
  override: "configuration",
  assumed: "assumed",
};

/** The name that people gave a model ID, as that of an application inference profile; null for none. */
export const givenName = (pool, modelID) =>
  pool?.profiles.find((one) => one.model_id === modelID && one.profile_type === "application")?.profile_name ?? null;

/** The name with the ID, or the ID alone. */
export const namedID = (name, modelID) => (name ? `${name} [${modelID}]` : modelID);

/** Why a model ID has no quota, and what to do about it. */
export const UNMAPPED = {
  no_quota: [
    "Its pool is known, but Service Quotas lists no limit for it.",
    "Ask AWS for the limit, then add it under quotas.overrides in the configuration.",
  ],
  ambiguous: [
    "Several quotas could be its own, and neither names nor values tell which.",
    "Look the quota up in the Service Quotas console, then add it under quotas.overrides.",
  ],
  unknown_profile: [
    "It is an inference profile that AWS does not list in this Region, or whose models do not tell its scope.",
    "Check that the role may call bedrock:ListInferenceProfiles, and that the profile still exists.",
  ],
  unknown_deployment: [
    "It is a custom model deployment that AWS does not list in this Region, or whose base model is not told.",
    "Check that the role may call bedrock:ListCustomModelDeployments and bedrock:ListCustomModels.",
  ],
  imported_model: [
    "It is an imported model; AWS has no quota of tokens or requests for these.",
    "Nothing to do: it is shown so that no traffic is missing.",
  ],
  not_on_demand: [
    "It is provisioned or a router; on-demand quotas do not limit it.",
    "Nothing to do: it is shown so that no traffic is missing.",
  ],
  unknown_model_id: [
    "It has no form of a model ID that is known here.",
    "Check for a newer version of the exporter, and report the model ID.",
  ],
};

/** "legacy, end of life 1 Mar 2027"; empty for a model that simply goes on. */
export function lifecycleWords(lifecycle) {
  if (!lifecycle?.is_ending) return "";
  const end = lifecycle.end_of_life ? `end of life ${fullDay(new Date(lifecycle.end_of_life))}` : null;
  return [lifecycle.status === "legacy" ? "legacy" : null, end].filter(Boolean).join(", ");
}

/** The quotas' names at the beginning of a line. */
export const title = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const word = (table, key) => table[key] ?? key;

/** "anthropic.", "claude-haiku-4-5" and "-20251001-v1:0"; what tells models apart stands in the middle. */
export function modelParts(model) {
  const [, vendor, name, version] = /^([a-z0-9]{1,20}\.)?(.+?)((?:-\d{8})?(?:-v\d+(?::\d+)?)?)$/s.exec(model) ?? [];
  return name ? [vendor ?? "", name, version] : ["", model, ""];
}

/** A pool in two short lines. */
export const poolWords = (pool) => `${modelParts(pool.model)[1]}\n${pool.region}`;

/** Whether a scope's tokens are weighed; else its quotas count input and output apart. */
export const isWeighed = (scope) => scope !== "mantle" && !scope.endsWith("_reserved");

/** The address of a pool's own page. */
export function poolAddress({ account, region, scope, model }) {
  return `pool?${new URLSearchParams({ account, region, scope, model })}`;
}
