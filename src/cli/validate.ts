import type { ParsedConfig } from "../config/load.ts";
import { ConfigError } from "../config/problems/problem.ts";
import { configFile, loadConfigFile } from "./config-file.ts";
import { defineCommand } from "./framework/command.ts";
import type { Context } from "./framework/context.ts";
import { line } from "./terminal/streams.ts";

export const command = defineCommand({
  summary: "Check config files and tell all that is wrong with them",
  description:
    "Checks files only: whether broker, model and tools can be reached is what 'doctor' finds out.",
  positionals: [
    { name: "config", description: "Config files", multiple: true, optional: true, completes: "file" },
  ],
  options: {
    strict: { type: "boolean", description: "Fail on warnings, too" },
  },
  examples: [
    { command: "agent2389 validate my-agent.toml" },
    { command: "agent2389 validate config/agents/*.toml --json" },
  ],
  async run(ctx, { config }, { strict }) {
    const files = config.length > 0 ? config : [configFile(ctx, undefined)];
    const verdicts = await Promise.all(files.map((file) => check(ctx, file)));
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify(verdicts.map(asJson), null, 2));
    else for (const verdict of verdicts) show(ctx, verdict);
    const fails = verdicts.some(({ error, loaded }) => error || (strict && loaded.warnings.length > 0));
    return fails ? 1 : 0;
  },
});

type Verdict = { file: string } & (
  | { loaded: ParsedConfig; error?: undefined }
  | { error: ConfigError; loaded?: undefined }
);

async function check(ctx: Context, file: string): Promise<Verdict> {
  try {
    return { file, loaded: await loadConfigFile(ctx, file) };
  } catch (error) {
    if (error instanceof ConfigError) return { file, error };
    throw error;
  }
}

/** All of it is the result of the command, so all of it goes to standard output. */
function show({ stdout, globals }: Context, { file, loaded, error }: Verdict): void {
  const { colors } = stdout;
  if (error) {
    stdout.write(`${error.pretty({ color: colors.enabled })}\n`);
    return;
  }
  if (!globals.quiet) line(stdout, `${colors.green("✓")} ${file}: ${describe(loaded)}`);
  for (const warning of loaded.warnings) line(stdout, `  ${colors.yellow("warning:")} ${warning}`);
}

function describe({ config: { agent, llm, tools } }: ParsedConfig): string {
  const names = tools.map((tool) => tool.name).join(", ");
  return `agent "${agent.id}", ${llm.provider}/${llm.model}, ${names === "" ? "no tools" : `tools ${names}`}`;
}

const asJson = ({ file, loaded, error }: Verdict) => ({
  file,
  valid: error === undefined,
  agent: loaded?.config.agent.id ?? null,
  warnings: loaded?.warnings ?? [],
  ...(error?.toJSON() ?? { problems: [] }),
});
