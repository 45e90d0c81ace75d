// The interface's words in words for people.

export const QUOTAS = {
  tokens_per_minute: "tokens per minute",
  requests_per_minute: "requests per minute",
  tokens_per_day: "tokens per day",
  input_tokens_per_minute: "input tokens per minute",
  output_tokens_per_minute: "output tokens per minute",
};

export const SCOPES = {
  on_demand: "on demand",
  cross_region: "cross-Region",
  global: "global",
  mantle: "mantle endpoint",
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
};

export const RATE_SOURCES = {
  table: "AWS table",
  measured: "measured",
  override: "configuration",
  assumed: "assumed",
};

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
  not_on_demand: [
    "It is provisioned, custom or imported, or a router; on-demand quotas do not limit it.",
    "Nothing to do: it is shown so that no traffic is missing.",
  ],
  unknown_model_id: [
    "It has no form of a model ID that is known here.",
    "Check for a newer version of the exporter, and report the model ID.",
  ],
};

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

/** The address of a pool's own page. */
export function poolAddress({ account, region, scope, model }) {
  return `pool?${new URLSearchParams({ account, region, scope, model })}`;
}
