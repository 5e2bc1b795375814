import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KubernetesApi, kubernetesApi, TOKEN } from "../../../test/peers/kubernetes-api.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { systemClock } from "../../base/clock.ts";
import type { ProgramCall } from "../../base/run-program.ts";
import { type AnswerRule, cliDouble } from "../../deploy/cli-double.fixture.ts";
import { testWorld } from "../cluster/cluster.fixture.ts";
import { readLogins } from "../registry/logins.ts";
import { type PodmanSettings, podmanRunner, QA_IMAGE } from "./podman.ts";
import { AUTH, CAR, loginEnv, qaRequest, qaWorld, told, UNHEALTHY } from "./qa.fixture.ts";
import type { QaRequest } from "./types.ts";

let api: KubernetesApi;
let dir: ReturnType<typeof tempDir>;
const at = (name: string): string => join(dir.path, name);
beforeEach(async () => {
  dir = tempDir();
  api = await kubernetesApi(dir.path);
  writeFileSync(at("kubeconfig"), api.kubeconfig({ token: TOKEN }));
  mkdirSync(at("tmp"));
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const passing = "=== 2 passed in 301.22s (0:05:01) ===\n";
const variables = ["QUAY_IO_REGISTRY_PULL_SECRET", "REGISTRY_REDHAT_IO_REGISTRY_PULL_SECRET"];

const runner = (settings: Partial<PodmanSettings> = {}) =>
  podmanRunner({ image: QA_IMAGE, timeoutSeconds: 1800, resultsFolder: at("results"), ...settings });

/** Runs the suite with a podman that answers as told; gives its calls, and what it saw of the staged files. */
async function run(
  rules: readonly AnswerRule[],
  over: Partial<QaRequest> = {},
  settings: { timeoutSeconds?: number } = {},
  during = (): void => {},
) {
  using podman = cliDouble({ podman: rules }, { env: variables });
  const staged: Record<string, { text: string; mode: number; folderMode: number }> = {};
  const real = testWorld().runProgram;
  const runProgram = (call: ProgramCall) => {
    for (const [, file] of call.argv.join(" ").matchAll(/-v ([^ :]+\/(?:kubeconfig|modelcar\.yaml)):/g))
      staged[file!.split("/").at(-1)!] = {
        text: readFileSync(file!, "utf8"),
        mode: statSync(file!).mode & 0o777,
        folderMode: statSync(join(file!, "..")).mode & 0o777,
      };
    if (call.argv[1] === "run") during();
    return real(call);
  };
  const world = qaWorld(at("tmp"), { runProgram, env: { PATH: podman.path }, clock: systemClock });
  const outcome = await told(runner(settings), await qaRequest(at("kubeconfig"), over), world);
  expect(readdirSync(at("tmp"))).toEqual([]);
  return { ...outcome, calls: podman.calls(), staged };
}

const ran = (stdout: string, code = 0): AnswerRule[] => [{ when: /^run /, say: { stdout, code } }];

test("the suite is called as it wants to be, and its lines are told", async () => {
  const { lines, result, calls, staged } = await run(ran(`collected 2 items\n${passing}`));
  expect(result).toMatchObject({ code: "QA_OK", text: expect.stringContaining("2 passed") });
  expect(lines).toContain("[QA] collected 2 items");
  const [call, removal] = calls;
  const name = call!.argv[call!.argv.indexOf("--name") + 1]!;
  // The folder first: where its random part has no capitals, the container bears the very same name.
  const plain = call!.argv.map((word) =>
    word === name ? "NAME" : word.replace(/\/[^:]*agent2389-qa-[^/]+/, "PRIVATE"),
  );
  expect(plain).toEqual([
    ...["run", "--rm", "--name", "NAME", "--user", "0:0", "--network", "host"],
    ...["-e", "HOME=/home/odh", "-e", "KUBECONFIG=/home/odh/.kube/config"],
    ...["-e", "REGISTRY_REDHAT_IO_REGISTRY_PULL_SECRET"],
    ...["-v", "PRIVATE/kubeconfig:/home/odh/.kube/config:Z"],
    ...["-v", `${at("results")}:/home/odh/opendatahub-tests/results:Z`],
    ...["-v", "PRIVATE/modelcar.yaml:/home/odh/opendatahub-tests/modelcar.yaml:Z"],
    "quay.io/opendatahub/opendatahub-tests:latest",
    "-vv",
    "tests/model_serving/model_runtime/vllm/modelcar/test_modelvalidation.py",
    "--model_car_yaml_path=/home/odh/opendatahub-tests/modelcar.yaml",
    "--vllm-runtime-image=registry.redhat.io/rhaiis/vllm-cuda-rhel9:3.2.5",
    "--supported-accelerator-type=nvidia",
    "--snapshot-update",
    "--log-file=/home/odh/opendatahub-tests/results/pytest-tests.log",
    "--junitxml=/home/odh/opendatahub-tests/results/junit.xml",
  ]);
  expect(removal!.argv).toEqual(["rm", "--force", "--ignore", "--time", "10", name]);
  expect(call!.env).toEqual({
    QUAY_IO_REGISTRY_PULL_SECRET: undefined,
    REGISTRY_REDHAT_IO_REGISTRY_PULL_SECRET: AUTH,
  });
  for (const { mode, folderMode } of Object.values(staged))
    expect([mode, folderMode]).toEqual([0o600, 0o700]);
  expect(staged["modelcar.yaml"]?.text).toBe(CAR);
  expect(JSON.parse(staged["kubeconfig"]!.text)).toMatchObject({
    "current-context": "qa",
    clusters: [{ cluster: { server: api.server } }],
    users: [{ user: { token: TOKEN } }],
  });
});

test("a single model is staged as the list that the suite wants", async () => {
  const text = "# ours\nmodel-car:\n  name: a\n  image: oci://quay.io/org/a:1 # pinned\n";
  const { staged, result } = await run(ran("=== 1 passed in 3.0s ===\n"), { text });
  expect(staged["modelcar.yaml"]?.text).toBe(
    "# ours\nmodel-car:\n  - name: a\n    image: oci://quay.io/org/a:1 # pinned\n",
  );
  expect(result.code).toBe("QA_OK");
});

describe("it is QA_OK only when every model was tested and passed", () => {
  test.each([
    ["all skipped, which ends with 0", ran("=== 2 skipped in 0.50s ===\n"), "TESTS_SKIPPED"],
    ["one of two tested", ran("=== 1 passed, 1 skipped in 9.50s ===\n"), "TESTS_SKIPPED"],
    ["fewer tests than models", ran("=== 1 passed in 9.50s ===\n"), "TESTS_SKIPPED"],
    ["no test found", ran("=== no tests ran in 0.02s ===\n", 5), "TESTS_SKIPPED"],
    ["nothing said", ran(""), "TESTS_SKIPPED"],
    ["failures", ran("=== 1 failed, 1 passed in 9.50s ===\n", 1), "TESTS_FAILED"],
    ["other arguments", ran("ERROR: unrecognized arguments\n", 4), "SUITE_CHANGED"],
    ["podman cannot", ran("Error: short-name did not resolve\n", 125), "CONTAINER_FAILED"],
  ])("%s", async (_, rules, code) => {
    expect((await run(rules)).result.code).toBe(`QA_ERROR:${code}` as QaCodeText);
  });

  test("the report of the tests is believed before their last line", async () => {
    const report = '<testsuite tests="2" failures="0" errors="0" skipped="2">';
    const reporting = (): void => writeFileSync(at("results/junit.xml"), report);
    expect((await run(ran(passing), {}, {}, reporting)).result).toMatchObject({
      code: "QA_ERROR:TESTS_SKIPPED",
      text: expect.stringContaining("0 passed, 2 skipped, of 2 models"),
    });
  });

  test("the report of an earlier run counts for nothing", async () => {
    mkdirSync(at("results"));
    writeFileSync(at("results/junit.xml"), '<testsuite tests="2" failures="0" errors="0" skipped="0">');
    expect((await run(ran(""))).result.code).toBe("QA_ERROR:TESTS_SKIPPED");
  });
});
type QaCodeText = Awaited<ReturnType<typeof told>>["result"]["code"];

describe("logins", () => {
  const logins = (auths: object) => readLogins(loginEnv(auths), "/");

  test("an identity token is told, as the suite cannot use it", async () => {
    const given = { "registry.redhat.io": { identitytoken: "identity-token-1" }, "quay.io": { auth: AUTH } };
    const { lines, result } = await run(ran(passing), { logins: logins(given) });
    expect(result.code).toBe("QA_ERROR:OCI_PULL_SECRET_MISSING");
    expect(lines.join()).toContain("is an identity token, which no pull secret can hold");
  });

  test("of two for one registry one is used, and that is told", async () => {
    const other = Buffer.from("other:password-2").toString("base64");
    const given = {
      "registry.redhat.io": { auth: AUTH },
      "registry.redhat.io/rhelai1/modelcar-granite-2b": { auth: other },
    };
    const { lines, calls } = await run(ran(passing), { logins: logins(given) });
    expect(calls[0]!.env["REGISTRY_REDHAT_IO_REGISTRY_PULL_SECRET"]).toBe(AUTH);
    expect(lines.join()).toContain("granite-2b: it has a login of its own");
  });
});

test("the key of a model is in no line", async () => {
  const text = CAR.replace("- --max-model-len=8192", "- --api-key=zq7-the-key");
  const { lines, result } = await run(ran(`started with zq7-the-key\n${passing}`), { text });
  expect(JSON.stringify([lines, result])).not.toContain("zq7-the-key");
  expect(lines).toContain("[QA] started with [redacted]");
});

describe("what is wrong beforehand is told before podman is called", () => {
  test.each<[string, Partial<QaRequest>, string]>([
    ["the cluster is not healthy", { unhealthy: UNHEALTHY }, "CLUSTER_UNHEALTHY"],
    ["no runtime image", { runtimeImage: undefined }, "RUNTIME_NOT_FOUND"],
    ["an accelerator that the suite does not know", { vendor: "intel" }, "ACCELERATOR_UNSUPPORTED"],
    ["no accelerator", { vendor: undefined }, "ACCELERATOR_UNSUPPORTED"],
    ["no login", { logins: readLogins({}, "/nowhere") }, "OCI_PULL_SECRET_MISSING"],
    [
      "a registry that the suite does not know",
      { text: "model-car:\n  - name: a\n    image: oci://ghcr.io/org/a:1\n" },
      "MODELCAR_REGISTRY_UNDETERMINED",
    ],
    [
      "a model that is no image",
      { text: "model-car:\n  - name: a\n    image: hf://org/a\n" },
      "MODEL_NOT_DEPLOYABLE",
    ],
  ])("%s", async (_, over, code) => {
    const { result, calls } = await run([], over);
    expect(result.code).toBe(`QA_ERROR:${code}` as QaCodeText);
    expect(result.hint).toBeString();
    expect(calls).toEqual([]);
  });

  test("a login that has expired, a cluster that is away", async () => {
    api.behaviour.tokens = {};
    expect((await run([])).result.code).toBe("QA_ERROR:KUBECONFIG_INVALID");
    await api[Symbol.asyncDispose]();
    expect((await run([])).result.code).toBe("QA_ERROR:CLUSTER_UNREACHABLE");
  });
});

test("without podman it is told how to get it", async () => {
  const world = qaWorld(at("tmp"), { env: { PATH: at("tmp") }, clock: systemClock });
  const request = await qaRequest(at("kubeconfig"));
  const { result } = await told(runner(), request, world);
  expect(result).toMatchObject({
    code: "QA_ERROR:PODMAN_MISSING",
    hint: expect.stringContaining("install podman"),
  });
  expect(readdirSync(at("tmp"))).toEqual([]);
});

test("a run that takes too long is ended, its container removed", async () => {
  const hanging: AnswerRule[] = [{ when: /^run /, say: { stdout: "collecting\n", hangs: true } }];
  const { result, calls } = await run(hanging, {}, { timeoutSeconds: 0.5 });
  expect(result.code).toBe("QA_ERROR:TIMEOUT");
  expect(calls.at(-1)?.argv[0]).toBe("rm");
});

describe("an end from outside removes what was staged and the container", () => {
  async function whileRunning(
    end: (stop: AbortController, lines: AsyncGenerator<string>) => Promise<unknown>,
  ) {
    using podman = cliDouble({ podman: [{ when: /^run /, say: { stdout: "collecting\n", hangs: true } }] });
    const stop = new AbortController();
    const env = { PATH: podman.path };
    const world = qaWorld(at("tmp"), { env, signal: stop.signal, clock: systemClock });
    const lines = runner().run(await qaRequest(at("kubeconfig")), world);
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error("it ended by itself");
      if (value === "[QA] collecting") break;
    }
    expect(readdirSync(at("tmp"))).toHaveLength(1);
    const given = await end(stop, lines);
    expect(readdirSync(at("tmp"))).toEqual([]);
    expect(podman.calls().map(({ argv }) => argv[0])).toEqual(["run", "rm"]);
    return given;
  }

  test("Ctrl-C", async () => {
    const rest = await whileRunning(async (stop, lines) => {
      stop.abort(new Error("SIGINT"));
      return await Array.fromAsync(lines);
    });
    expect(rest).toEqual(["[QA] ✗ interrupted", "[QA] What to do: Start it again.", "QA_ERROR:INTERRUPTED"]);
  });

  test("nobody listens any more", async () => {
    await whileRunning(async (_, lines) => await lines.return(undefined));
    expect(existsSync(at("results"))).toBe(true);
  });
});
