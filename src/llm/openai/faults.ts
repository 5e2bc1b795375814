/** Ways in which an answer goes wrong that no status code tells. */

/** It arrived, and is not what an answer looks like. */
export class BadAnswer extends Error {
  override readonly name = "BadAnswer";
}

/** It ended before it was complete. */
export class CutOff extends Error {
  override readonly name = "CutOff";
}

/** Nothing came for too long. */
export class Silence extends Error {
  override readonly name = "Silence";
  constructor(readonly limitMs: number) {
    super(`nothing came for ${limitMs / 1000} s`);
  }
}

/** The model declined, or a filter stopped it: asking again will not help. */
export class Declined extends Error {
  override readonly name = "Declined";
}

export interface Report {
  message?: string | null | undefined;
  code?: string | number | null | undefined;
  type?: string | null | undefined;
}

/** The provider told of an error inside an answer with status 200. */
export class ReportedError extends Error {
  override readonly name = "ReportedError";
  constructor(readonly report: Report) {
    super(report.message ?? "an error without a message");
  }
}
