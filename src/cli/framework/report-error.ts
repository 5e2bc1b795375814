import { ExpectedError, toError } from "../../base/errors.ts";
import { redactor } from "../../base/redact.ts";
import { ConfigError } from "../../config/problems/problem.ts";
import type { Output } from "../terminal/streams.ts";
import { machineFailure } from "./machine-failure.ts";

export interface ErrorReport {
  program: string;
  stderr: Output;
  /** One line of JSON instead of text. Both go to standard error: standard output carries results only. */
  json: boolean;
  verbose: boolean;
}

/** The one place that tells people about a failure. Returns the exit status. */
export function reportError(thrown: unknown, { program, stderr, json, verbose }: ErrorReport): 1 | 2 {
  const error = machineFailure(thrown) ?? toError(thrown);
  const text = json
    ? `${JSON.stringify(errorObject(error))}\n`
    : errorText(error, { program, stderr, verbose });
  // Secrets that the config names are not known here; what looks like one is masked all the same.
  stderr.write(redactor()(text));
  return error instanceof ExpectedError ? error.exitCode : 1;
}

/** `{"error": {message, where?, hint?, problems?, defect?}}` */
function errorObject(error: Error): object {
  if (!(error instanceof ExpectedError)) return { error: { message: error.message, defect: true } };
  const { message, where, hint } = error;
  const { problems } = error instanceof ConfigError ? error.toJSON() : error;
  return { error: { message, where, hint, problems } };
}

function errorText(
  error: Error,
  { program, stderr: { colors }, verbose }: Omit<ErrorReport, "json">,
): string {
  if (error instanceof ConfigError && !verbose) return `${error.pretty({ color: colors.enabled })}\n`;
  const expected = error instanceof ExpectedError;
  const lines = [
    `${colors.red(colors.bold("error:"))} ${expected ? error.message : defectText(error, program)}`,
  ];
  if (expected && error.where) lines.push(`  at ${error.where}`);
  const hint = expected ? error.hint : reportHint(program, verbose);
  if (hint) lines.push(`  ${colors.cyan("hint:")} ${hint}`);
  if (verbose) lines.push(colors.dim(stackOf(error)));
  return `${lines.join("\n")}\n`;
}

const defectText = (error: Error, program: string): string =>
  `${error.message || error.name}\n  This is a defect of ${program}, not of what you did.`;

const reportHint = (program: string, verbose: boolean): string =>
  verbose
    ? `Please report it, with this output and that of '${program} --version'.`
    : "Run it again with --verbose, and please report it with that output.";

/** The stack, and those of the errors that caused it. */
function stackOf(error: Error): string {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause instanceof Error ? `${own}\ncaused by: ${stackOf(error.cause)}` : own;
}
