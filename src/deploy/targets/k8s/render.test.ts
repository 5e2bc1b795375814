import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import type { DeployPlan } from "../../plan.ts";
import { examplePlans, externalBrokerPlans } from "../../plans.fixture.ts";
import { target } from "./index.ts";
import { at, listAt, only, readObjects } from "./judges/objects.fixture.ts";
import type { Manifest } from "./manifest.ts";
import { withAgents, withSettings } from "./plans.fixture.ts";

const { minimal, researcher, storage, jetson, "three-agents": three } = examplePlans;
const external = externalBrokerPlans.minimal;

const objectsOf = (plan: DeployPlan): Manifest[] => readObjects(target.render(plan));
const deploymentOf = (plan: DeployPlan): Manifest => only(objectsOf(plan), "Deployment");
const podOf = (plan: DeployPlan): unknown => at(deploymentOf(plan), "spec", "template", "spec");
const kinds = (plan: DeployPlan): string[] => objectsOf(plan).map(({ kind }) => kind);

describe("files", () => {
  test("one for the namespace, the broker and each agent, and a kustomization over all of them", () => {
    const files = target.render(three);
    expect(Object.keys(files)).toEqual([
      "kustomization.yaml",
      "namespace.yaml",
      "agents-broker.yaml",
      "researcher-agent.yaml",
      "writer-agent.yaml",
      "editor-agent.yaml",
    ]);
    expect(parse(files["kustomization.yaml"]!)).toMatchObject({
      kind: "Kustomization",
      resources: Object.keys(files).slice(1),
    });
  });

  test("what a pod needs stands before it", () => {
    expect(kinds(storage)).toEqual([
      ...["Namespace", "ServiceAccount", "ConfigMap", "PersistentVolumeClaim", "NetworkPolicy", "Service"],
      ...["Deployment", "ServiceMonitor"],
    ]);
  });

  test("the namespace admits nothing less than the restricted standard; the default one is everybody's", () => {
    expect(only(objectsOf(minimal), "Namespace").metadata).toMatchObject({
      name: "agents",
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
    expect(kinds(withSettings(minimal, { namespace: "default" }))).not.toContain("Namespace");
  });
});

describe("the config", () => {
  test("is never changed in place: another text is another ConfigMap, which the pods then mount", () => {
    const [before, after] = ["aaaaaaaaaa", "bbbbbbbbbb"].map((hash) =>
      objectsOf(withAgents(external, ({ config }) => ({ config: { ...config, hash } }))),
    );
    const name = (objects: Manifest[]) => only(objects, "ConfigMap").metadata.name;
    expect([name(before!), name(after!)]).toEqual(["hello-config-aaaaaaaaaa", "hello-config-bbbbbbbbbb"]);
    expect(only(after!, "ConfigMap")["immutable"]).toBe(true);
    expect(
      at(only(after!, "Deployment"), "spec", "template", "spec", "volumes", 0, "configMap", "name"),
    ).toBe("hello-config-bbbbbbbbbb");
  });

  test("has the files beside it where it looks for them, even when their names would be one key", () => {
    const files = ["/app/config/a/b.pem", "/app/config/a_b.pem", "/app/config/ü.pem"].map((path) => ({
      path,
      text: path,
    }));
    const plan = withAgents(external, () => ({ files }));
    expect(only(objectsOf(plan), "ConfigMap")["data"]).toMatchObject({
      "a_b.pem": files[0]!.text,
      "a_b.pem.2": files[1]!.text,
      "_.pem": files[2]!.text,
    });
    expect(listAt(podOf(plan), "volumes", 0, "configMap", "items").slice(1)).toEqual([
      { key: "a_b.pem", path: "a/b.pem" },
      { key: "a_b.pem.2", path: "a_b.pem" },
      { key: "_.pem", path: "ü.pem" },
    ]);
  });
});

describe("replacing a pod", () => {
  test("leaves no gap where nothing is shared", () => {
    expect(at(deploymentOf(external), "spec", "strategy")).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
  });

  test.each([
    ["a volume", storage, "the journal on the volume belongs to one process"],
    ["a GPU", jetson, "a GPU belongs to one pod"],
  ])("lets the old one go first when they would share %s, and says why", (_, plan, reason) => {
    expect(at(deploymentOf(plan), "spec", "strategy")).toEqual({ type: "Recreate" });
    expect(target.render(plan)[`${plan.agents[0]!.name}.yaml`]).toContain(
      `# The old pod goes first: ${reason}`,
    );
  });

  test("leaves the time to drain, and to start", () => {
    const plan = withAgents(external, ({ health }) => ({
      killAfterSeconds: 55,
      health: { ...health!, startSeconds: 121 },
    }));
    expect(at(podOf(plan), "terminationGracePeriodSeconds")).toBe(55);
    expect(at(podOf(plan), "containers", 0, "startupProbe")).toMatchObject({
      periodSeconds: 2,
      failureThreshold: 61,
    });
  });
});

test("a text with dollars comes through the kubelet's expansion as it is", () => {
  const plan = withAgents(external, () => ({
    env: { A: "$$ $(HOME) $x $" },
    args: ["run", "--set", "a=$(A)"],
  }));
  expect(at(podOf(plan), "containers", 0, "env", 0)).toEqual({ name: "A", value: "$$$ $$(HOME) $x $" });
  expect(at(podOf(plan), "containers", 0, "args")).toEqual(["run", "--set", "a=$$(A)"]);
});

test("secrets are references; a pod starts without one that it can do without", () => {
  const env = listAt(podOf(storage), "containers", 0, "env");
  const reference = (name: string) =>
    at(
      env.find((variable) => at(variable, "name") === name),
      "valueFrom",
      "secretKeyRef",
    );
  expect(reference("ANTHROPIC_API_KEY")).toEqual({
    name: "archive-agent-2-secrets",
    key: "ANTHROPIC_API_KEY",
  });
  expect(reference("OLLAMA_API_KEY")).toEqual({
    name: "archive-agent-2-secrets",
    key: "OLLAMA_API_KEY",
    optional: true,
  });
  expect(kinds(storage)).not.toContain("Secret");
});

describe("replicas", () => {
  test("several are spread, and go one at a time when nodes are drained", () => {
    const plan = withAgents(external, () => ({ replicas: 3 }));
    expect(only(objectsOf(plan), "PodDisruptionBudget")["spec"]).toMatchObject({ maxUnavailable: 1 });
    expect(at(podOf(plan), "topologySpreadConstraints", 0, "whenUnsatisfiable")).toBe("ScheduleAnyway");
    expect(kinds(external)).not.toContain("PodDisruptionBudget");
  });

  test.each([
    ["hpa", "HorizontalPodAutoscaler"],
    ["keda", "ScaledObject"],
  ] as const)("their number is left to %s", (autoscale, kind) => {
    const plan = withSettings(external, { autoscale });
    expect(at(deploymentOf(plan), "spec", "replicas")).toBeUndefined();
    expect(kinds(plan)).toContain(kind);
  });

  test("as many as it takes to work all accepted tasks", () => {
    const plan = withAgents(withSettings(external, { autoscale: "keda" }), () => ({ concurrency: 7 }));
    expect(at(only(objectsOf(plan), "ScaledObject"), "spec", "triggers", 0, "metadata")).toEqual({
      serverAddress: "http://prometheus-operated.monitoring.svc:9090",
      query: 'sum(agent2389_tasks_waiting{agent="hello"} + agent2389_tasks_running{agent="hello"})',
      threshold: "7",
    });
  });
});

describe("on a Jetson", () => {
  test("the pod sees the GPU, on a node that has one, and keeps its engines on the volume", () => {
    const pod = podOf(jetson);
    expect(pod).toMatchObject({
      runtimeClassName: "nvidia",
      nodeSelector: { "kubernetes.io/arch": "arm64" },
    });
    expect(at(pod, "containers", 0, "resources", "limits", "nvidia.com/gpu")).toBe(1);
    expect(listAt(pod, "containers", 0, "volumeMounts")).toContainEqual({
      name: "data",
      mountPath: "/var/cache/agent2389",
      subPath: "cache",
    });
  });
});

describe("the network", () => {
  const policy = (plan: DeployPlan) =>
    objectsOf(plan)
      .filter(({ kind }) => kind === "NetworkPolicy")
      .at(-1);

  test("lets in the cluster to the health server, or everybody when it is public", () => {
    expect(at(policy(external), "spec", "ingress", 0, "from")).toEqual([{ namespaceSelector: {} }]);
    expect(at(policy(storage), "spec", "ingress", 0, "from")).toBeUndefined();
    expect(at(only(objectsOf(storage), "Service"), "spec", "type")).toBe("LoadBalancer");
  });

  test("lets nobody in to an agent without a health server, which has no Service either", () => {
    const plan = withAgents(external, () => ({ health: undefined }));
    expect(at(policy(plan), "spec", "ingress")).toEqual([]);
    expect(kinds(plan)).not.toContain("Service");
  });

  test("lets out to DNS, to the broker, and to the ports that the config names, but not to the metadata service", () => {
    const egress = listAt(policy(researcher), "spec", "egress");
    expect(egress).toHaveLength(3);
    expect(at(egress[1], "to", 0, "podSelector", "matchLabels", "app.kubernetes.io/instance")).toBe(
      "researcher-agent-broker",
    );
    expect(at(egress[2], "ports")).toEqual([{ protocol: "TCP", port: 443 }]);
    expect(at(egress[2], "to", 1)).toEqual({ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } });
  });
});

describe("the broker that is deployed along", () => {
  const broker = objectsOf(researcher).find(
    ({ kind, metadata }) => kind === "Deployment" && metadata.name === "researcher-agent-broker",
  );
  const pod = at(broker, "spec", "template", "spec");

  test("has its passwords hashed by an init container, in memory, and no argument shows them", () => {
    const [script] = listAt(pod, "initContainers", 0, "command").slice(-1);
    expect(script).toContain("mosquitto_passwd -U /tmp/login/passwords");
    expect(script).toContain(`printf '%s:%s\\n' "$MQTT_USERNAME" "$MQTT_PASSWORD"`);
    expect(listAt(pod, "volumes").at(-1)).toEqual({ name: "tmp", emptyDir: { medium: "Memory" } });
  });

  test("asks for no login when the agents have none", () => {
    const own = objectsOf(minimal).find(
      ({ kind, metadata }) => kind === "Deployment" && metadata.name === "hello-broker",
    );
    expect(at(own, "spec", "template", "spec", "initContainers")).toBeUndefined();
  });

  test("is reached by agents alone", () => {
    const [policy] = objectsOf(researcher).filter(({ kind }) => kind === "NetworkPolicy");
    expect(policy?.["spec"]).toMatchObject({
      ingress: [{ from: [{ podSelector: { matchLabels: { "app.kubernetes.io/component": "agent" } } }] }],
      egress: [],
    });
  });
});

test("metrics are scraped with the token that the config asks for", () => {
  expect(at(only(objectsOf(storage), "ServiceMonitor"), "spec", "endpoints", 0, "authorization")).toEqual({
    type: "Bearer",
    credentials: { name: "archive-agent-2-secrets", key: "HEALTH_TOKEN" },
  });
});

describe("secrets from a store", () => {
  const objects = objectsOf(withSettings(researcher, { external_secret_store: "vault" }));

  test("each agent has an entry of its name; the broker takes the login from the first", () => {
    const secrets = objects.filter(({ kind }) => kind === "ExternalSecret");
    expect(secrets.map(({ metadata }) => metadata.name)).toEqual([
      "researcher-agent-broker-login",
      "researcher-agent-secrets",
    ]);
    expect(secrets[1]?.["spec"]).toMatchObject({
      secretStoreRef: { kind: "ClusterSecretStore", name: "vault" },
      dataFrom: [{ extract: { key: "researcher-agent" } }],
    });
  });
});
