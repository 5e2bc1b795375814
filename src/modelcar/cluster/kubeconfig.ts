import { dirname, join, resolve } from "node:path";
import { closest } from "../../base/did-you-mean.ts";
import { errorCode, toError } from "../../base/errors.ts";
import { oneOf } from "../../base/one-of.ts";
import { systemReason } from "../../base/system-error.ts";
import {
  type Kubeconfig,
  type KubeconfigCluster,
  type KubeconfigUser,
  kubeconfigSchema,
} from "./kubeconfig-schema.ts";
import { type ClusterChoice, ClusterError, type ClusterWorld } from "./types.ts";

/** An entry, and the folder that its relative paths are taken from. */
interface Placed<T> {
  value: T;
  folder: string;
}

/** The context that was chosen, with what it names. */
export interface ChosenContext {
  name: string;
  /** The file that has the context. */
  file: string;
  cluster: Placed<KubeconfigCluster>;
  user: Placed<KubeconfigUser>;
  namespace: string | undefined;
}

interface ReadFile {
  path: string;
  content: Kubeconfig;
}

/**
 * The context of the kubeconfig that kubectl would use: `--kubeconfig`, else the files of KUBECONFIG (the first that has
 * an entry wins), else `~/.kube/config`. Undefined when nobody named a file or context, and there is none.
 * @throws ClusterError `absent`, `kubeconfig`
 */
export async function chooseContext(
  choice: ClusterChoice,
  world: ClusterWorld,
): Promise<ChosenContext | undefined> {
  const paths = kubeconfigPaths(choice, world);
  const read = await Promise.all(paths.map((path) => readKubeconfig(path)));
  const files = read.filter((file) => file !== undefined);
  const named = choice.kubeconfig !== undefined || Boolean(world.env["KUBECONFIG"]);
  const current = files.some(({ content }) => content["current-context"]);
  if (!named && choice.context === undefined && !current) return undefined;
  if (files.length === 0) throw missing(paths.join(", "));
  return contextOf(files, choice.context);
}

function kubeconfigPaths({ kubeconfig }: ClusterChoice, { env, cwd }: ClusterWorld): string[] {
  if (kubeconfig !== undefined) return [resolve(cwd, kubeconfig)];
  const { KUBECONFIG: list, HOME: home, USERPROFILE: profile } = env;
  if (list)
    return list
      .split(env["OS"] === "Windows_NT" ? ";" : ":")
      .filter((path) => path !== "")
      .map((path) => resolve(cwd, path));
  const folder = home || profile;
  return folder ? [join(folder, ".kube/config")] : [];
}

const missing = (where: string): ClusterError =>
  new ClusterError("absent", "there is no kubeconfig file", {
    where,
    hint: "Log in (oc login, or your provider's command), or name the file by --kubeconfig or KUBECONFIG.",
  });

/** Undefined: there is no such file. */
async function readKubeconfig(path: string): Promise<ReadFile | undefined> {
  let text: string;
  try {
    text = await Bun.file(path).text();
  } catch (thrown) {
    if (errorCode(thrown) === "ENOENT") return undefined;
    const reason = systemReason(thrown) ?? toError(thrown).message;
    throw new ClusterError("kubeconfig", `the kubeconfig cannot be read: ${reason}`, { where: path });
  }
  return { path, content: await parseKubeconfig(text, path) };
}

/** @throws ClusterError `kubeconfig`; its message holds nothing of the file's values, as those may be secrets. */
async function parseKubeconfig(text: string, path: string): Promise<Kubeconfig> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    throw new ClusterError("kubeconfig", "the kubeconfig is not YAML", { where: `${path}:${line}` });
  }
  const [schema, value] = [kubeconfigSchema(), document.toJS() ?? {}];
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { firstMistake } = await import("../../base/first-mistake.ts");
  const mistake = firstMistake(schema, value, parsed.error.issues);
  throw new ClusterError("kubeconfig", `the kubeconfig is broken: ${mistake}`, { where: path });
}

function contextOf(files: readonly ReadFile[], wanted: string | undefined): ChosenContext {
  const paths = files.map(({ path }) => path).join(", ");
  const contexts = entries(files, "contexts");
  const name = wanted ?? files.map(({ content }) => content["current-context"]).find((current) => current);
  if (!name) {
    const names = [...contexts.keys()];
    const hint =
      names.length === 0 ? "Log in first, as with oc login." : `Choose by --context: ${oneOf(names)}.`;
    throw new ClusterError("kubeconfig", "the kubeconfig has no current context", { where: paths, hint });
  }
  const found = contexts.get(name);
  if (found?.value.context == null) throw unknown("context", name, contexts.keys(), paths);
  const { cluster: clusterName, user: userName, namespace } = found.value.context;
  const clusters = entries(files, "clusters");
  const cluster = clusters.get(clusterName ?? "");
  if (cluster?.value.cluster == null) throw unknown("cluster", clusterName ?? "", clusters.keys(), paths);
  const users = entries(files, "users");
  const user = users.get(userName ?? "");
  if (userName && user === undefined) throw unknown("user", userName, users.keys(), paths);
  return {
    name,
    file: found.file,
    cluster: { value: cluster.value.cluster, folder: dirname(cluster.file) },
    user: { value: user?.value.user ?? {}, folder: dirname(user?.file ?? found.file) },
    namespace: namespace || undefined,
  };
}

type Lists = { [Key in "contexts" | "clusters" | "users"]: NonNullable<Kubeconfig[Key]>[number] };

/** All entries of a kind by name; the first file that has a name wins. */
function entries<Key extends keyof Lists>(
  files: readonly ReadFile[],
  key: Key,
): Map<string, { value: Lists[Key]; file: string }> {
  const found = new Map<string, { value: Lists[Key]; file: string }>();
  for (const { path, content } of files)
    for (const value of (content[key] ?? []) as Lists[Key][])
      if (!found.has(value.name)) found.set(value.name, { value, file: path });
  return found;
}

function unknown(kind: string, name: string, known: Iterable<string>, where: string): ClusterError {
  const names = [...known];
  const near = closest(name, names);
  const hint =
    near !== undefined
      ? `Did you mean ${near}?`
      : names.length === 0
        ? `It has no ${kind} at all.`
        : `It has ${oneOf(names, "and")}.`;
  return new ClusterError("kubeconfig", `the kubeconfig has no ${kind} ${JSON.stringify(name)}`, {
    where,
    hint,
  });
}
