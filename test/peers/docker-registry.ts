import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { until } from "./until.ts";

/** The registry of the distribution project, as Debian has it. */
export interface DockerRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  host: string;
  /** Folder for whatever the test makes; goes with the registry. */
  dir: string;
  /** Copies an OCI layout (`dir:tag`) in, byte for byte, with skopeo. */
  push(layout: string, name: string): Promise<void>;
}

const PATHS = { PATH: `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin` };
const program = (name: string): string | null => Bun.which(name, PATHS);

/** Why tests with a real registry cannot run here; undefined: they can. */
export const registryMissing = (): string | undefined =>
  program("docker-registry") && program("skopeo")
    ? undefined
    : "needs Debian's docker-registry and skopeo: apt-get install docker-registry skopeo";

/** Starts it on the loopback, its files in a folder of its own. */
export async function dockerRegistry(): Promise<DockerRegistry> {
  const dir = mkdtempSync(join(tmpdir(), "docker-registry-"));
  const port = await freePort();
  const file = join(dir, "config.yml");
  const lines = [
    "version: 0.1",
    "log: { level: error }",
    `storage: { filesystem: { rootdirectory: ${join(dir, "data")} } }`,
    `http: { addr: "127.0.0.1:${port}" }`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const child = Bun.spawn([program("docker-registry") ?? "docker-registry", "serve", file], {
    stdout: "ignore",
    stderr: "ignore",
  });
  const host = `127.0.0.1:${port}`;
  await until(`docker-registry listening on ${port}`, () => {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
    return fetch(`http://${host}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return {
    host,
    dir,
    async push(layout, name) {
      const tls = ["--dest-tls-verify=false", "--insecure-policy", "--preserve-digests"];
      const copy = Bun.spawn(
        [
          program("skopeo") ?? "skopeo",
          "copy",
          "--quiet",
          ...tls,
          `oci:${layout}`,
          `docker://${host}/${name}`,
        ],
        { stdout: "ignore", stderr: "pipe" },
      );
      const [said, code] = await Promise.all([new Response(copy.stderr).text(), copy.exited]);
      if (code !== 0) throw new Error(`skopeo: ${said}`);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
