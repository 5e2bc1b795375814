import { clip } from "../../base/clip.ts";
import { ExpectedError, errorCode, toError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import type { McpOptions } from "./options.ts";
import type { Channel } from "./transport.ts";

/** HTTP status that an SDK error carries, if it does. */
function httpStatus(thrown: unknown): number | undefined {
  const data = (thrown as { data?: { status?: unknown } } | null)?.data;
  return typeof data?.status === "number" ? data.status : undefined;
}

function isRefusal(thrown: unknown): boolean {
  const status = httpStatus(thrown);
  return status === 401 || status === 403 || toError(thrown).name === "UnauthorizedError";
}

/** The server no longer knows the session: it answers 404 (MCP 2025-11-25, Session Management). */
export const isSessionLost = (thrown: unknown, channel: Channel): boolean =>
  channel.hasSession() && httpStatus(thrown) === 404;

/** By the codes of the SDK; and of the system, where they are about the server's program. */
const REASONS: Readonly<Record<string, string>> = {
  CONNECTION_CLOSED: "the MCP server went away during the call",
  NOT_CONNECTED: "the MCP server went away",
  REQUEST_TIMEOUT: "the MCP server did not answer in time",
  ENOENT: "the MCP server's program was not found",
  EACCES: "the MCP server's program may not be run",
};

/** What went wrong, in words for the model. */
export function callFailure(thrown: unknown): string {
  if (isRefusal(thrown)) return "the MCP server refused the agent's credentials";
  const status = httpStatus(thrown);
  if (status !== undefined) return `the MCP server answered with HTTP ${status}`;
  const known = knownCause(thrown);
  return (known && reasonFor(known)) ?? clip(toError(thrown).message, 500);
}

function reasonFor(error: Error): string | undefined {
  const own = REASONS[errorCode(error) ?? ""];
  const reason = systemReason(error);
  return own ?? (reason && `the MCP server cannot be reached: ${reason}`);
}

/** The SDK wraps the system's errors: the outermost one that there are words for. */
function knownCause(thrown: unknown): Error | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (reasonFor(error) !== undefined) return error;
  }
  return undefined;
}

const codeOf = (thrown: unknown): string | undefined => errorCode(knownCause(thrown));

/** What a person reads when the server could not be connected to at start-up. */
export function connectFailure(thrown: unknown, options: McpOptions, lastWords: string): ExpectedError {
  const said = lastWords === "" ? "" : `; it said: ${lastWords.replace(/\s*\n\s*/g, " | ")}`;
  return new ExpectedError(`${reasonOf(thrown, options)}${said}`, {
    hint: hintFor(thrown, options),
    cause: thrown,
  });
}

function reasonOf(thrown: unknown, { command, url, connect_timeout }: McpOptions): string {
  const code = codeOf(thrown);
  if (url !== undefined) return `${new URL(url).host}: ${callFailure(thrown)}`;
  if (code === "ENOENT") return `there is no program "${command}"`;
  if (code === "EACCES") return `the program "${command}" may not be run`;
  if (code === "REQUEST_TIMEOUT") return `"${command}" did not answer within ${connect_timeout} s`;
  if (code === "CONNECTION_CLOSED") return `"${command}" ended before it answered`;
  return `"${command}": ${callFailure(thrown)}`;
}

function hintFor(thrown: unknown, { command, url, token_env }: McpOptions): string {
  if (isRefusal(thrown)) {
    return token_env === undefined
      ? 'Name the variable of a bearer token: token_env = "…".'
      : `Check the token in ${token_env}.`;
  }
  if (url !== undefined) return "Check url, and that the server speaks MCP by streamable HTTP there.";
  if (codeOf(thrown) === "ENOENT") return `Install ${command}, or give its full path; cwd must be there too.`;
  return "Run it by hand to see what is wrong, and check command, args and env.";
}
