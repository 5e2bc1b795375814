import { race } from "../../base/abort.ts";
import { redactor } from "../../base/redact.ts";
import type { LoadedConfig } from "../../config/loaded.ts";
import { ConfigError } from "../../config/problems/problem.ts";
import { configFile, loadConfigFile } from "../config-file.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { SECONDS } from "../framework/number-options.ts";
import { spinner } from "../terminal/spinner.ts";
import { line } from "../terminal/streams.ts";
import { CHECKS, type Check } from "./checks.ts";
import { type Finding, failed, failure, ok, warning } from "./finding.ts";
import { type Report, reportText } from "./report.ts";

export const command = defineCommand({
  summary: "Tell what is missing to run a config, and how to mend it",
  description:
    "Looks at the config, the broker, the model and its key, the tools, the data folder and the port, without a task " +
    "and without spending tokens. Ends with status 1 when something is missing.",
  positionals: [
    {
      name: "config",
      description: "Config files, or built-in agents",
      multiple: true,
      optional: true,
      completes: "file",
    },
  ],
  options: {
    timeout: { ...SECONDS, short: "t", description: "Of one check", default: 15 },
  },
  examples: [
    { command: "agent2389 doctor my-agent.toml" },
    { command: "agent2389 doctor config/agents/*.toml --json" },
  ],
  async run(ctx, { config }, { timeout }) {
    const files = config.length > 0 ? config : [configFile(ctx, undefined)];
    const spin = spinner(ctx.stderr);
    if (!ctx.globals.quiet && !ctx.globals.json) spin.say(`looking at ${files.join(", ")}`);
    const reports = await Promise.all(files.map((file) => examine(ctx, file, timeout * 1000)));
    spin.stop();
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify(reports, null, 2));
    else ctx.stdout.write(reportText(reports, ctx.stdout));
    return reports.some(({ findings }) => findings.some(({ status }) => status === "failed")) ? 1 : 0;
  },
});

async function examine(ctx: Context, file: string, timeoutMs: number): Promise<Report> {
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfigFile(ctx, file);
  } catch (error) {
    if (error instanceof ConfigError) return { file, agent: null, findings: invalid(error) };
    throw error;
  }
  const redact = redactor(loaded.secrets);
  const looks = CHECKS.map((check) => look(check, ctx, loaded, timeoutMs));
  const found = (await Promise.all(looks)).flat();
  const findings = [
    ok("config", "valid"),
    ...loaded.warnings.filter((text) => !isToldBy(text, found)).map((text) => warning("config", text)),
    ...found,
  ];
  return {
    file,
    agent: loaded.config.agent.id,
    findings: findings.map((finding) => ({ ...finding, detail: redact(finding.detail) })),
  };
}

/** A variable that is not set is told once: by what fails without it. */
function isToldBy(text: string, found: readonly Finding[]): boolean {
  const variable = /the environment variable (\w+)/.exec(text)?.[0];
  return (
    variable !== undefined &&
    found.some(({ status, detail }) => status === "failed" && detail.includes(variable))
  );
}

const invalid = ({ problems }: ConfigError): Finding[] =>
  problems.map(({ file, line, column, path, message, hint }) => {
    const place = line === undefined ? file : `${file}:${line}:${column}`;
    return failed("config", `${place}${path && `: ${path}`}: ${message}`, hint);
  });

/** A check that takes too long has failed, too. */
async function look(
  { what, look }: Check,
  ctx: Context,
  loaded: LoadedConfig,
  ms: number,
): Promise<Finding[]> {
  const limit = AbortSignal.timeout(ms);
  try {
    return await race(
      look(ctx, loaded, AbortSignal.any([limit, ctx.signal])),
      AbortSignal.any([limit, ctx.signal]),
    );
  } catch (error) {
    ctx.signal.throwIfAborted();
    return [limit.aborted ? failed(what, `no answer within ${ms / 1000} s`) : failure(what, error)];
  }
}
