import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BunPlugin } from "bun";
import type { Notice } from "../src/cli/licenses/notice.ts";

/**
 * The licences of all that goes into the program: this project's, Bun's, ONNX Runtime's with what is linked into it, and those
 * of every package that the dependencies bring, whether or not the bundler takes a part of it. Into the program they go in
 * the place of src/cli/licenses/packed-notices.ts.
 */

const ROOT = join(import.meta.dir, "..");
const THIRD_PARTY = join(ROOT, "third-party");
/** Packages that come without a text, and the folder that has it. */
const TEXTS: Readonly<Record<string, string>> = {
  "@bufbuild/protobuf": "bufbuild-protobuf",
  "onnxruntime-common": "onnxruntime",
  "onnxruntime-node": "onnxruntime",
};

export function licences(): BunPlugin {
  return {
    name: "licences",
    setup(build) {
      build.onLoad({ filter: /[\\/]cli[\\/]licenses[\\/]packed-notices\.ts$/ }, () => ({
        loader: "ts",
        contents: `import file from "notices:notices.json.zst" with { type: "file" };\nexport const packedNotices = () => file;`,
      }));
      build.onResolve({ filter: /^notices:/ }, ({ path }) => ({ path: path.slice(8), namespace: "notices" }));
      build.onLoad({ filter: /./, namespace: "notices" }, async () => ({
        loader: "file",
        contents: Bun.zstdCompressSync(Buffer.from(JSON.stringify(await gatherNotices())), { level: 9 }),
      }));
    },
  };
}

/** Rejects for a package without a licence: somebody has to look for it. */
export async function gatherNotices(): Promise<Notice[]> {
  const own = await packageIn(ROOT);
  const packages = await packagesOf(ROOT);
  const runtime = packages.find(({ name }) => name === "onnxruntime-node")!;
  return [
    { name: own.name, version: own.version, license: "MIT", text: await text(join(ROOT, "LICENSE")) },
    { name: "Bun", version: Bun.version, license: "MIT and others", text: await textsIn("bun") },
    {
      name: "ONNX Runtime",
      version: runtime.version,
      license: "MIT and others",
      text: await textsIn("onnxruntime"),
    },
    ...(await Promise.all(packages.map(noticeOf))),
  ];
}

interface Package {
  folder: string;
  name: string;
  version: string;
  license: string | undefined;
  dependencies: string[];
}

async function packageIn(folder: string): Promise<Package> {
  const {
    name,
    version = "",
    license,
    dependencies = {},
  } = JSON.parse(await text(join(folder, "package.json")));
  return { folder, name, version, license, dependencies: Object.keys(dependencies) };
}

/** What the dependencies of a package bring, each once in each version, by name. */
async function packagesOf(root: string): Promise<Package[]> {
  const found = new Map<string, Package>();
  const waiting = [await packageIn(root)];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const name of next.dependencies) {
      const folder = await folderOf(name, next.folder);
      if (found.has(folder)) continue;
      const one = await packageIn(folder);
      found.set(folder, one);
      waiting.push(one);
    }
  }
  return [...new Map([...found.values()].map((one) => [`${one.name} ${one.version}`, one])).values()].sort(
    (a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1),
  );
}

/** In node_modules of the folder that asks for it, or of one above. */
async function folderOf(name: string, from: string): Promise<string> {
  const folder = join(from, "node_modules", name);
  if (await Bun.file(join(folder, "package.json")).exists()) return folder;
  if (from === dirname(from)) throw new Error(`the package ${name} is not installed: bun install`);
  return folderOf(name, dirname(from));
}

async function noticeOf({ folder, name, version, license }: Package): Promise<Notice> {
  const elsewhere = TEXTS[name];
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const own = await Promise.all(files.map((file) => text(join(folder, file))));
  const found = elsewhere === undefined ? own.join("\n\n") : await textsIn(elsewhere);
  if (found === "" || license === undefined)
    throw new Error(
      `${name} ${version} has no licence: put it into third-party, and into scripts/notices.ts`,
    );
  return { name, version, license, text: found };
}

async function textsIn(folder: string): Promise<string> {
  const files = (await readdir(join(THIRD_PARTY, folder))).sort();
  return (await Promise.all(files.map((file) => text(join(THIRD_PARTY, folder, file))))).join("\n\n");
}

const text = (path: string): Promise<string> => readFile(path, "utf8");
