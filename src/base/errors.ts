/** What a person needs to mend a failure: the fact, the place, the remedy. */
export interface Explanation {
  /** Where it went wrong: `file:line:column`, a config path, an address. */
  where?: string;
  /** What to do about it, as a full sentence or a command to run. */
  hint?: string;
  cause?: unknown;
}

/**
 * A failure that a person can mend: its message is shown as it is, never with a stack
 * (unless `--verbose`). Anything else that is thrown is a defect of ours.
 */
export class ExpectedError extends Error {
  readonly where?: string;
  readonly hint?: string;
  /** Where several things are wrong with what someone wrote: each by itself, for programs. */
  readonly problems?: readonly object[];
  /** Process exit status this failure ends with: 1 failed, 2 usage. */
  readonly exitCode: 1 | 2 = 1;

  constructor(message: string, { where, hint, cause }: Explanation = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    if (where !== undefined) this.where = where;
    if (hint !== undefined) this.hint = hint;
  }
}

/** The command line itself was wrong. */
export class UsageError extends ExpectedError {
  override readonly exitCode = 2;
}

/** Any thrown value as an Error; an Error is returned as it is. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === "string") return new Error(thrown);
  return new Error("something that is not an Error was thrown", { cause: thrown });
}

/** The `code` of a system or library error (`ECONNREFUSED`, `SQLITE_FULL`), if it has one. */
export function errorCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/**
 * Whether something that was thrown where the network was asked is a defect of ours: the language's own errors, but for
 * those that carry a code, as those of connections do.
 */
export const isDefect = (thrown: unknown): boolean =>
  errorCode(thrown) === undefined &&
  (thrown instanceof TypeError ||
    thrown instanceof ReferenceError ||
    thrown instanceof RangeError ||
    thrown instanceof SyntaxError);
