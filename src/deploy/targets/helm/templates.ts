import type { Files } from "../../target.ts";
import helpers from "./templates/_helpers.tpl" with { type: "text" };
import pod from "./templates/_pod.tpl" with { type: "text" };
import autoscalers from "./templates/autoscalers.yaml.tpl" with { type: "text" };
import broker from "./templates/broker.yaml.tpl" with { type: "text" };
import configMaps from "./templates/config-maps.yaml.tpl" with { type: "text" };
import deployments from "./templates/deployments.yaml.tpl" with { type: "text" };
import disruptionBudgets from "./templates/disruption-budgets.yaml.tpl" with { type: "text" };
import externalSecrets from "./templates/external-secrets.yaml.tpl" with { type: "text" };
import notes from "./templates/NOTES.txt.tpl" with { type: "text" };
import networkPolicies from "./templates/network-policies.yaml.tpl" with { type: "text" };
import serviceAccounts from "./templates/service-accounts.yaml.tpl" with { type: "text" };
import serviceMonitors from "./templates/service-monitors.yaml.tpl" with { type: "text" };
import services from "./templates/services.yaml.tpl" with { type: "text" };
import ready from "./templates/tests/ready.yaml.tpl" with { type: "text" };
import volumeClaims from "./templates/volume-claims.yaml.tpl" with { type: "text" };

/** The chart's templates: the same for every plan, which differs in the values and the files. */
export const TEMPLATES: Files = {
  "templates/NOTES.txt": notes,
  "templates/_helpers.tpl": helpers,
  "templates/_pod.tpl": pod,
  "templates/autoscalers.yaml": autoscalers,
  "templates/broker.yaml": broker,
  "templates/config-maps.yaml": configMaps,
  "templates/deployments.yaml": deployments,
  "templates/disruption-budgets.yaml": disruptionBudgets,
  "templates/external-secrets.yaml": externalSecrets,
  "templates/network-policies.yaml": networkPolicies,
  "templates/service-accounts.yaml": serviceAccounts,
  "templates/service-monitors.yaml": serviceMonitors,
  "templates/services.yaml": services,
  "templates/tests/ready.yaml": ready,
  "templates/volume-claims.yaml": volumeClaims,
};
