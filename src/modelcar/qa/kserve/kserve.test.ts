import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KubernetesApi, kubernetesApi, TOKEN } from "../../../../test/peers/kubernetes-api.ts";
import { PLAIN_KUBERNETES } from "../../../../test/peers/kubernetes-resources.ts";
import { tempDir } from "../../../../test/peers/temp-dir.ts";
import { readLogins } from "../../registry/logins.ts";
import { AUTH, qaRequest, qaWorld, type Told, told, turningClock } from "../qa.fixture.ts";
import type { QaRequest, QaWorld } from "../types.ts";
import { answering, type Fate, kserve } from "./kserve.fixture.ts";
import { runtimeObject, type Stage, secretObject, serviceName, servingOf } from "./render.ts";
import { type KserveInput, kserveRunner } from "./runner.ts";

let api: KubernetesApi;
let dir: ReturnType<typeof tempDir>;
beforeEach(async () => {
  dir = tempDir();
  api = await kubernetesApi(dir.path, { proxied: answering });
  writeFileSync(join(dir.path, "kubeconfig"), api.kubeconfig({ token: TOKEN }));
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const request = (over: Partial<QaRequest> = {}) => qaRequest(join(dir.path, "kubeconfig"), over);

async function run(
  fates: Record<string, readonly Fate[]> = {},
  input: Partial<KserveInput> = {},
  over: Partial<QaRequest> = {},
  world: Partial<QaWorld> = {},
): Promise<Told & { starts: ReturnType<typeof kserve>["starts"] }> {
  const controller = kserve(fates);
  api.behaviour.reconcile = controller.reconcile;
  const outcome = await told(
    kserveRunner({ run: "x7k2p", ...input }),
    await request(over),
    qaWorld(dir.path, world),
  );
  return { ...outcome, starts: controller.starts };
}

const one = (more = "", image = "oci://quay.io/org/granite-8b:1") => ({
  text: `model-car:\n  - name: granite-8b\n    image: ${image}\n${more}`,
});
const args = (...list: string[]) => `    serving_arguments:\n      args: ${JSON.stringify(list)}\n`;
const asked = (path: string) => api.requests.filter((each) => each.path.endsWith(path));

test("models are served one after the other, the smallest first, asked, and all is removed", async () => {
  const { lines, result, starts } = await run();
  expect(result).toMatchObject({ code: "QA_OK", text: "2 models served" });
  expect(starts).toEqual([
    {
      name: "qa-x7k2p-1-granite-2b",
      args: ["--uvicorn-log-level=info", "--tensor-parallel-size=2"],
      memory: "16Gi",
      gpus: "2",
    },
    { name: "qa-x7k2p-2-granite-3-1-8b-instruct", args: ["--max-model-len=8192"], memory: "16Gi", gpus: "1" },
  ]);
  expect(api.names()).toEqual([]);
  expect(lines).toContain("[QA] granite-2b: answers: It is Paris.");
  expect(lines.findIndex((line) => line.includes("granite-2b: scaled to zero"))).toBeLessThan(
    lines.findIndex((line) => line.includes("apply InferenceService qa-x7k2p-2-granite")),
  );
  expect(asked("/v1/chat/completions").map(({ body }) => (body as { model: string }).model)).toEqual([
    "qa-x7k2p-1-granite-2b",
    "qa-x7k2p-2-granite-3-1-8b-instruct",
  ]);
});

test("everything is applied by the server, under one name, and marked", async () => {
  await run();
  const applied = api.requests.filter(({ method }) => method === "PATCH");
  for (const { contentType, query } of applied) {
    expect(contentType).toBe("application/apply-patch+yaml");
    expect(query).toEqual({ fieldManager: "agent2389", force: "true" });
  }
  const [secret, runtime] = applied.map(({ body }) => body as Record<string, unknown>);
  expect(secret).toMatchObject({
    kind: "Secret",
    metadata: { labels: { "app.kubernetes.io/managed-by": "agent2389" } },
  });
  const { data } = secret as { data: Record<string, string> };
  expect(JSON.parse(Buffer.from(data[".dockerconfigjson"]!, "base64").toString())).toEqual({
    auths: { "registry.redhat.io": { auth: AUTH } },
  });
  expect(runtime).toMatchObject({
    kind: "ServingRuntime",
    spec: { containers: [{ image: expect.stringContaining("3.2.5") }] },
  });
  expect(applied[2]?.body).toMatchObject({
    apiVersion: "serving.kserve.io/v1beta1",
    metadata: { annotations: { "serving.kserve.io/deploymentMode": "RawDeployment" } },
    spec: {
      predictor: {
        imagePullSecrets: [{ name: "qa-x7k2p-pull" }],
        tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
        model: {
          runtime: "qa-x7k2p-vllm",
          storageUri: "oci://registry.redhat.io/rhelai1/modelcar-granite-2b:1.5",
        },
      },
    },
  });
});

test("a model with a key is run without it, as the API server lets no login through", async () => {
  const { result, starts, lines } = await run({}, {}, one(args("--api-key=zq7-the-key", "--port=1")));
  expect(result.code).toBe("QA_OK");
  expect(starts[0]?.args.join()).not.toContain("api-key");
  expect(lines.join()).toContain("run without its --api-key");
});

test("repositories of one registry keep their own logins", async () => {
  const other = Buffer.from("other:password-2").toString("base64");
  const auths = {
    "registry.redhat.io": { auth: AUTH },
    "registry.redhat.io/rhelai1/modelcar-granite-2b": { auth: other },
  };
  const env = { OCI_REGISTRY_PULL_SECRET: Buffer.from(JSON.stringify({ auths })).toString("base64") };
  await run({}, {}, { logins: readLogins(env, "/") });
  const secret = api.requests.find(({ method, path }) => method === "PATCH" && path.includes("/secrets/"));
  const { data } = secret!.body as { data: Record<string, string> };
  expect(JSON.parse(Buffer.from(data[".dockerconfigjson"]!, "base64").toString())).toEqual({
    auths: {
      "registry.redhat.io/rhelai1/modelcar-granite-3-1-8b-instruct": { auth: AUTH },
      "registry.redhat.io/rhelai1/modelcar-granite-2b": { auth: other },
    },
  });
});

test("the secret is as the Kubernetes API has it", () => {
  const { definitions } = JSON.parse(
    readFileSync(join(import.meta.dir, "../../../../test/schemas/kubernetes-1.37.json"), "utf8"),
  ) as { definitions: Record<string, { properties: Record<string, unknown> }> };
  const stage: Stage = {
    run: "x",
    namespace: "n",
    runtimeImage: "i",
    resource: "nvidia.com/gpu",
    tolerations: [],
    auths: {},
  };
  const known = Object.keys(definitions["V1Secret"]!.properties);
  expect(Object.keys(secretObject(stage)).filter((key) => !known.includes(key))).toEqual([]);
  const container = Object.keys(definitions["V1Container"]!.properties);
  const [own] = runtimeObject(stage).spec.containers;
  expect(Object.keys(own!).filter((key) => !container.includes(key))).toEqual([]);
});

describe("remedies", () => {
  test("a pod that used more memory than its limit gets more, at most what a node has", async () => {
    const { result, starts, lines } = await run({ granite: ["oom", "oom", "ready"] }, { nodeGiB: 40 }, one());
    expect(result.code).toBe("QA_OK");
    expect(starts.map(({ memory }) => memory)).toEqual(["16Gi", "32Gi", "40Gi"]);
    expect(lines.filter((line) => line.includes("try once more"))).toHaveLength(2);
  });

  test("the context becomes what vLLM reckons would fit", async () => {
    const log =
      "INFO loading\nValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (8.01 GiB). Based on the available memory, the estimated maximum model length is 65,616. Try increasing `gpu_memory_utilization`";
    api.behaviour.logs = { "model-validation/qa-x7k2p-1-granite-8b-predictor-0?previous": log };
    const { result, starts, lines } = await run(
      { granite: ["crash", "ready"] },
      {},
      one(args("--max-model-len", "131072")),
    );
    expect(result.code).toBe("QA_OK");
    expect(starts.map(({ args }) => args)).toEqual([
      ["--max-model-len", "131072"],
      ["--max-model-len=65616"],
    ]);
    expect(lines.join("\n")).toContain("--max-model-len=65616 instead of 131072");
  });

  test("without a reckoning it is halved, from the model's own when no argument says one", async () => {
    api.behaviour.logs = {
      "model-validation/qa-x7k2p-1-granite-8b-predictor-0?previous":
        "torch.OutOfMemoryError: CUDA out of memory.",
    };
    const contextLimits = new Map([["granite-8b", 32768]]);
    const { starts } = await run({ granite: ["crash", "crash", "ready"] }, { contextLimits }, one());
    expect(starts.map(({ args }) => args)).toEqual([[], ["--max-model-len=16384"], ["--max-model-len=8192"]]);
  });

  test("they are bounded", async () => {
    const { result, starts } = await run({ granite: ["oom"] }, {}, one());
    expect(result).toMatchObject({
      code: "QA_ERROR:MODEL_NOT_READY",
      text: "granite-8b: kserve-container used more memory than its limit, after 2 remedies",
    });
    expect(starts).toHaveLength(3);
    expect(api.names()).toEqual([]);
  });

  test("a failure that none helps is told with the end of the log", async () => {
    api.behaviour.logs = {
      "model-validation/qa-x7k2p-1-granite-8b-predictor-0?previous":
        "INFO a\nKeyError: 'rope_scaling'\nINFO b\n",
    };
    const { result, starts, lines } = await run({ granite: ["crash"] }, {}, one());
    expect(result.code).toBe("QA_ERROR:MODEL_NOT_READY");
    expect(starts).toHaveLength(1);
    expect(lines).toContain("[QA]   KeyError: 'rope_scaling'");
  });
});

describe("what keeps a model from serving", () => {
  test.each<[string, Fate, string]>([
    ["its image cannot be pulled", "pull", "IMAGE_PULL_FAILED"],
    ["no node takes it", "unschedulable", "NOT_SCHEDULABLE"],
    ["it takes too long", "pending", "TIMEOUT"],
  ])("%s", async (_, fate, code) => {
    const { result } = await run({ granite: [fate] }, {}, one());
    expect(result.code as string).toBe(`QA_ERROR:${code}`);
    expect(api.names()).toEqual([]);
  });

  test("what the cluster says of it is told when time is up", async () => {
    api.put({ kind: "Namespace", metadata: { name: "model-validation" } });
    for (const [type, message] of [
      ["Normal", "pulling"],
      ["Warning", "exceeded quota: team"],
    ])
      api.put({ kind: "Event", metadata: { name: message, namespace: "model-validation" }, type, message });
    const { result } = await run({ granite: ["pending"] }, { perModelSeconds: 60 }, one());
    expect(result.text).toBe(
      "granite-8b: not ready within 60 s: Deployment is not ready; exceeded quota: team",
    );
  });

  test("one model that fails does not keep the others from their run", async () => {
    const { result, lines } = await run({ "granite-2b": ["pull"] });
    expect(result).toMatchObject({
      code: "QA_ERROR:IMAGE_PULL_FAILED",
      text: expect.stringMatching(/^1 of 2 models failed/),
    });
    expect(lines).toContain("[QA] granite-3.1-8b-instruct: answers: It is Paris.");
    expect(api.names()).toEqual([]);
  });
});

describe("the request", () => {
  test("a model without a chat template is asked to continue text", async () => {
    api.behaviour.proxied = (target) =>
      target.path === "/v1/chat/completions"
        ? { status: 400, body: { error: { message: "default chat template is no longer allowed" } } }
        : answering(target);
    expect((await run({}, {}, one())).result.code).toBe("QA_OK");
  });

  test.each([
    ["embedding", "a vector of 3 numbers"],
    ["audio", "it lists whisper; no sound was sent"],
  ])("a model of output type %s is asked for its own", async (type, answer) => {
    const text = one(`    model_output_type: ${type}\n${args("--served-model-name=whisper")}`);
    const { result, lines } = await run({}, {}, text);
    expect(result.code).toBe("QA_OK");
    expect(lines).toContain(`[QA] granite-8b: answers: ${answer}`);
  });

  test.each([
    ["an error", { status: 500, body: { error: "Internal Server Error" } }],
    ["nothing", { status: 200, body: { choices: [{ message: { content: "" } }] } }],
    ["something else", { status: 200, body: "<html>" }],
  ])("%s is no answer", async (_, answer) => {
    api.behaviour.proxied = () => answer;
    expect((await run({}, {}, one())).result.code).toBe("QA_ERROR:SMOKE_FAILED");
    expect(api.names()).toEqual([]);
  });

  test("a model that thinks first may have used up its words", async () => {
    api.behaviour.proxied = () => ({
      status: 200,
      body: {
        choices: [
          { message: { content: null, reasoning_content: "The user asks" }, finish_reason: "length" },
        ],
      },
    });
    expect((await run({}, {}, one())).result.code).toBe("QA_OK");
  });

  test("none is sent when nobody wants it", async () => {
    const { result } = await run({}, { skipSmoke: true }, one());
    expect(result.code).toBe("QA_OK");
    expect(asked("/v1/chat/completions")).toEqual([]);
  });
});

describe("what is there already", () => {
  test("a namespace that was there stays, with all that is in it", async () => {
    api.put({ kind: "Namespace", metadata: { name: "mine" } });
    api.put({ kind: "Secret", metadata: { name: "theirs", namespace: "mine" } });
    expect((await run({}, { namespace: "mine" }, one())).result.code).toBe("QA_OK");
    expect(api.names()).toEqual(["Namespace /mine", "Secret mine/theirs"]);
  });

  test("all is kept, scaled to zero, where that is wanted", async () => {
    const { result } = await run({}, { keep: true }, one());
    expect(result.text).toContain("kept in model-validation");
    expect(api.names()).toEqual([
      "InferenceService model-validation/qa-x7k2p-1-granite-8b",
      "Namespace /model-validation",
      "Secret model-validation/qa-x7k2p-pull",
      "ServingRuntime model-validation/qa-x7k2p-vllm",
    ]);
  });
});

describe("what is wrong beforehand is told before anything is made", () => {
  const nothingMade = () =>
    expect(api.requests.filter(({ method }) => ["PATCH", "DELETE"].includes(method))).toEqual([]);

  test("a cluster that is not healthy is not asked at all", async () => {
    const { result } = await run({}, {}, { unhealthy: "no node has an accelerator" });
    expect(result.code).toBe("QA_ERROR:CLUSTER_UNHEALTHY");
    expect(api.requests).toEqual([]);
  });

  test("no KServe", async () => {
    api.behaviour.absent = PLAIN_KUBERNETES;
    expect((await run()).result.code).toBe("QA_ERROR:KSERVE_MISSING");
    nothingMade();
  });

  test("a permission that is missing is named", async () => {
    api.behaviour.denied = ["create services/proxy"];
    expect((await run()).result).toMatchObject({
      code: "QA_ERROR:PERMISSION_DENIED",
      text: "not allowed to create services/proxy in namespace model-validation",
    });
    nothingMade();
  });

  test("a namespace that may not be made", async () => {
    api.behaviour.denied = ["create namespaces"];
    expect((await run()).result).toMatchObject({
      code: "QA_ERROR:PERMISSION_DENIED",
      hint: expect.stringContaining("oc new-project model-validation"),
    });
  });

  test.each<[string, Partial<QaRequest>, string]>([
    ["no runtime image", { runtimeImage: undefined }, "RUNTIME_NOT_FOUND"],
    ["a folder of this machine", one("", "./model"), "MODEL_NOT_DEPLOYABLE"],
  ])("%s", async (_, over, code) => {
    expect((await run({}, {}, over)).result.code as string).toBe(`QA_ERROR:${code}`);
    nothingMade();
  });

  test("models of the hub, and registries without a login, need no secret", async () => {
    const { result } = await run(
      {},
      {},
      { ...one("", "hf://org/model"), logins: readLogins({}, "/nowhere") },
    );
    expect(result.code).toBe("QA_OK");
    expect(api.requests.some(({ path }) => path.includes("/secrets/"))).toBe(false);
  });
});

describe("an end from outside", () => {
  test("removes all that was made", async () => {
    const stop = new AbortController();
    const clock = turningClock();
    const sleep: typeof clock.sleep = async (ms) => {
      stop.abort(new Error("SIGINT"));
      await clock.sleep(ms);
    };
    const { result } = await run({ granite: ["pending"] }, {}, one(), {
      signal: stop.signal,
      clock: { ...clock, sleep },
    });
    expect(result.code).toBe("QA_ERROR:INTERRUPTED");
    expect(api.names()).toEqual([]);
  });

  test("what could not be removed is named", async () => {
    api.behaviour.denied = ["delete servingruntimes"];
    const { result, lines } = await run({}, {}, one());
    expect(result.code).toBe("QA_ERROR:CLEANUP_FAILED");
    expect(lines.join("\n")).toContain(
      "not removed: /apis/serving.kserve.io/v1alpha1/namespaces/model-validation/servingruntimes/qa-x7k2p-vllm",
    );
  });
});

test("names are such that Kubernetes and KServe take them", () => {
  expect(serviceName("x7", "Llama-3.3_70B (FP8)!", 1)).toBe("qa-x7-1-llama-3-3-70b-fp8");
  expect(serviceName("x7", "äöü", 2)).toBe("qa-x7-2");
  expect(`${serviceName("x7k2p", "m".repeat(99), 12)}-predictor`.length).toBeLessThan(64);
});

test("the number of GPUs is the file's, else what the arguments spread the model over", () => {
  const entry = { name: "m", image: "oci://a/b:1", outputType: undefined, line: 1, gpuCount: undefined };
  expect(servingOf({ ...entry, args: ["-tp", "4"] }, "n", 16).gpus).toBe(4);
  expect(servingOf({ ...entry, args: ["-tp=2", "-pp=2"] }, "n", 16).gpus).toBe(4);
  expect(servingOf({ ...entry, args: [] }, "n", 16)).toMatchObject({ gpus: 1, args: [] });
  expect(servingOf({ ...entry, args: ["--served-model-name={{.Name}}"], gpuCount: 2 }, "n", 16).args).toEqual(
    ["--served-model-name=n", "--tensor-parallel-size=2"],
  );
});
