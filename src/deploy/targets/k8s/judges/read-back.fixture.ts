import { posix } from "node:path";
import type { DeployPlan } from "../../../plan.ts";
import type { Carried } from "../../../target-contract.fixture.ts";
import type { Manifest } from "../manifest.ts";
import { at, listAt, textAt } from "./objects.fixture.ts";

/** What each agent's container gets, by the rules of the kubelet. */
export const carriedBy = (objects: readonly Manifest[], plan: DeployPlan): Carried[] =>
  plan.agents.map(({ name, config }) => {
    const deployment = objects.find(
      (object) => object.kind === "Deployment" && object.metadata.name === name,
    );
    const pod = at(deployment, "spec", "template", "spec");
    const container = at(pod, "containers", 0);
    const env = environment(container);
    const files = mounted(pod, container, objects);
    return {
      agent: textAt(deployment, "metadata", "name"),
      config: files[config.path] ?? "",
      files,
      env,
      args: listAt(container, "args").map((arg) => expand(String(arg), env)),
    };
  });

/** In order: a value may refer to those before it. */
function environment(container: unknown): Record<string, string> {
  const env: Record<string, string> = {};
  for (const variable of listAt(container, "env")) {
    if (at(variable, "valueFrom") === undefined)
      env[textAt(variable, "name")] = expand(textAt(variable, "value"), env);
  }
  return env;
}

/** $(NAME) is the variable's value if there is one; $$ is a dollar (Kubernetes API, EnvVar and Container). */
const expand = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replace(/\$\$|\$\(([^)]*)\)/g, (all, name: string | undefined) =>
    all === "$$" ? "$" : (env[name!] ?? all),
  );

function mounted(pod: unknown, container: unknown, objects: readonly Manifest[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const volume of listAt(pod, "volumes")) {
    const source = at(volume, "configMap");
    const config = objects.find(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === at(source, "name"),
    );
    const folder = listAt(container, "volumeMounts").find(
      (mount) => at(mount, "name") === at(volume, "name"),
    );
    const data = (at(config, "data") ?? {}) as Record<string, string>;
    const items = at(source, "items") === undefined ? undefined : listAt(source, "items");
    const paths = items ?? Object.keys(data).map((key) => ({ key, path: key }));
    for (const item of paths) {
      files[posix.join(textAt(folder, "mountPath"), textAt(item, "path"))] = data[textAt(item, "key")] ?? "";
    }
  }
  return files;
}
