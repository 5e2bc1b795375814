import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { l4Node, podObject } from "../../src/modelcar/cluster/cluster.fixture.ts";
import {
  runtimeObject,
  type Stage,
  secretObject,
  serviceObject,
  servingOf,
} from "../../src/modelcar/qa/kserve/render.ts";
import { type KubernetesApi, kubernetesApi, USER } from "./kubernetes-api.ts";
import { tempDir } from "./temp-dir.ts";

/** kubectl itself is content with the peer: so its answers are of the shapes that clients of Kubernetes know. */
const kubectl = Bun.which("kubectl");
const why = kubectl ? "" : " (skipped: kubectl is not on PATH)";

let api: KubernetesApi;
const dir = tempDir();
beforeAll(async () => {
  api = await kubernetesApi(dir.path);
  writeFileSync(join(dir.path, "kubeconfig"), api.kubeconfig());
  api.put(l4Node({ name: "gpu-1" }));
  api.put(l4Node({ name: "gpu-2" }));
  api.put(podObject({ name: "serving", nodeName: "gpu-1", gpus: 1 }));
  api.put({ kind: "Namespace", metadata: { name: "llm" } });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

async function call(argv: string[], stdin = "") {
  const child = Bun.spawn([kubectl!, "--kubeconfig", join(dir.path, "kubeconfig"), ...argv], {
    env: { HOME: dir.path, PATH: process.env["PATH"] },
    stdin: Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, stdout, stderr };
}

test.skipIf(!kubectl)(`kubectl logs in and reads it${why}`, async () => {
  expect((await call(["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"])).stdout).toBe(USER);
  expect((await call(["get", "nodes", "-o", "name"])).stdout).toBe("node/gpu-1\nnode/gpu-2\n");
  const pods = ["get", "pods", "-A", "--field-selector", "spec.nodeName=gpu-1", "-o", "name"];
  expect((await call(pods)).stdout).toBe("pod/serving\n");
});

test.skipIf(!kubectl)(`kubectl hears what is not allowed${why}`, async () => {
  api.behaviour.denied = ["list nodes"];
  const { code, stderr } = await call(["get", "nodes"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("(Forbidden): nodes is forbidden")]);
  expect((await call(["auth", "can-i", "list", "nodes"])).stdout.trim()).toBe("no");
  api.behaviour.denied = [];
});

test.skipIf(!kubectl)(`what a KServe run applies, kubectl applies as well${why}`, async () => {
  const stage: Stage = {
    ...{ run: "x7", namespace: "llm", runtimeImage: "vllm:1", resource: "nvidia.com/gpu", tolerations: [] },
    auths: { "quay.io": { auth: "YTpi" } },
  };
  const entry = {
    name: "m",
    image: "oci://quay.io/org/m:1",
    outputType: undefined,
    args: [],
    gpuCount: 1,
    line: 1,
  };
  const objects = [
    secretObject(stage),
    runtimeObject(stage),
    serviceObject(stage, servingOf(entry, "qa-m", 16)),
  ];
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const { code, stderr } = await call(["apply", "--server-side", "--validate=false", "-f", "-"], text);
  expect([code, stderr]).toEqual([0, ""]);
  expect(api.names()).toContain("InferenceService llm/qa-m");
});
