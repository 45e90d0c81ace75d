// The JSON interface, by addresses relative to the page, so that a path prefix of a proxy does not matter.

const TIMEOUT_MILLISECONDS = 20_000;
/** Answers out of the store are given to few at a time; one that is refused for that is asked for again. */
const TRIES = 4;
const PAUSE_MILLISECONDS = 700;

/** The exporter answered, but not with what was asked for. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** A document of the interface; throws `Refusal`, or a plain error when nothing answers. */
export async function get(name, parameters = {}) {
  const asked = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const address = `api/v1/${name}${asked.length ? `?${new URLSearchParams(asked)}` : ""}`;
  for (let left = TRIES - 1; ; left -= 1) {
    const response = await fetch(address, {
      headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    if (response.ok) return response.json();
    const isBusy = response.status === 503 && response.headers.has("Retry-After");
    if (!isBusy || left === 0) throw new Refusal(response.status, await reason(response));
    await new Promise((resume) => setTimeout(resume, PAUSE_MILLISECONDS));
  }
}

/** The same, or null where this exporter has no such document. */
export async function getIfThere(name, parameters) {
  try {
    return await get(name, parameters);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

async function reason(response) {
  const text = (await response.text()).slice(0, 500);
  try {
    return JSON.parse(text).error ?? `status ${response.status}`;
  } catch {
    return `status ${response.status}`;
  }
}
