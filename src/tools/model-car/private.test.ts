import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestCa, testCa } from "../../../test/peers/certificates.ts";
import { type KubernetesApi, kubernetesApi, TOKEN } from "../../../test/peers/kubernetes-api.ts";
import { ociRegistry } from "../../../test/peers/oci-registry.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { silent } from "../../log/logger.ts";
import { l4Node, podObject, templateObject } from "../../modelcar/cluster/cluster.fixture.ts";
import { llamaFolder } from "../../modelcar/model/llama-folder.fixture.ts";
import { tinyFiles } from "../../modelcar/model/tiny-model.fixture.ts";
import { makeTar } from "../../modelcar/tar/tar.fixture.ts";
import { factoryOf } from "../table.ts";

/** Registries and clusters whose certificates are of an authority of one's own. */

const dir = tempDir();
let ca: TestCa;
let api: KubernetesApi;
beforeAll(async () => {
  mkdirSync(join(dir.path, "api"));
  ca = await testCa(dir.path);
  api = await kubernetesApi(join(dir.path, "api"));
  api.put(l4Node({ name: "gpu-1", taints: [{ key: "gpu", value: "mine", effect: "NoSchedule" }] }));
  api.put(podObject({ name: "serving", nodeName: "gpu-1", gpus: 3 }));
  api.put(templateObject("vllm-cuda-runtime-template", "quay.io/modh/vllm@sha256:ab", "v0.11.2.1"));
  writeFileSync(join(dir.path, "kubeconfig"), api.kubeconfig({ token: TOKEN }, "llm"));
  llamaFolder(join(dir.path, "cars/llama"));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

async function opened(options: Record<string, unknown>, env: Record<string, string> = {}) {
  const setting = { name: "model_car", impl: "builtin", options: { allowed_paths: ["cars"], ...options } };
  const { tools } = await factoryOf(setting)!.open(setting, { env, baseDir: dir.path, log: silent });
  return tools[0]!;
}

async function call(args: object, options: Record<string, unknown>, env?: Record<string, string>) {
  const tool = await opened(options, env);
  const checked = tool.check(args);
  if (!checked.ok) throw new Error(checked.problems.join("; "));
  const { content } = await tool.run(checked.value, toolContext());
  expect(content).not.toContain(TOKEN);
  return JSON.parse(content);
}

test("registry_ca: a registry is read with the authority of the config, and without it is not", async () => {
  using registry = ociRegistry({}, await ca.issue("IP:127.0.0.1"));
  registry.image("1", [registry.blob(makeTar(tinyFiles()))]);
  const question = { action: "estimate", model: `oci://${registry.host}/org/model:1`, gpus: "L4" };
  const options = { allowed_registries: [registry.host] };
  const read = await call(question, { ...options, registry_ca: [`${registry.host}=ca.pem`] });
  expect(read.models[0]).toMatchObject({ verdict: "GO", estimatedFromName: false });
  const other = await call(question, { ...options, registry_ca: [`other.example=ca.pem`] });
  expect(other.models[0]).toMatchObject({ verdict: "UNKNOWN", estimatedFromName: true });
  await expect(opened({ registry_ca: ["nothing.pem"] })).rejects.toThrow(
    "nothing.pem: there is no such file",
  );
});

const LLAMA = { action: "estimate", model: "llama", arguments: ["--max-model-len=8192"] };

test("cluster: its nodes, what is free, its runtime and its taints decide where no machines are named", async () => {
  const cluster = { kubeconfig: "kubeconfig" };
  expect((await opened({ cluster })).description).toContain("those of the cluster");
  const kept = await call(LLAMA, { cluster });
  expect(kept.verdict).toBe("NO-GO");
  expect(JSON.stringify(kept.models[0].reasons)).toContain("gpu=mine:NoSchedule");
  const tolerated = await call(LLAMA, { cluster: { ...cluster, tolerations: ["gpu=mine"] } });
  expect(tolerated).toMatchObject({ verdict: "GO", runtime: { version: "0.11.2.1" } });
  const machines = await call({ action: "gpus" }, { cluster });
  expect(machines.nodes).toMatchObject([{ name: "gpu-1", pools: [{ allocatable: 4, allocated: 3 }] }]);
  expect((await call({ ...LLAMA, gpus: "1x L40S" }, { cluster })).verdict).toBe("GO");
});

test("cluster: where the nodes may not be listed, that is said, and what to do; what a model needs is told", async () => {
  const cluster = { kubeconfig: "kubeconfig" };
  api.behaviour.denied = ["list nodes", "list pods"];
  try {
    const { verdict, summary, machines, models } = await call(LLAMA, { cluster });
    expect([verdict, models[0].reasons[0].code]).toEqual(["UNKNOWN", "nodes-unread"]);
    expect(summary).toContain("not allowed to list nodes of the cluster");
    expect(models[0].verdictLine).toContain("name the GPUs, or give an inventory saved by someone");
    expect(models[0].memory.neededGiBEachGpu).toBeGreaterThan(15);
    expect(machines.problems[0]).toMatch(/not allowed to list nodes.*\. Ask an administrator for a role/);
    const { nodes, problems } = await call({ action: "gpus" }, { cluster });
    expect([nodes, problems[0].code]).toEqual([[], "list-nodes-denied"]);
  } finally {
    api.behaviour.denied = [];
  }
});

test("cluster: the one that kubectl would ask; one that cannot be asked is told, with what to do", async () => {
  const { nodes } = await call({ action: "gpus" }, { cluster: {} }, { KUBECONFIG: "kubeconfig" });
  expect(nodes).toHaveLength(1);
  await expect(call({ action: "gpus" }, { cluster: {} })).rejects.toThrow(/no cluster is known.*oc login/);
  writeFileSync(join(dir.path, "expired"), api.kubeconfig({ token: "sha256~expired-00000000" }));
  const refused = call({ action: "gpus" }, { cluster: { kubeconfig: "expired" } });
  await expect(refused).rejects.toThrow(/does not accept the login.*log in again/);
  await expect(opened({ cluster: { tolerations: ["a b"] } })).rejects.toThrow("expected a taint");
});
