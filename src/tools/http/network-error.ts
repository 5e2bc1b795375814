import { errorCode, toError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";

/** What went wrong on the way to a host, in words that hold no address but the one that was asked for. */
export function networkError(thrown: unknown, host: string): Error {
  const unknown = `the request failed (${errorCode(thrown) ?? toError(thrown).name})`;
  return new Error(`${host}: ${systemReason(thrown) ?? unknown}`, { cause: thrown });
}
