import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KubernetesApi, kubernetesApi, TOKEN, USER } from "../../../test/peers/kubernetes-api.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { cliDouble } from "../../deploy/cli-double.fixture.ts";
import { l4Node, nodeObject, podObject, templateObject } from "../../modelcar/cluster/cluster.fixture.ts";
import { tinyFiles } from "../../modelcar/model/tiny-model.fixture.ts";
import { tinyRegistry } from "../../modelcar/model/tiny-registry.fixture.ts";
import { answering, kserve } from "../../modelcar/qa/kserve/kserve.fixture.ts";
import { LOGIN_ENV, PASSWORD } from "../../modelcar/qa/qa.fixture.ts";
import { runCli } from "../framework/testing.fixture.ts";
import { programs } from "../index.ts";

let api: KubernetesApi;
let dir: ReturnType<typeof tempDir>;
beforeEach(async () => {
  dir = tempDir();
  api = await kubernetesApi(dir.path, { proxied: answering });
  writeFileSync(join(dir.path, "kubeconfig"), api.kubeconfig({ token: TOKEN }));
  api.put(l4Node({ name: "gpu-1" }));
  api.put(podObject({ name: "serving", nodeName: "gpu-1", gpus: 1 }));
  api.put(templateObject("vllm-cuda-runtime-template", "quay.io/modh/vllm@sha256:ab", "v0.11.2.1"));
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

/** Nothing answers there: what is not known of the images stays unknown. */
const CAR = "model-car:\n  - name: granite-8b\n    image: oci://127.0.0.1:1/org/granite-8b:1\n";
const REDHAT = "model-car:\n  - name: granite-8b\n    image: oci://registry.redhat.io/org/granite-8b:1\n";

async function modelCar(argv: string[], car = CAR, env: Record<string, string> = {}) {
  writeFileSync(join(dir.path, "modelcar.yaml"), car);
  const outcome = await runCli(programs[0], ["model-car", ...argv], {
    cwd: dir.path,
    env: { KUBECONFIG: "kubeconfig", ...env },
    services: { fetch: (url, init) => fetch(url, init) },
  });
  for (const secret of [TOKEN, PASSWORD]) expect(outcome.stdout + outcome.stderr).not.toContain(secret);
  return outcome;
}
/** A model-car with a model of this machine that fits anywhere. */
async function tinyModel(): Promise<string> {
  for (const { path, data } of tinyFiles()) await Bun.write(join(dir.path, path), data);
  return "model-car:\n  - name: tiny\n    image: ./models\n";
}
const lastLine = ({ stdout }: { stdout: string }) => stdout.trim().split("\n").at(-1);

describe("model-car accelerators", () => {
  test("shows the cluster that kubectl would ask", async () => {
    const { code, stdout, stderr } = await modelCar(["accelerators"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("gpu-1");
    expect(stdout).toContain("L4");
  });

  test("what is saved of it is read again by check", async () => {
    const { stdout } = await modelCar(["accelerators", "--json"]);
    writeFileSync(join(dir.path, "inventory.json"), stdout);
    const again = await modelCar(["accelerators", "--json", "--inventory", "inventory.json"], CAR, {
      KUBECONFIG: "none",
    });
    const { nodes, runtime } = JSON.parse(again.stdout);
    expect(nodes).toEqual(JSON.parse(stdout).nodes);
    expect(runtime).toMatchObject({ version: "0.11.2.1", platform: "cuda" });
  });

  test("a login that is not accepted is told with what to do", async () => {
    api.behaviour.tokens = {};
    const { code, stderr } = await modelCar(["accelerators"]);
    expect(code).toBe(1);
    expect(stderr).toContain("does not accept the login");
    expect(stderr).toContain("oc login");
  });
});

describe("model-car qa", () => {
  test("runs the suite in podman, with what the cluster has", async () => {
    using podman = cliDouble({ podman: [{ when: /^run /, say: { stdout: "== 1 passed in 3.0s ==\n" } }] });
    const outcome = await modelCar(["qa", "modelcar.yaml"], REDHAT, { PATH: podman.path, ...LOGIN_ENV });
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(lastLine(outcome)).toBe("QA_OK");
    expect(outcome.stdout).toContain(`as ${USER}`);
    expect(podman.lines()[0]).toContain(
      "--vllm-runtime-image=quay.io/modh/vllm@sha256:ab --supported-accelerator-type=nvidia",
    );
  });

  test("serves with KServe; --json gives the outcome alone to standard output", async () => {
    api.behaviour.reconcile = kserve({}).reconcile;
    const { code, stdout, stderr } = await modelCar(["qa", "modelcar.yaml", "--runner", "kserve", "--json"]);
    expect(JSON.parse(stdout)).toEqual({ code: "QA_OK", text: "1 model served" });
    expect(code).toBe(0);
    expect(stderr.trim().split("\n").at(-1)).toBe("QA_OK");
    expect(api.names()).not.toContain("Namespace /model-validation");
  });

  test.each<[string, () => unknown, string]>([
    ["no such file", () => "--kubeconfig=kubeconfig", "MODELCAR_NOT_FOUND"],
    ["no kubeconfig", () => "--kubeconfig=nowhere", "KUBECONFIG_MISSING"],
    ["an unknown context", () => "--context=nowhere", "KUBECONFIG_INVALID"],
    [
      "a cluster without accelerators",
      () => {
        api.remove("Node", "gpu-1");
        api.put(nodeObject());
      },
      "CLUSTER_UNHEALTHY",
    ],
    ["a login that has expired", () => Object.assign(api.behaviour, { tokens: {} }), "KUBECONFIG_INVALID"],
  ])("%s ends with its code", async (what, prepare, code) => {
    const more = prepare();
    const file = what === "no such file" ? "other.yaml" : "modelcar.yaml";
    const outcome = await modelCar(
      ["qa", file, ...(typeof more === "string" ? [more] : [])],
      REDHAT,
      LOGIN_ENV,
    );
    expect([outcome.code, lastLine(outcome)]).toEqual([1, `QA_ERROR:${code}`]);
    expect(outcome.stdout).toContain("[QA] What to do: ");
  });

  test("check --qa runs them after a GO, and not after another verdict", async () => {
    using podman = cliDouble({ podman: [{ when: /^run /, say: { stdout: "== 2 skipped in 0.5s ==\n" } }] });
    const tiny = await tinyModel();
    const go = await modelCar(["check", "modelcar.yaml", "--qa", "podman", "--json"], tiny, {
      PATH: podman.path,
    });
    expect(JSON.parse(go.stdout)).toMatchObject({
      verdict: "GO",
      qa: { code: "QA_ERROR:MODEL_NOT_DEPLOYABLE" },
      steps: [{}, {}, {}, { name: "QA Validation", status: "partial" }],
    });
    expect([go.code, go.stderr.trim().split("\n").at(-1)]).toEqual([1, "QA_ERROR:MODEL_NOT_DEPLOYABLE"]);
    const other = await modelCar(["check", "modelcar.yaml", "--qa", "podman", "--json"], REDHAT, {
      PATH: podman.path,
    });
    expect(JSON.parse(other.stdout).qa).toBeUndefined();
    expect(podman.calls()).toEqual([]);
  });

  test("check --qa runs what is deployable, with the arguments of optimize, and says so", async () => {
    using registry = tinyRegistry();
    const controller = kserve({});
    api.behaviour.reconcile = controller.reconcile;
    const image = `oci://${registry.host}/org/model:1`;
    const car = `model-car:
  - name: fine
    image: ${image}
    serving_arguments: { args: [--max-model-len=1024] }
  - name: too-long
    image: ${image}
    serving_arguments: { args: [--max-model-len=4096] }
  - name: unread
    image: oci://127.0.0.1:1/org/granite-8b:1
`;
    const { code, stdout, stderr } = await modelCar(
      ["check", "modelcar.yaml", "--qa", "kserve", "--json"],
      car,
    );
    const report = JSON.parse(stdout);
    expect(report.qa).toEqual({
      code: "QA_OK",
      text: "2 models served",
      file: "modelcar.generated.yaml",
      models: ["fine", "too-long"],
    });
    expect(controller.starts.map(({ args }) => args)).toEqual([
      ["--max-model-len=1024"],
      ["--max-model-len=2048"],
    ]);
    // The verdict is on the file as it is written.
    expect([code, report.verdict]).toEqual([1, "NO-GO"]);
    expect(report.steps[3].checks[0].detail).toBe(
      "modelcar.generated.yaml (in memory, as 'model-car optimize' makes it of modelcar.yaml): too-long with --max-model-len=2048; without unread",
    );
    expect(stderr).toStartWith("[QA] runs modelcar.generated.yaml (in memory");
    expect(existsSync(join(dir.path, "modelcar.generated.yaml"))).toBe(false);
    expect(readFileSync(join(dir.path, "modelcar.yaml"), "utf8")).toBe(car);
  });

  test("what is odd in the file is told, and keeps nothing from running", async () => {
    const { stdout } = await modelCar(["qa", "modelcar.yaml"], `${REDHAT}    zzz: 1\n`, LOGIN_ENV);
    expect(stdout).toStartWith('[QA] warning: modelcar.yaml:4:5: model-car[0]: the key "zzz" is not known');
    expect(stdout).toContain("[QA] cluster ");
  });

  test("a file that is wrong is told with its line", async () => {
    const car = "model-car:\n  - name: a\n  - name: a\n";
    const outcome = await modelCar(["qa", "modelcar.yaml"], car);
    expect(lastLine(outcome)).toBe("QA_ERROR:MODELCAR_YAML_INVALID");
    const marked = outcome.stdout.trimEnd().split("\n").slice(0, -1);
    expect(marked.filter((each) => !each.startsWith("[QA] "))).toEqual([]);
    expect(outcome.stdout).toContain("[QA] modelcar.yaml:2:");
    const { problems } = JSON.parse((await modelCar(["qa", "modelcar.yaml", "--json"], car)).stdout);
    expect(problems.map(({ line }: { line: number }) => line)).toEqual([2, 3, 3]);
  });
});
