import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/**
 * What a Docker engine and its base images are made of where nothing but Debian's packages can be had. Made once, and
 * kept between runs.
 */

export const cacheFolder = (): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "agent2389-tests", "docker");

/** Root file system of Debian bookworm, small, as a tar archive. */
export const rootfsFile = (): string => join(cacheFolder(), "bookworm.tar");

/** Compose and Buildx as plug-ins of the docker command: Debian bookworm has no Compose 2. */
export const pluginFolder = (): string => join(cacheFolder(), "cli", "cli-plugins");

export const canInstall = (): boolean => process.getuid?.() === 0 && Bun.which("apt-get") !== null;

/** Runs a program without a word, unless it fails: then what it said is told. */
export async function quietly(argv: string[], cwd?: string): Promise<boolean> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = Bun.spawn(argv, {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    env,
    ...(cwd && { cwd }),
  });
  const [said, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) console.error(`${argv.join(" ")}:\n${said.trim().split("\n").slice(-5).join("\n")}`);
  return code === 0;
}

const hasProgram = (name: string): boolean =>
  Bun.which(name, { PATH: `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin` }) !== null;

/** Installs packages of this machine's Debian; true when all are there. */
export async function installPackages(programs: Readonly<Record<string, string>>): Promise<boolean> {
  const missing = Object.entries(programs).filter(([program]) => !hasProgram(program));
  if (missing.length === 0) return true;
  if (!canInstall()) return false;
  const install = [
    "apt-get",
    "install",
    "-y",
    "-q",
    "--no-install-recommends",
    ...missing.map(([, name]) => name),
  ];
  return (
    (await quietly(install)) || ((await quietly(["apt-get", "update", "-q"])) && (await quietly(install)))
  );
}

/** Compose 2 and Buildx of Debian 13, which run on Debian 12 as well; unpacked, not installed. */
export async function fetchPlugins(): Promise<boolean> {
  if (existsSync(join(pluginFolder(), "docker-compose"))) return true;
  if (!canInstall()) return false;
  const work = join(cacheFolder(), "trixie");
  const [lists, sources] = [join(work, "lists"), join(work, "sources")];
  for (const folder of [join(lists, "partial"), sources, pluginFolder()])
    mkdirSync(folder, { recursive: true });
  const mirror = debianMirror();
  if (mirror === undefined) return false;
  writeFileSync(join(sources, "trixie.sources"), trixie(mirror));
  const options = [
    ...["-o", "Dir::Etc::sourcelist=/dev/null", "-o", `Dir::Etc::sourceparts=${sources}`],
    ...["-o", `Dir::State::lists=${lists}`, "-o", "APT::Sandbox::User=root"],
  ];
  const fetched =
    (await quietly(["apt-get", ...options, "update", "-q"])) &&
    (await quietly(["apt-get", ...options, "download", "docker-compose", "docker-buildx"], work));
  if (!fetched) return false;
  for (const file of readdirSync(work).filter((name) => name.endsWith(".deb"))) {
    if (!(await quietly(["dpkg-deb", "--extract", file, "unpacked"], work))) return false;
  }
  const plugins = join(work, "unpacked/usr/libexec/docker/cli-plugins");
  const copied = await quietly(["cp", "--archive", plugins, dirname(pluginFolder())]);
  rmSync(work, { recursive: true, force: true });
  return copied;
}

const trixie = (mirror: string) => `Types: deb
URIs: ${mirror}
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

/** Where this machine has Debian's packages from. */
function debianMirror(): string | undefined {
  const format = "$(ORIGIN) $(SITE) $(RELEASE)";
  const { exitCode, stdout } = Bun.spawnSync(["apt-get", "indextargets", "--format", format]);
  if (exitCode !== 0) return undefined;
  return /^Debian (\S+) [a-z]+$/m.exec(stdout.toString())?.[1];
}

/** Half a minute, once. */
export async function makeRootfs(): Promise<boolean> {
  const file = rootfsFile();
  if (existsSync(file)) return true;
  if (!(await installPackages({ debootstrap: "debootstrap" }))) return false;
  const folder = `${file}.folder`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const leftOut = [
    "./var/cache/apt/archives/*",
    "./var/lib/apt/lists/*",
    "./usr/share/doc/*",
    "./usr/share/locale/*",
  ];
  const made =
    (await quietly(["debootstrap", "--variant=minbase", "bookworm", folder])) &&
    (await quietly([
      "tar",
      "-C",
      folder,
      "-cf",
      `${file}.new`,
      ...leftOut.map((path) => `--exclude=${path}`),
      ".",
    ])) &&
    (await quietly(["mv", `${file}.new`, file]));
  rmSync(folder, { recursive: true, force: true });
  return made;
}

/** Everything that can be made before an engine runs; false: something of it cannot be had here. */
export async function prepareDocker(): Promise<boolean> {
  const installed = await installPackages({ dockerd: "docker.io", docker: "docker.io" });
  return installed && (await fetchPlugins()) && (await makeRootfs());
}
