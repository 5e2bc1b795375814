import { describe, expect, test } from "bun:test";
import type { AnswerRule } from "../../../cli-double.fixture.ts";
import { examplePlans, externalBrokerPlans, secretsOf } from "../../../plans.fixture.ts";
import { withSettings } from "../plans.fixture.ts";
import { deploy } from "./deploy.ts";
import { run } from "./run.fixture.ts";

const { researcher } = examplePlans;
const { minimal, "three-agents": three } = externalBrokerPlans;
const given = secretsOf(researcher);

const NO_NAMESPACE: AnswerRule = {
  when: /get namespace agents/,
  say: { code: 1, stderr: 'Error from server (NotFound): namespaces "agents" not found' },
};

const APPLY = "apply --server-side --field-manager=agent-deploy --force-conflicts";

describe("deploying for the first time", async () => {
  const { lines, changes, stdin, error } = await run(
    deploy(researcher, "/dir", Object.keys(given)),
    [NO_NAMESPACE],
    given,
  );

  test("looks before it changes anything, then namespace, secrets, objects, wait", () => {
    expect(error).toBeUndefined();
    expect(lines.slice(0, 4)).toEqual([
      "version --request-timeout=10s",
      "auth can-i patch deployments.apps",
      "auth can-i patch secrets",
      "get namespace agents --output name",
    ]);
    expect(changes).toEqual([
      `${APPLY} --filename /dir/namespace.yaml`,
      expect.stringMatching(
        /^apply --server-side --field-manager=agent-deploy-secrets-\w+ --force-conflicts --filename -$/,
      ),
      expect.stringMatching(
        /^apply --server-side --field-manager=agent-deploy-secrets-\w+ --force-conflicts --filename -$/,
      ),
      `${APPLY} --filename /dir/researcher-agent-broker.yaml --filename /dir/researcher-agent.yaml`,
    ]);
    const tried = lines.findIndex((line) => line.includes("--dry-run=server"));
    expect(tried).toBeGreaterThan(lines.indexOf(changes[0]!));
    expect(tried).toBeLessThan(lines.indexOf(changes[1]!));
    expect(lines.filter((line) => line.startsWith("rollout status"))).toEqual([
      "rollout status deployment/researcher-agent-broker --timeout=330s",
      "rollout status deployment/researcher-agent --timeout=330s",
    ]);
  });

  test("secrets go to kubectl on standard input, to the broker only the login", () => {
    const encoded = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, Buffer.from(given[name]!).toString("base64")]));
    expect(stdin).toEqual([
      expect.objectContaining({
        kind: "Secret",
        metadata: expect.objectContaining({ name: "researcher-agent-broker-login", namespace: "agents" }),
        data: encoded(["MQTT_USERNAME", "MQTT_PASSWORD"]),
      }),
      expect.objectContaining({
        kind: "Secret",
        metadata: expect.objectContaining({ name: "researcher-agent-secrets" }),
        data: encoded(Object.keys(given)),
      }),
    ]);
    for (const value of Object.values(given)) expect(lines.join("\n")).not.toContain(value);
  });
});

test("doing it again sets what is given, restarts nothing, and deletes nothing", async () => {
  const { changes, skipped } = await run(deploy(minimal, "/dir", []));
  expect(changes).toEqual([`${APPLY} --filename /dir/hello.yaml`]);
  expect(skipped).toEqual(["create the namespace agents: it is there, or not yours to look at"]);
});

test("a secret that was changed after the pods were made restarts them", async () => {
  const times: AnswerRule = {
    when: /get secrets,replicasets/,
    say: {
      stdout:
        "Secret 2026-01-01T00:00:00Z 2026-01-03T00:00:00Z\nReplicaSet 2026-01-02T00:00:00Z 2026-01-09T00:00:00Z\n",
    },
  };
  const { changes } = await run(deploy(minimal, "/dir", []), [times]);
  expect(changes).toEqual([expect.stringMatching(/^apply/), "rollout restart deployment/hello"]);
});

test("what the config does not ask for any more goes, and nothing else", async () => {
  const there: AnswerRule = {
    when: /get horizontalpodautoscaler/,
    say: {
      stdout: "horizontalpodautoscaler.autoscaling/hello\npoddisruptionbudget.policy/hello\nservice/hello\n",
    },
  };
  const scaled: AnswerRule = {
    when: /get scaledobjects.keda.sh/,
    say: { stdout: "scaledobject.keda.sh/hello\n" },
  };
  const { changes } = await run(deploy(minimal, "/dir", []), [there, scaled]);
  expect(changes.slice(1)).toEqual([
    "delete scaledobjects.keda.sh --selector app.kubernetes.io/managed-by=agent-deploy,app.kubernetes.io/component=agent,app.kubernetes.io/instance in (hello) --ignore-not-found",
    "delete --ignore-not-found horizontalpodautoscaler.autoscaling/hello poddisruptionbudget.policy/hello",
  ]);
});

test("configs that no version needs any more are deleted", async () => {
  const configs: AnswerRule = {
    when: /get configmaps,replicasets/,
    say: {
      stdout:
        "ConfigMap hello-config-aaaaaaaaaa \nConfigMap hello-config-bbbbbbbbbb \nConfigMap hello-config-cccccccccc \n" +
        "ReplicaSet hello-1 hello-config-bbbbbbbbbb\nReplicaSet hello-2 hello-config-cccccccccc\n",
    },
  };
  const { changes } = await run(deploy(minimal, "/dir", []), [configs]);
  expect(changes.at(-1)).toBe("delete configmaps --ignore-not-found hello-config-aaaaaaaaaa");
});

test("setting some of the secrets leaves the others as they are: each set has a manager of its own", async () => {
  const managers = (names: string[]) =>
    deploy(minimal, "/dir", names).flatMap(({ argv, stdin }) =>
      stdin ? argv.filter((word) => word.includes("manager")) : [],
    );
  expect(managers(["OPENAI_API_KEY"])).toHaveLength(1);
  const three = deploy(researcher, "/dir", ["OPENAI_API_KEY", "SERPER_API_KEY"]).find(({ stdin }) => stdin);
  const one = deploy(researcher, "/dir", ["OPENAI_API_KEY"]).find(({ stdin }) => stdin);
  expect(three?.argv).not.toEqual(one?.argv);
});

test("a context that is named is used for every call", () => {
  const steps = deploy(withSettings(minimal, { context: "staging" }), "/dir", []);
  for (const { argv, skipIf, argsFrom } of steps) {
    for (const call of [argv, skipIf?.argv, argsFrom?.argv]) {
      if (call)
        expect(call.slice(0, 5)).toEqual(["kubectl", "--context", "staging", "--namespace", "agents"]);
    }
  }
});

test("secrets of a store are waited for, not set", async () => {
  const plan = withSettings(three, { external_secret_store: "vault" });
  const { lines, stdin } = await run(deploy(plan, "/dir", Object.keys(secretsOf(plan))), [], secretsOf(plan));
  expect(stdin).toEqual([]);
  expect(lines).toContain(
    "wait --for=condition=Ready --timeout=120s externalsecret/researcher-agent-secrets externalsecret/writer-agent-secrets externalsecret/editor-agent-secrets",
  );
});

test("the default namespace is not made", async () => {
  const { lines } = await run(deploy(withSettings(minimal, { namespace: "default" }), "/dir", []));
  expect(lines.filter((line) => /namespace\.yaml|get namespace/.test(line))).toEqual([]);
});

describe("what is in the way is said before anything is changed", () => {
  test.each([
    [
      "an unreachable cluster",
      {
        when: /^.*version/,
        say: { code: 1, stderr: "Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout" },
      },
      /^could not reach the cluster: kubectl ended with 1\n {2}\| Unable to connect to the server/,
      /Nothing was changed\. Does the cluster run/,
    ],
    [
      "a missing right",
      { when: /can-i patch deployments/, say: { code: 1, stdout: "no\n" } },
      /^could not make sure that you may patch deployments\.apps in the namespace agents: kubectl ended with 1\n {2}\| no/,
      /Nothing was changed\. Log in/,
    ],
    [
      "an object that the cluster refuses",
      {
        when: /--dry-run=server/,
        say: {
          code: 1,
          stderr: 'error: no matches for kind "ServiceMonitor" in version "monitoring.coreos.com/v1"',
        },
      },
      /^could not try it out on the cluster, .*\n {2}\| error: no matches for kind "ServiceMonitor"/,
      /Nothing was changed, but that the namespace exists now/,
    ],
  ])("%s", async (_, rule, message, hint) => {
    const { error, changes } = await run(deploy(minimal, "/dir", []), [rule]);
    expect(error?.message).toMatch(message);
    expect(error).toHaveProperty("hint", expect.stringMatching(hint));
    expect(changes).toEqual([]);
  });

  test("a namespace that one may not make", async () => {
    const refused = {
      when: /namespace\.yaml/,
      say: { code: 1, stderr: "Error from server (Forbidden): namespaces is forbidden" },
    };
    const { error, lines } = await run(deploy(minimal, "/dir", []), [NO_NAMESPACE, refused]);
    expect(error).toHaveProperty(
      "hint",
      expect.stringMatching(/Ask whoever runs the cluster for the namespace agents/),
    );
    expect(lines.at(-1)).toContain("namespace.yaml");
  });
});
