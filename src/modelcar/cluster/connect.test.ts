import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KubernetesApi, kubernetesApi, TOKEN, USER } from "../../../test/peers/kubernetes-api.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { whoAmI } from "./access.ts";
import { openApi } from "./api.ts";
import { testWorld } from "./cluster.fixture.ts";
import { clusterIsKnown, connect } from "./connect.ts";
import type { ClusterChoice, ClusterWorld } from "./types.ts";

let api: KubernetesApi;
const dir = tempDir();
beforeAll(async () => {
  api = await kubernetesApi(dir.path);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");
let files = 0;
function file(text: string | object, name = `file-${++files}`): string {
  const path = join(dir.path, name);
  writeFileSync(path, typeof text === "string" ? text : JSON.stringify(text));
  return path;
}

/** Whom the cluster takes the user of this kubeconfig for. */
async function who(choice: ClusterChoice, world: ClusterWorld = testWorld()): Promise<string | undefined> {
  return await whoAmI(openApi(await connect(choice, world), world));
}
const withUser = (user: object): ClusterChoice => ({ kubeconfig: file(api.kubeconfig(user)) });

describe("logins of a kubeconfig", () => {
  test("a token, as oc login leaves it", async () => {
    expect(await who(withUser({ token: TOKEN }))).toBe(USER);
  });

  test("a token in a file, taken from the kubeconfig's folder", async () => {
    file(`${TOKEN}\n`, "token-file");
    expect(await who(withUser({ tokenFile: "token-file" }))).toBe(USER);
  });

  test("a client certificate, in the kubeconfig or beside it", async () => {
    const { cert, key } = api.client;
    expect(
      await who(withUser({ "client-certificate-data": base64(cert), "client-key-data": base64(key) })),
    ).toBe("client");
    file(cert, "client.crt");
    file(key, "client.key");
    expect(await who(withUser({ "client-certificate": "client.crt", "client-key": "client.key" }))).toBe(
      "client",
    );
  });

  function plugin(script: string, more: object = {}): ClusterChoice {
    const command = join(dir.path, `plugin-${++files}`);
    writeFileSync(command, `#!/bin/sh\n${script}\n`);
    chmodSync(command, 0o755);
    return withUser({ exec: { apiVersion: "client.authentication.k8s.io/v1", command, ...more } });
  }
  const credential = (status: object) =>
    JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status });

  test("a credential plugin, told of the cluster where it wants to be", async () => {
    const choice = plugin(
      `case "$KUBERNETES_EXEC_INFO" in *'"server":"${api.server}"'*) echo '${credential({ token: TOKEN })}';; esac`,
      { provideClusterInfo: true },
    );
    expect(await who(choice)).toBe(USER);
  });

  test("a credential plugin is run once, and again when what it gave is refused", async () => {
    const runs = join(dir.path, "runs");
    const fresh = credential({ token: TOKEN });
    const old = credential({ token: "expired-token-000000" });
    const choice = plugin(
      `echo run >> ${runs}; if [ $(wc -l < ${runs}) = 1 ]; then echo '${old}'; else echo '${fresh}'; fi`,
    );
    const world = testWorld();
    const asked = openApi(await connect(choice, world), world);
    expect(await whoAmI(asked)).toBe(USER);
    expect(await whoAmI(asked)).toBe(USER);
    expect((await Bun.file(runs).text()).trim().split("\n")).toHaveLength(2);
  });

  test("a credential plugin may give a certificate", async () => {
    const { cert: clientCertificateData, key: clientKeyData } = api.client;
    const path = file(credential({ clientCertificateData, clientKeyData }));
    expect(await who(plugin(`cat ${path}`))).toBe("client");
  });

  test.each([
    ["fails", "echo secret-word-1 >&2; exit 3", /failed with exit status 3/],
    ["writes something else", "echo secret-word-1", /gave no ExecCredential/],
  ])("a credential plugin that %s is told, without what it wrote", async (_, script, message) => {
    const failure = await who(plugin(script)).catch((thrown: Error) => thrown);
    expect(failure).toMatchObject({ code: "credentials", message: expect.stringMatching(message) });
    expect(Bun.inspect(failure)).not.toContain("secret-word-1");
  });

  test("a credential plugin that is not there is told with its own hint", async () => {
    const user = { exec: { command: "no-such-plugin", installHint: "brew install no-such-plugin" } };
    await expect(who(withUser(user))).rejects.toMatchObject({
      code: "credentials",
      hint: "brew install no-such-plugin",
    });
  });

  test("a provider that clients no longer know is told", async () => {
    await expect(who(withUser({ "auth-provider": { name: "gcp" } }))).rejects.toMatchObject({
      code: "credentials",
    });
  });
});

describe("where the cluster is found", () => {
  test("--context chooses; KUBECONFIG may name several files, the first that has a name wins", async () => {
    const first = file({
      "current-context": "dev",
      contexts: [{ name: "dev", context: { cluster: "loopback", user: "mine", namespace: "llm" } }],
      users: [{ name: "mine", user: { token: TOKEN } }],
    });
    const second = file(api.kubeconfig({ token: "another-token-1234" }));
    const world = testWorld({ env: { KUBECONFIG: `${first}:${dir.path}/not-there:${second}` } });
    expect(await connect({}, world)).toMatchObject({ origin: `context dev of ${first}`, namespace: "llm" });
    expect(await who({}, world)).toBe(USER);
    expect(await connect({ context: "test" }, world)).toMatchObject({ namespace: "default" });
    await expect(connect({ context: "tets" }, world)).rejects.toMatchObject({ hint: "Did you mean test?" });
  });

  test("a namespace that could lead elsewhere in the API is refused", async () => {
    const choice = { ...withUser({ token: TOKEN }), namespace: "../../nodes" };
    await expect(connect(choice, testWorld())).rejects.toMatchObject({ code: "invalid" });
  });

  test("~/.kube/config is looked at without being asked", async () => {
    const home = join(dir.path, "home");
    mkdirSync(join(home, ".kube"), { recursive: true });
    writeFileSync(join(home, ".kube/config"), api.kubeconfig());
    expect(await who({}, testWorld({ env: { HOME: home } }))).toBe(USER);
    writeFileSync(join(home, ".kube/config"), "apiVersion: v1\nkind: Config\n");
    expect(await clusterIsKnown({}, testWorld({ env: { HOME: home } }))).toBe(false);
  });

  test("a server and token of the environment", async () => {
    const env = { K8S_AUTH_HOST: api.server, K8S_AUTH_API_KEY: TOKEN, K8S_AUTH_SSL_CA_CERT: file(api.ca) };
    expect(await who({}, testWorld({ env }))).toBe(USER);
    await expect(connect({}, testWorld({ env: { K8S_AUTH_HOST: api.server } }))).rejects.toMatchObject({
      code: "credentials",
    });
  });

  test("in a pod, its service account", async () => {
    const folder = join(dir.path, "serviceaccount");
    mkdirSync(folder);
    writeFileSync(join(folder, "token"), TOKEN);
    writeFileSync(join(folder, "ca.crt"), api.ca);
    writeFileSync(join(folder, "namespace"), "agents");
    const { hostname: KUBERNETES_SERVICE_HOST, port: KUBERNETES_SERVICE_PORT } = new URL(api.server);
    const world = testWorld({ env: { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } });
    const connection = await connect({}, world, folder);
    expect(connection.namespace).toBe("agents");
    expect(await whoAmI(openApi(connection, world))).toBe(USER);
  });

  test("without any of it, no cluster is known", async () => {
    const world = testWorld({ env: { HOME: join(dir.path, "nobody") } });
    expect(await clusterIsKnown({}, world)).toBe(false);
    await expect(connect({}, world)).rejects.toMatchObject({
      code: "absent",
      hint: expect.stringContaining("--gpus"),
    });
  });
});

describe("a broken kubeconfig is told, without its values", () => {
  test.each([
    ["not YAML", "users: [{name: a, user: {token: secret-word-2}", /not YAML/],
    [
      "a field of another type",
      '{"users":[{"name":"a","user":{"token":["secret-word-2"]}}]}',
      /users\.0\.user\.token/,
    ],
    ["no current context", '{"users":[{"name":"a","user":{"token":"secret-word-2"}}]}', /no current context/],
    ["an unknown context", '{"current-context":"a"}', /no context "a"/],
    [
      "an unknown cluster",
      '{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"b","user":"c"}}]}',
      /no cluster "b"/,
    ],
    [
      "plain HTTP",
      '{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"b"}}],"clusters":[{"name":"b","cluster":{"server":"http://10.0.0.1"}}]}',
      /plain HTTP/,
    ],
    [
      "an authority that is no PEM",
      '{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"b"}}],"clusters":[{"name":"b","cluster":{"server":"https://10.0.0.1","certificate-authority-data":"c2VjcmV0LXdvcmQtMg=="}}]}',
      /not base64 of PEM/,
    ],
  ])("%s", async (_, text, message) => {
    const failure = await connect({ kubeconfig: file(text) }, testWorld()).catch((thrown: Error) => thrown);
    expect(failure).toMatchObject({ code: "kubeconfig" });
    const told = Bun.inspect(failure);
    expect(told).toMatch(message);
    expect(told).not.toContain("secret-word-2");
  });

  test("a file that is not there", async () => {
    const choice = { kubeconfig: join(dir.path, "no-such-file") };
    await expect(connect(choice, testWorld())).rejects.toMatchObject({
      code: "absent",
      where: choice.kubeconfig,
    });
  });
});

describe("what stands between", () => {
  const changed = (cluster: object): ClusterChoice => {
    const config = JSON.parse(api.kubeconfig());
    Object.assign(config.clusters[0].cluster, cluster);
    return { kubeconfig: file(config) };
  };

  test("a certificate of an unknown authority is not trusted, unless the kubeconfig says so", async () => {
    await expect(who(changed({ "certificate-authority-data": null }))).rejects.toMatchObject({ code: "tls" });
    const insecure = { "certificate-authority-data": null, "insecure-skip-tls-verify": true };
    expect(await who(changed(insecure))).toBe(USER);
  });

  test("the certificate must bear the name that the kubeconfig says", async () => {
    expect(await who(changed({ "tls-server-name": "kubernetes.default.svc" }))).toBe(USER);
    await expect(who(changed({ "tls-server-name": "other.example" }))).rejects.toMatchObject({ code: "tls" });
  });

  test("a cluster that is not there", async () => {
    await expect(who(changed({ server: "https://127.0.0.1:1" }))).rejects.toMatchObject({
      code: "unreachable",
    });
  });

  test("a defect of ours is no cluster that cannot be reached", async () => {
    const fetch = async (): Promise<Response> => {
      throw new TypeError("undefined is not a function");
    };
    await expect(who(changed({}), testWorld({ fetch }))).rejects.toThrow(TypeError);
  });

  test("a cluster that does not answer", async () => {
    const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const clock = {
      ...testWorld().clock,
      after: (_: number, late: () => void) => testWorld().clock.after(20, late),
    };
    const failure = await who(
      changed({ server: `https://127.0.0.1:${silent.port}` }),
      testWorld({ clock }),
    ).catch((thrown: Error) => thrown);
    silent.stop(true);
    expect(failure).toMatchObject({ code: "unreachable", message: expect.stringContaining("within 30 s") });
  });

  test("a user who is impersonated is sent along", async () => {
    await who(withUser({ token: TOKEN, as: "someone", "as-groups": ["admins"] }));
    expect(api.requests.at(-1)?.headers).toMatchObject({
      "impersonate-user": "someone",
      "impersonate-group": "admins",
    });
  });
});
