import { describe, expect, test } from "bun:test";
import { PLAIN_KUBERNETES } from "../../../../test/peers/kubernetes-resources.ts";
import { readLogins } from "../../registry/logins.ts";
import { AUTH, loginEnv, turningClock, UNHEALTHY } from "../qa.fixture.ts";
import type { QaRequest } from "../types.ts";
import { answering } from "./kserve.fixture.ts";
import { kserveCluster } from "./kserve-cluster.fixture.ts";

const on = kserveCluster();
const { run, one, args, asked } = on;

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
  expect(on.api.names()).toEqual([]);
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
  const applied = on.api.requests.filter(({ method }) => method === "PATCH");
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
  await run({}, {}, { logins: readLogins(loginEnv(auths), "/") });
  const secret = on.api.requests.find(({ method, path }) => method === "PATCH" && path.includes("/secrets/"));
  const { data } = secret!.body as { data: Record<string, string> };
  expect(JSON.parse(Buffer.from(data[".dockerconfigjson"]!, "base64").toString())).toEqual({
    auths: {
      "registry.redhat.io/rhelai1/modelcar-granite-3-1-8b-instruct": { auth: AUTH },
      "registry.redhat.io/rhelai1/modelcar-granite-2b": { auth: other },
    },
  });
});

describe("the request", () => {
  test("a model without a chat template is asked to continue text", async () => {
    on.api.behaviour.proxied = (target) =>
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
    on.api.behaviour.proxied = () => answer;
    expect((await run({}, {}, one())).result.code).toBe("QA_ERROR:SMOKE_FAILED");
    expect(on.api.names()).toEqual([]);
  });

  test("a model that thinks first may have used up its words", async () => {
    on.api.behaviour.proxied = () => ({
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
    on.api.put({ kind: "Namespace", metadata: { name: "mine" } });
    on.api.put({ kind: "Secret", metadata: { name: "theirs", namespace: "mine" } });
    expect((await run({}, { namespace: "mine" }, one())).result.code).toBe("QA_OK");
    expect(on.api.names()).toEqual(["Namespace /mine", "Secret mine/theirs"]);
  });

  test("all is kept, scaled to zero, where that is wanted", async () => {
    const { result } = await run({}, { keep: true }, one());
    expect(result.text).toContain("kept in model-validation");
    expect(on.api.names()).toEqual([
      "InferenceService model-validation/qa-x7k2p-1-granite-8b",
      "Namespace /model-validation",
      "Secret model-validation/qa-x7k2p-pull",
      "ServingRuntime model-validation/qa-x7k2p-vllm",
    ]);
  });
});

describe("what is wrong beforehand is told before anything is made", () => {
  const nothingMade = () =>
    expect(on.api.requests.filter(({ method }) => ["PATCH", "DELETE"].includes(method))).toEqual([]);

  test("a cluster that is not healthy is not asked at all", async () => {
    const { result } = await run({}, {}, { unhealthy: UNHEALTHY });
    expect(result.code).toBe("QA_ERROR:CLUSTER_UNHEALTHY");
    expect(on.api.requests).toEqual([]);
  });

  test("no KServe", async () => {
    on.api.behaviour.absent = PLAIN_KUBERNETES;
    expect((await run()).result.code).toBe("QA_ERROR:KSERVE_MISSING");
    nothingMade();
  });

  test("a permission that is missing is named", async () => {
    on.api.behaviour.denied = ["create services/proxy"];
    expect((await run()).result).toMatchObject({
      code: "QA_ERROR:PERMISSION_DENIED",
      text: "not allowed to create services/proxy in namespace model-validation",
    });
    nothingMade();
  });

  test("a namespace that may not be made", async () => {
    on.api.behaviour.denied = ["create namespaces"];
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
    expect(on.api.requests.some(({ path }) => path.includes("/secrets/"))).toBe(false);
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
    expect(on.api.names()).toEqual([]);
  });

  test("what could not be removed is named", async () => {
    on.api.behaviour.denied = ["delete servingruntimes"];
    const { result, lines } = await run({}, {}, one());
    expect(result.code).toBe("QA_ERROR:CLEANUP_FAILED");
    expect(lines.join("\n")).toContain(
      "not removed: /apis/serving.kserve.io/v1alpha1/namespaces/model-validation/servingruntimes/qa-x7k2p-vllm",
    );
  });
});
