import { mosquittoConfig, mosquittoPasswords } from "../../mosquitto.ts";
import type { AgentPlan, DeployPlan } from "../../plan.ts";
import type { Files } from "../../target.ts";
import { configItems } from "../k8s/config-items.ts";
import { chartYaml } from "./chart.ts";
import { TEMPLATES } from "./templates.ts";
import { valuesYaml } from "./values.ts";
import { valuesSchema } from "./values-schema.ts";

/** A chart: its templates are those of every plan, its values and files those of this one. */
export const render = (plan: DeployPlan): Files => ({
  "Chart.yaml": chartYaml(plan),
  "values.yaml": valuesYaml(plan),
  "values.schema.json": `${JSON.stringify(valuesSchema(), null, 2)}\n`,
  ...Object.assign({}, ...plan.agents.map(configFiles)),
  ...brokerFiles(plan),
  ...TEMPLATES,
});

const configFiles = (agent: AgentPlan): Files =>
  Object.fromEntries(configItems(agent).map(({ key, text }) => [`files/${agent.name}/${key}`, ended(text)]));

/** Text files end with a line break. */
const ended = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);

function brokerFiles({ broker }: DeployPlan): Files {
  if (broker.kind === "external") return {};
  const { port, auth } = broker;
  return {
    "files/mosquitto.conf": mosquittoConfig({ port, login: auth !== undefined }),
    ...(auth && {
      "files/mosquitto-passwords.sh": mosquittoPasswords({
        username: `"$${auth.usernameSecret}"`,
        password: `"$${auth.passwordSecret}"`,
      }),
    }),
  };
}
