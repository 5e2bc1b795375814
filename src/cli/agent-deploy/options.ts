import { TARGET_NAMES } from "../../deploy/targets/index.ts";
import type { PositionalSpec } from "../framework/command.ts";
import type { OptionSpecs, OptionValues } from "../framework/option-spec.ts";
import { setOption } from "../set-option.ts";

/** What most commands take: a platform, and the configs of what runs there. */
export const planPositionals = [
  { name: "target", description: "Platform to deploy to: see agent-deploy targets", choices: TARGET_NAMES },
  {
    name: "config",
    description: "Config files, or built-in agents; a name for the deployment may stand before a single one",
    multiple: true,
    optional: true,
    completes: "file",
  },
] as const satisfies readonly PositionalSpec[];

/** What makes the plan. Those that stand for a key of [deploy] come before it. */
export const planOptions = {
  env: {
    type: "string",
    short: "e",
    value: "FILE",
    description: "File with NAME=value lines: variables for the agents, and secrets to hand over",
    multiple: true,
    completes: "file",
  },
  set: {
    ...setOption,
    description:
      "Config key, as llm.model=gpt-5.4, or plain variable, as LOG_LEVEL=debug; comes before all else",
  },
  name: { type: "string", value: "NAME", description: "Name of the deployment of a single agent" },
  project: { type: "string", value: "NAME", description: "Name of several agents together; default: agents" },
  image: {
    type: "string",
    short: "i",
    value: "IMAGE",
    description: "Image that holds agent2389, with tag or digest",
  },
  namespace: { type: "string", short: "n", value: "NAME", description: "Kubernetes namespace" },
  context: { type: "string", value: "NAME", description: "Context of the kubeconfig" },
  region: { type: "string", short: "r", value: "CODE", description: "Region of Fly.io, as fra" },
  replicas: { type: "number", value: "NUMBER", description: "How many of each agent run", min: 0 },
  accelerator: {
    type: "string",
    value: "KIND",
    description: "Accelerator to use",
    choices: ["none", "jetson"],
  },
} as const satisfies OptionSpecs;

export type PlanOptionValues = OptionValues<typeof planOptions>;

/** Options that stand for a key of [deploy]. */
export const DEPLOY_KEYS = {
  image: ["deploy", "image"],
  namespace: ["deploy", "k8s", "namespace"],
  context: ["deploy", "k8s", "context"],
  region: ["deploy", "fly", "region"],
  replicas: ["deploy", "replicas"],
  accelerator: ["deploy", "accelerator"],
} as const satisfies Partial<Record<keyof PlanOptionValues, readonly string[]>>;
