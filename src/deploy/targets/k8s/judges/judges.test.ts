import { describe, expect, test } from "bun:test";
import { examplePlans } from "../../../plans.fixture.ts";
import { target } from "../index.ts";
import type { Manifest } from "../manifest.ts";
import { at, only, readObjects, readStream } from "./objects.fixture.ts";
import { podsOf, restrictedViolations } from "./pod-security.fixture.ts";
import { brokenReferences } from "./references.fixture.ts";
import { KUBERNETES, schemaJudge } from "./schema-judge.fixture.ts";

/** A judge that never says no is none. */

const objects = readObjects(target.render(examplePlans.storage));
const deployment = only(objects, "Deployment");

/** The object with something else at a path; undefined takes it away. */
function changed<T>(object: T, path: readonly (string | number)[], value: unknown): T {
  const copy = structuredClone(object);
  const parent = at(copy, ...path.slice(0, -1)) as Record<string | number, unknown>;
  const last = path.at(-1)!;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

const CONTAINER = ["spec", "template", "spec", "containers", 0] as const;

describe.each(KUBERNETES)("the schemas of Kubernetes %s refuse", async (version) => {
  const judge = await schemaJudge(version);
  test.each([
    ["an unknown field", [...CONTAINER, "imagePullpolicy"], "Always"],
    ["an unknown field of the top", ["specs"], {}],
    ["a number for a text", ["metadata", "labels", "app.kubernetes.io/version"], 1],
    ["a text for a number", ["spec", "replicas"], "1"],
    ["a list for an object", ["spec", "selector"], []],
    ["what is required and missing", [...CONTAINER, "name"], undefined],
    ["an unknown kind", ["kind"], "Deploymen"],
    ["an unknown version", ["apiVersion"], "apps/v1beta1"],
  ])("%s", (_, path, value) => {
    expect(judge(deployment)).toEqual([]);
    expect(judge(changed(deployment, path, value))).not.toEqual([]);
  });
});

test("the OpenAPI document refuses two entries of one name", async () => {
  const judge = await schemaJudge("openapi");
  const twice = [
    { name: "A", value: "1" },
    { name: "A", value: "2" },
  ];
  expect(judge(changed(deployment, [...CONTAINER, "env"], twice))).not.toEqual([]);
});

test("kinds of operators are strict, too", async () => {
  const judge = await schemaJudge("openapi");
  const monitor = only(objects, "ServiceMonitor");
  expect(judge(monitor)).toEqual([]);
  expect(judge(changed(monitor, ["spec", "endpoints", 0, "pathh"], "/x"))).not.toEqual([]);
});

const [pod] = podsOf(deployment);

test.each([
  ["the host's network", ["hostNetwork"], true],
  ["the host's files", ["volumes", 0], { name: "config", hostPath: { path: "/" } }],
  ["root", ["securityContext", "runAsNonRoot"], undefined],
  ["root by its number", ["containers", 0, "securityContext", "runAsUser"], 0],
  ["no seccomp profile", ["securityContext", "seccompProfile"], undefined],
  ["an unconfined seccomp profile", ["securityContext", "seccompProfile", "type"], "Unconfined"],
  ["escalation of privileges", ["containers", 0, "securityContext", "allowPrivilegeEscalation"], undefined],
  ["privileges", ["containers", 0, "securityContext", "privileged"], true],
  ["capabilities", ["containers", 0, "securityContext", "capabilities", "drop"], []],
  ["more capabilities", ["containers", 0, "securityContext", "capabilities", "add"], ["SYS_ADMIN"]],
  ["ports of the host", ["containers", 0, "ports", 0, "hostPort"], 80],
  ["a probe of another host", ["containers", 0, "livenessProbe", "httpGet", "host"], "10.0.0.1"],
  ["an init container that may do more", ["initContainers"], [{ name: "x", image: "y" }]],
  ["unsafe sysctls", ["securityContext", "sysctls"], [{ name: "kernel.msgmax", value: "1" }]],
  ["another SELinux type", ["securityContext", "seLinuxOptions"], { type: "spc_t" }],
  ["no AppArmor", ["containers", 0, "securityContext", "appArmorProfile"], { type: "Unconfined" }],
  ["a mount of /proc", ["containers", 0, "securityContext", "procMount"], "Unmasked"],
])("the restricted Pod Security Standard refuses %s", (_, path, value) => {
  expect(restrictedViolations(pod)).toEqual([]);
  expect(restrictedViolations(changed(pod, path, value))).not.toEqual([]);
});

const replaced = (kind: string, path: readonly (string | number)[], value: unknown): Manifest[] =>
  objects.map((object) => (object.kind === kind ? changed(object, path, value) : object));

test.each([
  ["a name that is none", "ConfigMap", ["metadata", "name"], "Not_a_name"],
  ["another namespace", "Service", ["metadata", "namespace"], "other"],
  ["a label that is none", "Service", ["metadata", "labels", "app.kubernetes.io/version"], "1.2+build"],
  ["a selector without pods", "Service", ["spec", "selector"], { app: "x" }],
  ["a policy without pods", "NetworkPolicy", ["spec", "podSelector", "matchLabels"], { app: "x" }],
  ["a port that is not there", "Service", ["spec", "ports", 0, "targetPort"], "https"],
  ["a monitored port that is not there", "ServiceMonitor", ["spec", "endpoints", 0, "port"], "metrics"],
  [
    "a ConfigMap that is not there",
    "Deployment",
    ["spec", "template", "spec", "volumes", 0, "configMap", "name"],
    "x",
  ],
  ["a key that is not there", "ConfigMap", ["data", "agent.toml"], undefined],
  ["a claim that is not there", "PersistentVolumeClaim", ["metadata", "name"], "x"],
  ["an account that is not there", "ServiceAccount", ["metadata", "name"], "x"],
  ["a volume that is not there", "Deployment", [...CONTAINER, "volumeMounts", 0, "name"], "x"],
  ["a probed port that is not there", "Deployment", [...CONTAINER, "livenessProbe", "httpGet", "port"], "x"],
])("references: %s", (_, kind, path, value) => {
  expect(brokenReferences(objects, "archive")).toEqual([]);
  expect(brokenReferences(replaced(kind, path, value), "archive")).not.toEqual([]);
});

test("references: an object that is there twice", () => {
  expect(brokenReferences([...objects, deployment], "archive")).toEqual([
    "Deployment archive-agent-2 is there twice",
  ]);
});

test("what is no YAML, or no object, is refused", () => {
  expect(() => readStream("a: [")).toThrow();
  expect(() => readStream("a: 1\n---\n")).toThrow("no object of the API");
});
