import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootfsFile } from "./debian.ts";
import type { Engine } from "./engine.ts";

/** The images that Dockerfile.generic and the broker begin with: pulled where there is a registry, else made from Debian. */

const ROOT = join(import.meta.dir, "../..");
const DEBIAN = "debian:bookworm-slim";

/** A reason why they cannot be had, or undefined. */
export async function ensureImages(engine: Engine, mosquitto: string): Promise<string | undefined> {
  const recipes: [image: string, make: () => Promise<boolean>][] = [
    [DEBIAN, () => importRootfs(engine)],
    [mosquitto, () => build(engine, mosquitto, MOSQUITTO)],
    [await bunImage(), async () => build(engine, await bunImage(), BUN, await bunFiles())],
  ];
  for (const [image, make] of recipes) {
    if ((await engine.docker(["image", "inspect", image])).code === 0) continue;
    if ((await engine.docker(["pull", "--quiet", image], { ms: 60_000 })).code === 0) continue;
    if (!engine.own) return `${image} cannot be pulled`;
    if (!(await make())) return `${image} can be neither pulled nor made`;
  }
  return undefined;
}

/** As Dockerfile.generic names it. */
async function bunImage(): Promise<string> {
  const text = await Bun.file(join(ROOT, "Dockerfile.generic")).text();
  return /^ARG BUN_IMAGE=(\S+)/m.exec(text)?.[1] ?? "";
}

async function importRootfs(engine: Engine): Promise<boolean> {
  if (!existsSync(rootfsFile())) return false;
  return (await engine.docker(["import", rootfsFile(), DEBIAN])).code === 0;
}

/** The user, the folders and the entry point are those of the official image. */
const MOSQUITTO = `FROM ${DEBIAN}
RUN groupadd --gid 1883 mosquitto \\
 && useradd --uid 1883 --gid 1883 --no-create-home --home-dir /var/empty --shell /usr/sbin/nologin mosquitto
RUN apt-get update \\
 && apt-get install -y --no-install-recommends mosquitto mosquitto-clients \\
 && mkdir -p /mosquitto/config /mosquitto/data /mosquitto/log \\
 && chown -R mosquitto:mosquitto /mosquitto
VOLUME ["/mosquitto/data", "/mosquitto/log"]
CMD ["/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]
`;

/** With this machine's authorities: behind a proxy that opens TLS, packages come by no others. */
const BUN = `FROM ${DEBIAN}
COPY bun /usr/local/bin/bun
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
`;

const bunFiles = async (): Promise<Record<string, string>> => ({
  bun: process.execPath,
  "ca-certificates.crt": process.env["NODE_EXTRA_CA_CERTS"] || "/etc/ssl/certs/ca-certificates.crt",
});

async function build(
  engine: Engine,
  image: string,
  dockerfile: string,
  files: Record<string, string> = {},
): Promise<boolean> {
  const context = mkdtempSync(join(tmpdir(), "image-"));
  try {
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    for (const [name, path] of Object.entries(files)) copyFileSync(path, join(context, name));
    const { code, stderr } = await engine.docker(["build", "--quiet", "--tag", image, context]);
    if (code !== 0) console.error(stderr);
    return code === 0;
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
