import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { l4Node, nodeObject, podObject, templateObject } from "../../src/modelcar/cluster/cluster.fixture.ts";
import { type KubernetesApi, kubernetesApi, TOKEN, USER } from "../peers/kubernetes-api.ts";
import { tempDir } from "../peers/temp-dir.ts";
import { runBinary, startBinary } from "./binary.ts";

let api: KubernetesApi;
const dir = tempDir();
beforeAll(async () => {
  api = await kubernetesApi(dir.path);
  api.put(l4Node({ name: "gpu-1" }));
  api.put(l4Node({ name: "gpu-2", unschedulable: true }));
  api.put(nodeObject({ name: "master-0" }));
  api.put(podObject({ name: "serving", nodeName: "gpu-1", gpus: 3 }));
  api.put(templateObject("vllm-cuda-runtime-template", "quay.io/modh/vllm@sha256:ab", "v0.11.2.1"));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const accelerators = (user: object, ...more: string[]) => {
  const kubeconfig = join(dir.path, "kubeconfig");
  writeFileSync(kubeconfig, api.kubeconfig(user));
  return runBinary(["model-car", "accelerators", ...more], {
    env: { KUBECONFIG: kubeconfig },
    cwd: dir.path,
  });
};

test("the compiled program reads a cluster over TLS of its own authority", async () => {
  const { code, stdout, stderr } = await accelerators({ token: TOKEN });
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/gpu-1.*L4/);
  expect(stdout).toContain("node gpu-2 is cordoned or drained");
  expect(stdout).toContain(`as ${USER}`);
});

test("with a client certificate, and with a credential plugin", async () => {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const { cert, key } = api.client;
  const certificate = { "client-certificate-data": base64(cert), "client-key-data": base64(key) };
  expect((await accelerators(certificate)).code).toBe(0);
  const command = join(dir.path, "plugin");
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token: TOKEN },
  };
  writeFileSync(command, `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`);
  chmodSync(command, 0o755);
  expect((await accelerators({ exec: { apiVersion: credential.apiVersion, command } })).code).toBe(0);
});

test("its JSON is an inventory that check takes, elsewhere", async () => {
  const { stdout } = await accelerators({ token: TOKEN }, "--json");
  const inventory = JSON.parse(stdout);
  expect(inventory).toMatchObject({
    source: "cluster",
    complete: true,
    runtime: { version: "0.11.2.1" },
    nodes: [
      { name: "gpu-1", schedulable: true, pools: [{ product: "NVIDIA-L4", allocatable: 4, allocated: 3 }] },
      { name: "gpu-2", schedulable: false },
    ],
  });
  expect(stdout).not.toContain(TOKEN);
});

test("a login that is not accepted, a cluster that is away: told, with what to do", async () => {
  const refused = await accelerators({ token: "sha256~expired-00000000" });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("does not accept the login");
  const config = JSON.parse(api.kubeconfig({ token: TOKEN }));
  config.clusters[0].cluster.server = "https://127.0.0.1:1";
  const kubeconfig = join(dir.path, "away");
  writeFileSync(kubeconfig, JSON.stringify(config));
  const away = await runBinary(["model-car", "accelerators", "--kubeconfig", kubeconfig]);
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining("cannot be reached")]);
});

test("Ctrl-C ends a QA run, and what was staged is gone", async () => {
  const bin = join(dir.path, "bin");
  await Bun.write(
    join(bin, "podman"),
    '#!/bin/sh\n[ "$1" = rm ] && exit 0\necho collecting\nexec sleep 60\n',
  );
  chmodSync(join(bin, "podman"), 0o755);
  const temp = join(dir.path, "temp");
  await Bun.write(join(temp, "here"), "");
  writeFileSync(join(dir.path, "kubeconfig"), api.kubeconfig({ token: TOKEN }));
  await Bun.write(join(dir.path, "car.yaml"), "model-car:\n  - name: a\n    image: oci://quay.io/org/a:1\n");
  const auth = Buffer.from("robot:pull-secret-word").toString("base64");
  const running = await startBinary(["model-car", "qa", "car.yaml"], {
    cwd: dir.path,
    env: {
      KUBECONFIG: "kubeconfig",
      PATH: `${bin}:${process.env["PATH"]}`,
      TMPDIR: temp,
      OCI_REGISTRY_PULL_SECRET: Buffer.from(JSON.stringify({ auths: { "quay.io": { auth } } })).toString(
        "base64",
      ),
    },
  });
  await running.shows(/\[QA\] collecting/);
  expect([...new Bun.Glob("agent2389-qa-*/*").scanSync(temp)]).toHaveLength(2);
  running.kill("SIGINT");
  const { stdout, stderr } = await running.ended;
  expect(stdout.trim().split("\n").at(-1)).toBe("QA_ERROR:INTERRUPTED");
  expect([...new Bun.Glob("*").scanSync({ cwd: temp, onlyFiles: false })]).toEqual(["here"]);
  expect(stdout + stderr).not.toContain("pull-secret-word");
});
