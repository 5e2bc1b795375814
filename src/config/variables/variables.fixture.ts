import { standardFeatures } from "../standard-features.ts";
import type { DeploymentValues } from "./choose-values.ts";
import { type DeployableConfig, parseForDeployment } from "./for-deployment.ts";

export const AGENT = `
[agent]
id = "a"
`;

export const LLM = `
[llm]
provider = "openai"
model = "gpt-5.4-mini"
`;

export const load = (text: string, values: Partial<DeploymentValues> = {}): Promise<DeployableConfig> =>
  parseForDeployment(text, "agent.toml", {
    cwd: "/work",
    features: standardFeatures,
    values: { options: {}, file: {}, environment: {}, ...values },
  });
