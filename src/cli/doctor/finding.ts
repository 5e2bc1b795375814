import { ExpectedError, toError } from "../../base/errors.ts";

/** What one look at one thing showed. */
export interface Finding {
  /** What was looked at: `broker`, `model`. */
  what: string;
  status: "ok" | "warning" | "failed";
  /** The fact. */
  detail: string;
  /** What to do about it. */
  remedy?: string | undefined;
}

export const ok = (what: string, detail: string): Finding => ({ what, status: "ok", detail });

export const warning = (what: string, detail: string, remedy?: string): Finding => ({
  what,
  status: "warning",
  detail,
  remedy,
});

export const failed = (what: string, detail: string, remedy?: string): Finding => ({
  what,
  status: "failed",
  detail,
  remedy,
});

/** A throw as a finding: what a person can mend comes with its remedy. */
export function failure(what: string, thrown: unknown): Finding {
  const error = toError(thrown);
  const place = error instanceof ExpectedError && error.where ? ` (${error.where})` : "";
  return failed(what, `${error.message}${place}`, error instanceof ExpectedError ? error.hint : undefined);
}
