import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../peers/until.ts";
import { cacheFolder, pluginFolder } from "./debian.ts";

/** A Docker engine with Compose: the one that answers, or one that is started for the tests. */
export interface Engine {
  /** Variables by which `docker` finds it. */
  env: Record<string, string>;
  /** It was started for the tests: nobody else's images are in it. */
  own: boolean;
  docker(argv: string[], options?: { cwd?: string; stdin?: string; ms?: number }): Promise<DockerResult>;
  /** Removes what a run that was broken off has left. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface DockerResult {
  code: number;
  stdout: string;
  stderr: string;
}

export type NoEngine = { unavailable: string };

const PATH = `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin`;
const OLDEST_COMPOSE = [2, 23];

/** Variables by which `docker` finds a Compose that will do: its own, or the one made ready for the tests. */
export async function findCompose(): Promise<Record<string, string> | NoEngine> {
  if (Bun.which("docker", { PATH }) === null) return { unavailable: "there is no docker command" };
  const given = process.env["DOCKER_HOST"];
  const own = process.env["DOCKER_CONFIG"] || join(homedir(), ".docker");
  const env: Record<string, string> = { ...(given && { DOCKER_HOST: given }), DOCKER_CONFIG: own };
  if (await hasCompose(env)) return env;
  if (existsSync(join(pluginFolder(), "docker-compose")))
    return { ...env, DOCKER_CONFIG: join(pluginFolder(), "..") };
  return { unavailable: `Docker Compose ${OLDEST_COMPOSE.join(".")} or newer is not here` };
}

export async function openEngine(): Promise<Engine | NoEngine> {
  const env = await findCompose();
  if ("unavailable" in env) return env as NoEngine;
  const running = await docker(env, ["version", "--format", "{{.Server.Version}}"]);
  if (running.code !== 0) return startEngine(env);
  return { ...clientOf(env), own: false, close: async () => {} };
}

async function hasCompose(env: Record<string, string>): Promise<boolean> {
  const { code, stdout } = await docker(env, ["compose", "version", "--short"]);
  const [major = 0, minor = 0] = stdout.replace(/^v/, "").split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_COMPOSE;
  return code === 0 && (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor));
}

async function startEngine(base: Record<string, string>): Promise<Engine | NoEngine> {
  const dockerd = Bun.which("dockerd", { PATH });
  if (dockerd === null) return { unavailable: "no Docker engine answers, and none is installed" };
  if (process.getuid?.() !== 0)
    return { unavailable: "no Docker engine answers, and only root can start one" };
  const dir = mkdtempSync(join(tmpdir(), "dockerd-"));
  const [log, socket] = [join(dir, "log"), `unix://${join(dir, "docker.sock")}`];
  mkdirSync(cacheFolder(), { recursive: true });
  const places = [
    "--data-root",
    join(cacheFolder(), "data"),
    "--exec-root",
    join(dir, "exec"),
    "--pidfile",
    join(dir, "pid"),
  ];
  const child = Bun.spawn([dockerd, ...places, "--host", socket], {
    env: { ...process.env, PATH },
    stdin: "ignore",
    stdout: Bun.file(log),
    stderr: Bun.file(log),
  });
  const env = { ...base, DOCKER_HOST: socket };
  const close = async () => {
    child.kill("SIGTERM");
    await child.exited;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await until(
      "the Docker engine answers",
      async () => {
        if (child.exitCode !== null) throw new Error("it ended");
        return (await docker(env, ["version"])).code === 0;
      },
      30_000,
    );
  } catch {
    const said = readFileSync(log, "utf8").trim().split("\n").at(-1);
    await close();
    return { unavailable: `the Docker engine does not start here: ${said}` };
  }
  return { ...clientOf(env), own: true, close };
}

function clientOf(env: Record<string, string>): Pick<Engine, "env" | "docker" | "clear"> {
  return {
    env,
    docker: (...call) => docker(env, ...call),
    async clear() {
      const { stdout } = await docker(env, ["ps", "--all", "--quiet"]);
      const ids = stdout.split("\n").filter(Boolean);
      if (ids.length > 0) await docker(env, ["rm", "--force", "--volumes", ...ids]);
      for (const kind of ["volume", "network"]) await docker(env, [kind, "prune", "--force"]);
    },
  };
}

/** Runs `docker` to its end. */
export async function docker(
  env: Record<string, string>,
  argv: string[],
  { cwd = "/", stdin, ms = 300_000 }: { cwd?: string; stdin?: string; ms?: number } = {},
): Promise<DockerResult> {
  const child = Bun.spawn(["docker", ...argv], {
    cwd,
    env: { ...process.env, PATH, ...env },
    stdin: stdin === undefined ? "ignore" : Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
    timeout: ms,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout: stdout.trim(), stderr };
}
