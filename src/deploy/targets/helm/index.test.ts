import { describe, expect, test } from "bun:test";
import Ajv from "ajv";
import { parse } from "yaml";
import type { DeployPlan } from "../../plan.ts";
import { EXAMPLE_NAMES, examplePlans, externalBrokerPlans } from "../../plans.fixture.ts";
import type { Files } from "../../target.ts";
import { type Carried, testTarget } from "../../target-contract.fixture.ts";
import { at, listAt, textAt } from "../k8s/judges/objects.fixture.ts";
import { everythingOn } from "../k8s/plans.fixture.ts";
import { chartErrors } from "./chart-rules.fixture.ts";
import { imageParts } from "./image-parts.ts";
import { target } from "./index.ts";

testTarget(target, { readBack });

/** As the templates put it together: texts from files, everything else from the values. */
function readBack(files: Files, plan: DeployPlan): Carried[] {
  const values: unknown = parse(files["values.yaml"] ?? "", { version: "1.1" });
  return plan.agents.map(({ name, config }) => {
    const agent = at(values, "agents", name);
    const carried = Object.fromEntries(
      listAt(agent, "configFiles").map((file) => [
        `${textAt(agent, "configFolder")}/${textAt(file, "path")}`,
        files[`files/${name}/${textAt(file, "key")}`] ?? "",
      ]),
    );
    return {
      agent: name,
      config: carried[config.path] ?? "",
      files: carried,
      env: at(agent, "env") as Record<string, string>,
      args: listAt(agent, "args") as string[],
    };
  });
}

const plans: readonly (readonly [string, DeployPlan])[] = [
  ...EXAMPLE_NAMES.map((name) => [name, examplePlans[name]] as const),
  ...EXAMPLE_NAMES.map((name) => [`${name}, with a broker of its own`, externalBrokerPlans[name]] as const),
  ...Object.entries(await everythingOn()),
];

test.each(plans)("%s: the chart keeps to the rules, and its values to their schema", (_, plan) => {
  expect(chartErrors(target.render(plan))).toEqual([]);
});

test("templates are the same for every plan: only values and files differ", () => {
  const [one, two] = [examplePlans.minimal, examplePlans.jetson].map((plan) =>
    Object.entries(target.render(plan)).filter(
      ([path]) => path.startsWith("templates/") || path === "values.schema.json",
    ),
  );
  expect(one).toEqual(two!);
});

describe("the rules can say no", () => {
  const good = target.render(examplePlans.researcher);
  test.each<[string, Files]>([
    ["a chart without a version", { "Chart.yaml": "apiVersion: v2\nname: x\ntype: application\n" }],
    ["a block that does not end", { "templates/services.yaml": "{{- if .Values.broker.enabled }}\n" }],
    ["an action that does not end", { "templates/services.yaml": "a: {{ .Values.broker.enabled\n" }],
    ["a value that is not there", { "templates/services.yaml": "{{ .Values.brokers }}" }],
    ["an agent's value that is not there", { "templates/services.yaml": "{{ $agent.storage.sise }}" }],
    ["a template that is not there", { "templates/services.yaml": '{{ include "agents.label" . }}' }],
    [
      "values that are none",
      { "values.yaml": good["values.yaml"]!.replace("replicas: 1", "replicas: many") },
    ],
    ["values that nobody knows", { "values.yaml": `${good["values.yaml"]}extra: 1\n` }],
    ["a schema that is none", { "values.schema.json": '{"type":"objekt"}' }],
  ])("%s", (_, wrong) => {
    expect(chartErrors({ ...good, ...wrong })).not.toEqual([]);
  });

  test("a config that is missing", () => {
    const { "files/researcher-agent/agent.toml": _, ...others } = good;
    expect(chartErrors(others)).toEqual(["no file files/researcher-agent/agent.toml"]);
  });
});

test("the schema takes what people set, and refuses what would not work", () => {
  const files = target.render(examplePlans.researcher);
  const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(files["values.schema.json"]!));
  const values = parse(files["values.yaml"]!);
  const set = (path: readonly string[], value: unknown) => {
    const copy = structuredClone(values);
    (at(copy, ...path.slice(0, -1)) as Record<string, unknown>)[path.at(-1)!] = value;
    return validate(copy);
  };
  const agent = ["agents", "researcher-agent"];
  expect(set(["image", "tag"], "2.0.0")).toBe(true);
  expect(set([...agent, "nodeSelector"], { disk: "ssd" })).toBe(true);
  expect(set(["global"], { any: "thing" })).toBe(true);
  expect(set(["broker"], { enabled: false })).toBe(true);
  expect(set(["broker"], { enabled: true })).toBe(false);
  expect(set(["image", "tag"], 2)).toBe(false);
  expect(set([...agent, "replicaCount"], 2)).toBe(false);
  expect(set([...agent, "service", "type"], "Ingress")).toBe(false);
});

test.each([
  ["agent2389:1.2.3", "agent2389", "1.2.3", ""],
  ["registry.example.com:5000/team/agent2389", "registry.example.com:5000/team/agent2389", "", ""],
  ["r:5000/a:1@sha256:abc", "r:5000/a", "1", "sha256:abc"],
  ["a@sha256:abc", "a", "", "sha256:abc"],
])("the parts of the image %s", (reference, repository, tag, digest) => {
  expect(imageParts(reference)).toEqual({ repository, tag, digest });
});
