import { showPath } from "../../config/paths.ts";
import type { DeployableConfig } from "../../config/variables/for-deployment.ts";
import type { AgentInput } from "../../deploy/agent-input.ts";
import { allConfigs, readConfig } from "../config-file.ts";
import type { Context } from "../framework/context.ts";
import { checkApplied } from "../set-option.ts";
import { agentInput } from "./agent-input.ts";
import { containerWarnings } from "./container-warnings.ts";
import type { GivenValues } from "./values.ts";
import type { Asked } from "./words.ts";

export interface LoadedAgents {
  inputs: AgentInput[];
  /** What is not wrong but should be known, each with its file. */
  warnings: string[];
}

/** Every config, or every problem of every config. */
export async function loadAgents(
  ctx: Context,
  { configs, name }: Asked,
  given: GivenValues,
  inContainers: boolean,
): Promise<LoadedAgents> {
  const loaded = await allConfigs(configs.map((file) => load(ctx, file, given)));
  const set = given.overrides
    .filter(({ path }) => path[0] !== "deploy")
    .map(({ path, value }) => ({ key: showPath(path), value: String(value) }));
  return {
    inputs: await Promise.all(loaded.map((one) => agentInput(one, { name, set }))),
    warnings: loaded.flatMap(({ parsed, env }) =>
      [...parsed.warnings, ...(inContainers ? containerWarnings(parsed.config, env) : [])].map(
        (warning) => `${parsed.file}: ${warning}`,
      ),
    ),
  };
}

async function load(ctx: Context, name: string, given: GivenValues): Promise<DeployableConfig> {
  const [{ parseForDeployment }, { standardFeatures }] = await Promise.all([
    import("../../config/variables/for-deployment.ts"),
    import("../../config/standard-features.ts"),
  ]);
  const { file, text } = await readConfig(name, ctx.cwd);
  const loaded = await parseForDeployment(text, file, {
    cwd: ctx.cwd,
    overrides: given.overrides,
    features: standardFeatures,
    values: { options: given.variables, file: given.file, environment: ctx.env },
  });
  checkApplied(given.overrides, loaded.parsed);
  return loaded;
}
