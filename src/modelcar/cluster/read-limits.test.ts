import { beforeEach, expect, test } from "bun:test";
import { PLAIN_KUBERNETES } from "../../../test/peers/kubernetes-resources.ts";
import { l4Node } from "./cluster.fixture.ts";
import { inspectedCluster } from "./inspected-cluster.fixture.ts";

const on = inspectedCluster();
beforeEach(() => on.api.put(l4Node()));

async function inspect() {
  const { inventory, checks } = await on.inspect();
  const detail = (id: string) => checks.find((check) => check.id === id)?.detail;
  return { inventory, detail, order: checks.map(({ id }) => id) };
}

const GPU = "requests.nvidia.com/gpu";
const putQuota = (name: string, spec: object, hard: string, used: string) =>
  on.api.put({
    kind: "ResourceQuota",
    metadata: { name, namespace: "llm" },
    spec: { hard: { [GPU]: hard }, ...spec },
    status: { hard: { [GPU]: hard }, used: { [GPU]: used } },
  });

/** As openshift-apiserver projects a ClusterResourceQuota into a namespace. */
const putClusterQuota = (status: object, quota: object = { hard: { [GPU]: "4", pods: "50" } }) =>
  on.api.put({
    apiVersion: "quota.openshift.io/v1",
    kind: "AppliedClusterResourceQuota",
    metadata: { name: "team-gpus", namespace: "llm" },
    spec: { selector: { annotations: { "openshift.io/requester": "dev" }, labels: null }, quota },
    status,
  });
const TOTAL = { hard: { [GPU]: "4", pods: "50" }, used: { [GPU]: "4", pods: "11" } };

test("of OpenShift's quota over several namespaces counts what all of them use", async () => {
  putClusterQuota({
    total: TOTAL,
    namespaces: [{ namespace: "llm", status: { hard: TOTAL.hard, used: { [GPU]: "1", pods: "2" } } }],
  });
  const { inventory, detail } = await inspect();
  expect(inventory.quotas).toEqual([
    { name: "team-gpus (ClusterResourceQuota)", resource: GPU, hard: 4, used: 4 },
    { name: "team-gpus (ClusterResourceQuota)", resource: "pods", hard: 50, used: 11 },
  ]);
  expect(inventory.complete).toBe(true);
  expect(detail("list-appliedclusterresourcequotas")).toBe(
    `1 set (team-gpus (ClusterResourceQuota): 4 of 4 ${GPU} used)`,
  );
  expect(inventory.problems.map(({ text }) => text)).toEqual([
    `quota team-gpus (ClusterResourceQuota) of namespace llm allows 4 of ${GPU}, and 4 are used`,
  ]);
});

test("one that is not counted yet, or may not be read, leaves no verdict certain", async () => {
  putClusterQuota({});
  expect((await inspect()).inventory).toMatchObject({
    complete: false,
    problems: [{ code: "limit-broken", unread: "quotas" }],
  });
  on.api.behaviour.denied = ["list appliedclusterresourcequotas"];
  expect((await inspect()).inventory.problems).toMatchObject([
    { code: "list-appliedclusterresourcequotas-denied", unread: "quotas" },
  ]);
});

test("what a cluster has not, nobody may list: that is no denial", async () => {
  on.api.behaviour.absent = PLAIN_KUBERNETES;
  on.api.behaviour.denied = [
    "list appliedclusterresourcequotas",
    "list servingruntimes",
    "list clusterservingruntimes",
    "list templates",
  ];
  const { inventory, detail } = await inspect();
  expect(inventory.problems).toEqual([]);
  expect(detail("list-appliedclusterresourcequotas")).toBe("the cluster has none");
  expect(detail("list-servingruntimes")).toBe("the cluster has none");
});

test("where the cluster does not tell what it has, a denial is one", async () => {
  on.api.behaviour.absent = PLAIN_KUBERNETES;
  on.api.behaviour.denied = ["list appliedclusterresourcequotas"];
  on.api.behaviour.failures = [{ path: /^\/apis$/, status: 403 }];
  expect((await inspect()).inventory.problems).toMatchObject([
    { code: "list-appliedclusterresourcequotas-denied" },
  ]);
});

test("quotas of pods with a deadline are left alone, those of a priority class told, new scopes doubted", async () => {
  putQuota("jobs", { scopes: ["Terminating"] }, "0", "0");
  putQuota("long", { scopes: ["NotTerminating"] }, "2", "1");
  const matchExpressions = [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }];
  putQuota("high", { scopeSelector: { matchExpressions } }, "0", "0");
  const { inventory } = await inspect();
  expect(inventory).toMatchObject({ complete: true, quotas: [{ name: "long", hard: 2, used: 1 }] });
  expect(inventory.problems.map(({ text, unread }) => [text, unread])).toEqual([
    [
      "quota high of namespace llm counts only pods of priority class high: it is not taken into account",
      undefined,
    ],
  ]);
  putQuota("new", { scopes: ["SomethingNew"] }, "0", "0");
  expect((await inspect()).inventory).toMatchObject({
    complete: false,
    problems: [{ code: "limit-broken", unread: "quotas" }, { code: "quota-priority" }],
  });
});

test("checks are told in one order, however the answers come", async () => {
  const { order } = await inspect();
  expect(order).toEqual([
    "reach",
    "login",
    "list-nodes",
    "list-pods",
    "list-resourcequotas",
    "list-appliedclusterresourcequotas",
    "list-limitranges",
    "list-servingruntimes",
    "list-clusterservingruntimes",
    "templates-redhat-ods-applications",
    "templates-opendatahub",
    "list-acceleratorprofiles",
    "list-hardwareprofiles",
  ]);
});
