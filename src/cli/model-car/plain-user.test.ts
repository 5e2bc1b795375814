import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KubernetesApi, kubernetesApi } from "../../../test/peers/kubernetes-api.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { l4Node } from "../../modelcar/cluster/cluster.fixture.ts";
import { llamaFolder } from "../../modelcar/model/llama-folder.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programs } from "../index.ts";

/** A user of a project, as OpenShift makes them: nodes and the pods of others are not for their eyes. */
const DENIED = ["list nodes", "list pods", "list clusterservingruntimes"];

let api: KubernetesApi;
let dir: ReturnType<typeof tempDir>;
beforeEach(async () => {
  dir = tempDir();
  api = await kubernetesApi(dir.path, { denied: [...DENIED] });
  api.put(l4Node({ name: "gpu-1" }));
  writeFileSync(join(dir.path, "kubeconfig"), api.kubeconfig(undefined, "project"));
  llamaFolder(join(dir.path, "llama"));
  writeFileSync(join(dir.path, "car.yaml"), "model-car:\n  name: llama\n  image: ./llama\n");
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const run = (...argv: string[]) =>
  runCli(programs[0], ["model-car", ...argv], {
    cwd: dir.path,
    env: { KUBECONFIG: "kubeconfig" },
    services: { fetch: (url, init) => fetch(url, init) },
  });

const REFUSED = "not allowed to list nodes of the cluster";
const NONE = /there are none|without a GPU|has no GPU/;

test("check says that the GPUs are not known, why, and what to do; what the models need is told all the same", async () => {
  const { code, stdout, stderr } = await run("check", "car.yaml");
  expect(code).toBe(1);
  expect(stdout).not.toMatch(NONE);
  expect(stdout).toContain("- [!] Look at the cluster: which GPUs it has is not known\n");
  expect(stdout).toContain(`  ? no GPU is known: ${REFUSED} (context test of `);
  expect(stdout).toMatch(/1 of 1, for one GPU of 80 GB/);
  expect(stdout).toMatch(/llama +UNKNOWN +3\d\.\d\d GiB/);
  expect(stdout).toContain(`UNKNOWN: it cannot be told where the model would run: ${REFUSED}`);
  expect(stdout.split(REFUSED)).toHaveLength(4); // the check, the reason, the verdict
  expect(stderr).toContain("hint: Name the GPUs by --gpus, or ask an administrator ");
  expect(stderr).toContain("'agent2389 model-car accelerators --json'");
});

test("so does its JSON, with a code for programs", async () => {
  const { stdout } = await run("check", "car.yaml", "--json");
  const { verdict, models, accelerators } = JSON.parse(stdout);
  expect([verdict, models[0].reasons[0].kind, models[0].reasons[0].code]).toEqual([
    "UNKNOWN",
    "unknown",
    "nodes-unread",
  ]);
  expect(models[0].memory.total).toBeGreaterThan(16e9);
  expect(accelerators.problems[0]).toMatchObject({ code: "list-nodes-denied", unread: "nodes" });
});

test("accelerators", async () => {
  const { code, stdout, stderr } = await run("accelerators");
  expect(code).toBe(1);
  expect(stdout).not.toMatch(NONE);
  expect(stdout).toContain("which GPUs the cluster has is not known\n");
  expect(stderr).toContain("hint: Name the GPUs by --gpus, or ask an administrator ");
  const info = await run("accelerators", "--gpu-info", "-");
  expect(info.stdout).toBe("");
  expect(info.stderr).toStartWith(`warning: no GPU is known: ${REFUSED}`);
});

test("an inventory that such a user saved says the same", async () => {
  writeFileSync(join(dir.path, "saved.json"), (await run("accelerators", "--json")).stdout);
  const shown = await run("accelerators", "--inventory", "saved.json");
  expect(shown.stdout).toContain("which GPUs saved.json has is not known\n");
  expect(shown.stdout).toContain(`! ${REFUSED}`);
  const { stdout } = await run("check", "car.yaml", "--inventory", "saved.json");
  expect(stdout).toContain(`- [!] Read all of it: ${REFUSED}`);
  expect(stdout).toContain(`  ? no GPU is known: ${REFUSED}`);
});

test("optimize and estimate", async () => {
  const made = await run("optimize", "car.yaml");
  expect([made.code, made.stdout]).toEqual([
    1,
    expect.stringContaining(`left out: UNKNOWN: no GPU is known: ${REFUSED}`),
  ]);
  expect(made.stderr).toContain("hint: Name the GPUs by --gpus, or ask an administrator ");
  const one = await run("estimate", "./llama", "--kubeconfig", "kubeconfig");
  expect(one.stdout).toContain(`? no GPU is known: ${REFUSED}`);
  expect(one.stdout).toMatch(/\.\/llama +UNKNOWN +3\d\.\d\d GiB/);
  expect(one.stderr).toContain("hint: Name the GPUs by --gpus, or ask an administrator ");
});

test("qa, and check --qa", async () => {
  const { stdout } = await run("qa", "car.yaml");
  expect(stdout).toContain(`[QA] ✗ the run is not begun: ${REFUSED}\n`);
  expect(stdout).toContain("[QA] What to do: Ask an administrator for a role with list on nodes");
  expect(stdout).toEndWith("QA_ERROR:PERMISSION_DENIED\n");
  const both = await run("check", "car.yaml", "--qa", "kserve");
  expect(both.stdout).toContain("- [ ] Run the models for real: which GPUs the cluster has is not known\n");
});

test("one who may list nodes and not the pods of others is told the same way out", async () => {
  api.behaviour.denied = ["list pods"];
  const { stdout, stderr } = await run("check", "car.yaml", "--vllm-version", "0.11.0");
  expect(stdout).toMatch(/UNKNOWN|NO-GO/);
  expect(stdout).toContain("how many of the GPUs of gpu-1 are free is not known");
  const small = await run("estimate", "./llama", "--max-model-len=8192", "--kubeconfig", "kubeconfig");
  expect(small.stdout).toContain("UNKNOWN: it cannot be told");
  expect(small.stderr).toContain("hint: Name the GPUs by --gpus, or ask an administrator ");
  expect(stderr).not.toContain("administrator"); // what does not fit has another remedy
});

test("one who may list nodes, and finds none with a GPU, is told that there are none", async () => {
  api.behaviour.denied = [];
  api.remove("Node", "gpu-1");
  const { stdout, stderr } = await run("check", "car.yaml");
  expect(stdout).toContain("- [!] Find GPUs: there are none\n");
  expect(stderr).not.toContain("administrator");
});
