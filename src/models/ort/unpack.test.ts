import { expect, test } from "bun:test";
import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { unpack } from "./unpack.ts";

const contents = { "lib.so": "a library", "binding.node": "a binding" };

async function packedIn(dir: string) {
  return Promise.all(
    Object.entries(contents).map(async ([name, text]) => {
      const file = join(dir, `${name}.zst`);
      await writeFile(file, Bun.zstdCompressSync(text));
      return { name, file, size: text.length };
    }),
  );
}

test("the files appear in a folder of this user, named by their content", async () => {
  await using dir = tempDir();
  const folder = await unpack(await packedIn(dir.path), "c0ffee", join(dir.path, "cache"));
  expect(folder).toBe(join(dir.path, "cache/onnxruntime/c0ffee"));
  for (const [name, text] of Object.entries(contents))
    expect(await readFile(join(folder, name), "utf8")).toBe(text);
  for (const made of [folder, join(folder, ".."), join(dir.path, "cache")])
    expect((await stat(made)).mode & 0o777).toBe(0o700);
});

test("many at the same time meet in one folder and leave nothing else", async () => {
  await using dir = tempDir();
  const files = await packedIn(dir.path);
  const folders = await Promise.all(Array.from({ length: 8 }, () => unpack(files, "c0ffee", dir.path)));
  expect(new Set(folders).size).toBe(1);
  expect(await readdir(join(dir.path, "onnxruntime"))).toEqual(["c0ffee"]);
});

test("what is there already is not written again", async () => {
  await using dir = tempDir();
  const files = await packedIn(dir.path);
  const folder = await unpack(files, "c0ffee", dir.path);
  const { ino } = await stat(join(folder, "lib.so"));
  await unpack(files, "c0ffee", dir.path);
  expect((await stat(join(folder, "lib.so"))).ino).toBe(ino);
});

test("a damaged folder is made again", async () => {
  await using dir = tempDir();
  const files = await packedIn(dir.path);
  const folder = await unpack(files, "c0ffee", dir.path);
  await truncate(join(folder, "lib.so"), 3);
  await unpack(files, "c0ffee", dir.path);
  expect(await readFile(join(folder, "lib.so"), "utf8")).toBe(contents["lib.so"]);
});

test("a folder that others may write to is refused", async () => {
  await using dir = tempDir();
  await mkdir(join(dir.path, "onnxruntime"));
  await chmod(join(dir.path, "onnxruntime"), 0o777);
  await expect(unpack(await packedIn(dir.path), "c0ffee", dir.path)).rejects.toMatchObject({
    message: "the folder for ONNX Runtime is not this user's alone",
    where: join(dir.path, "onnxruntime"),
  });
});

test("a folder that cannot be made is told with what it is for", async () => {
  await using dir = tempDir();
  await writeFile(join(dir.path, "cache"), "a file");
  await expect(unpack(await packedIn(dir.path), "c0ffee", join(dir.path, "cache"))).rejects.toMatchObject({
    message: "ONNX Runtime cannot be unpacked: a part of the path is not a folder",
    hint: expect.stringContaining("It takes 1 MB"),
  });
});

test("a failure half way leaves nothing under any name", async () => {
  await using dir = tempDir();
  const [first] = await packedIn(dir.path);
  const broken = { name: "broken", file: join(dir.path, "broken.zst"), size: 3 };
  await writeFile(broken.file, "no Zstandard");
  await expect(unpack([first!, broken], "c0ffee", dir.path)).rejects.toThrow();
  expect(await readdir(join(dir.path, "onnxruntime"))).toEqual([]);
});
