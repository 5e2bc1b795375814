import { ExpectedError, errorCode, toError } from "../../base/errors.ts";
import { clip } from "../clip.ts";
import type { McpOptions } from "./options.ts";
import type { Channel } from "./transport.ts";

/** HTTP status that an SDK error carries, if it does. */
function httpStatus(thrown: unknown): number | undefined {
  const data = (thrown as { data?: { status?: unknown } } | null)?.data;
  return typeof data?.status === "number" ? data.status : undefined;
}

/** The server no longer knows the session: it answers 404 (MCP 2025-11-25, Session Management). */
export const isSessionLost = (thrown: unknown, channel: Channel): boolean =>
  channel.hasSession() && httpStatus(thrown) === 404;

const REASONS: Record<string, string> = {
  CONNECTION_CLOSED: "the MCP server went away during the call",
  NOT_CONNECTED: "the MCP server went away",
  REQUEST_TIMEOUT: "the MCP server did not answer in time",
  ConnectionRefused: "the MCP server cannot be reached: the connection was refused",
  ECONNREFUSED: "the MCP server cannot be reached: the connection was refused",
  FailedToOpenSocket: "the MCP server cannot be reached",
  ECONNRESET: "the MCP server closed the connection",
  ConnectionClosed: "the MCP server closed the connection",
  ENOENT: "the MCP server's program was not found",
  EACCES: "the MCP server's program may not be run",
};

/** What went wrong, in words for the model. */
export function callFailure(thrown: unknown): string {
  const status = httpStatus(thrown);
  if (status === 401 || status === 403 || toError(thrown).name === "UnauthorizedError") {
    return "the MCP server refused the agent's credentials";
  }
  if (status !== undefined) return `the MCP server answered with HTTP ${status}`;
  const code = deepCode(thrown);
  return (code !== undefined && REASONS[code]) || clip(toError(thrown).message, 500);
}

/** The SDK wraps the system's error. */
function deepCode(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    const code = errorCode(error);
    if (code !== undefined && code in REASONS) return code;
  }
  return errorCode(thrown);
}

/** What a person reads when the server could not be connected to at start-up. */
export function connectFailure(thrown: unknown, options: McpOptions, lastWords: string): ExpectedError {
  const said = lastWords === "" ? "" : `; it said: ${lastWords.replace(/\s*\n\s*/g, " | ")}`;
  return new ExpectedError(`${reasonOf(thrown, options)}${said}`, {
    hint: hintFor(thrown, options),
    cause: thrown,
  });
}

function reasonOf(thrown: unknown, { command, url, connect_timeout }: McpOptions): string {
  const code = deepCode(thrown);
  if (url !== undefined) return `${new URL(url).host}: ${callFailure(thrown)}`;
  if (code === "ENOENT") return `there is no program "${command}"`;
  if (code === "EACCES") return `the program "${command}" may not be run`;
  if (code === "REQUEST_TIMEOUT") return `"${command}" did not answer within ${connect_timeout} s`;
  if (code === "CONNECTION_CLOSED") return `"${command}" ended before it answered`;
  return `"${command}": ${callFailure(thrown)}`;
}

function hintFor(thrown: unknown, { command, url, token_env }: McpOptions): string {
  const status = httpStatus(thrown);
  if (status === 401 || status === 403 || toError(thrown).name === "UnauthorizedError") {
    return token_env === undefined
      ? 'name the variable of a bearer token: token_env = "…"'
      : `check the token in ${token_env}`;
  }
  if (url !== undefined) return "check url, and that the server speaks MCP by streamable HTTP there";
  if (deepCode(thrown) === "ENOENT")
    return `install ${command}, or give its full path; cwd must be there too`;
  return `run it by hand to see what is wrong, and check command, args and env`;
}
