import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileRead, fileWrite } from "./factories.ts";
import { fileWorld } from "./testing.fixture.ts";

const { base, allowed, inAllowed, open, read, write } = fileWorld();

describe("reading", () => {
  test("a file by any way of writing its path", async () => {
    await writeFile(inAllowed("a.txt"), "hello\n");
    for (const path of ["a.txt", "allowed/a.txt", "./allowed/../allowed/a.txt", inAllowed("a.txt")]) {
      expect(await read({ path })).toEqual({ content: "hello", metadata: { path, bytes: 6 } });
    }
  });

  test("lines from offset, at most limit, and says what was left out", async () => {
    await writeFile(inAllowed("ten.txt"), Array.from({ length: 10 }, (_, i) => `line ${i + 1}\n`).join(""));
    const { content } = await read({ path: "ten.txt", offset: 3, limit: 2 });
    expect(content).toBe("line 3\nline 4\n\n[lines 3 to 4 of 10; call again with offset 5 for more]");
    expect((await read({ path: "ten.txt", offset: 10 })).content).toBe("line 10\n\n[lines 10 to 10 of 10]");
    expect((await read({ path: "ten.txt", offset: 11 })).content).toBe("[the file has only 10 lines]");
    expect((await read({ path: "ten.txt" })).content).not.toContain("[");
  });

  test("no more than max_content_chars at once; reading on gives the whole file", async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `this is line ${i + 1}`);
    await writeFile(inAllowed("long.txt"), lines.join("\n"));
    const got: string[] = [];
    for (let offset = 1; ; ) {
      const { content } = await read({ path: "long.txt", offset }, { max_content_chars: 200 });
      const [body = "", note = ""] = content.split("\n\n[");
      expect(body.length).toBeLessThanOrEqual(200);
      got.push(...body.split("\n"));
      const next = /offset (\d+) for more/.exec(note)?.[1];
      if (next === undefined) break;
      offset = Number(next);
    }
    expect(got).toEqual(lines);
  });

  test("a line that is too long is cut, and said to be", async () => {
    await writeFile(inAllowed("wide.txt"), `${"x".repeat(500)}\nnext`);
    const { content } = await read({ path: "wide.txt" }, { max_content_chars: 100 });
    expect(content).toStartWith(`${"x".repeat(100)} [line cut: 400 more characters]`);
    expect(content).toEndWith("[lines 1 to 1 of 2; call again with offset 2 for more]");
  });

  test("an empty file, and UTF-16 with a byte order mark", async () => {
    await writeFile(inAllowed("empty"), "");
    expect((await read({ path: "empty" })).content).toBe("[the file is empty]");
    await writeFile(inAllowed("utf16.txt"), Buffer.from("\uFEFFgrüße", "utf16le"));
    expect((await read({ path: "utf16.txt" })).content).toBe("grüße");
  });

  test("refuses binary files", async () => {
    await writeFile(inAllowed("a.bin"), new Uint8Array([1, 0, 2]));
    await writeFile(inAllowed("b.bin"), new Uint8Array([0xff, 0xc3, 0x28]));
    await expect(read({ path: "a.bin" })).rejects.toThrow("a.bin is a binary file (3 bytes)");
    await expect(read({ path: "b.bin" })).rejects.toThrow("binary file");
  });

  test("refuses files that are too large, without reading them", async () => {
    await writeFile(inAllowed("big.txt"), "");
    await truncate(inAllowed("big.txt"), 5 * 2 ** 30);
    await expect(read({ path: "big.txt" })).rejects.toThrow(
      "big.txt is too large: 5368709120 bytes, and at most 10485760 are read",
    );
    await writeFile(inAllowed("six.txt"), "123456");
    await expect(read({ path: "six.txt" }, { max_size: 5 })).rejects.toThrow("at most 5");
    expect((await read({ path: "six.txt" }, { max_file_size: 6 })).content).toBe("123456");
  });

  test("lists a folder", async () => {
    await mkdir(inAllowed("sub"));
    await writeFile(inAllowed("b.txt"), "12");
    await symlink(join(base, "secret.txt"), inAllowed("away"));
    expect((await read({ path: "allowed" })).content).toBe(
      "allowed is a folder:\naway (link)\nb.txt (2 bytes)\nsub/",
    );
    expect((await read({ path: "sub" })).content).toBe("sub is a folder, empty");
  });

  test("says plainly what is not there, and shows no real path", async () => {
    const failure = await read({ path: "none.txt" }).catch((error) => error.message);
    expect(failure).toBe("none.txt: there is no such file or folder");
    await writeFile(inAllowed("file"), "");
    await expect(read({ path: "file/below" })).rejects.toThrow("no such file or folder");
  });

  test("refuses devices, pipes and sockets, and does not wait on them", async () => {
    execFileSync("mkfifo", [inAllowed("pipe")]);
    await using socket = createServer().listen(inAllowed("socket"));
    await expect(read({ path: "pipe" })).rejects.toThrow("pipe is not a file");
    await expect(read({ path: "socket" })).rejects.toThrow("socket: it is not a file");
    await expect(read({ path: "/dev/zero" }, { allowed_paths: ["/dev"] })).rejects.toThrow(
      "/dev/zero is not a file",
    );
    expect(socket.listening).toBe(true);
  });

  test("a single file can be allowed, and nothing beside it", async () => {
    await writeFile(inAllowed("one.txt"), "one");
    await writeFile(inAllowed("two.txt"), "two");
    const options = { allowed_paths: ["allowed/one.txt"] };
    expect((await read({ path: "allowed/one.txt" }, options)).content).toBe("one");
    await expect(read({ path: "allowed/two.txt" }, options)).rejects.toThrow("no such file");
    await expect(read({ path: inAllowed("two.txt") }, options)).rejects.toThrow("outside");
  });
});

describe("writing", () => {
  test("makes the file and the folders on the way", async () => {
    const { content } = await write({ path: "deep/er/a.txt", content: "grüße" });
    expect(content).toBe("deep/er/a.txt: 7 bytes written.");
    expect(await readFile(inAllowed("deep/er/a.txt"), "utf8")).toBe("grüße");
  });

  test("replaces a file in one step and keeps its mode; nothing is left beside it", async () => {
    await writeFile(inAllowed("run.sh"), "old");
    await chmod(inAllowed("run.sh"), 0o750);
    const before = await stat(inAllowed("run.sh"));
    expect((await write({ path: "run.sh", content: "new" })).content).toBe("run.sh: 3 bytes replaced.");
    const after = await stat(inAllowed("run.sh"));
    expect(await readFile(inAllowed("run.sh"), "utf8")).toBe("new");
    expect(after.ino).not.toBe(before.ino); // written aside and renamed
    expect(after.mode & 0o777).toBe(0o750);
    expect(await readdir(allowed)).toEqual(["run.sh"]);
  });

  test("appends, and refuses to replace when only to create", async () => {
    await write({ path: "log.txt", content: "one\n", mode: "append" });
    expect((await write({ path: "log.txt", content: "two\n", mode: "append" })).content).toEndWith(
      "4 bytes appended.",
    );
    expect(await readFile(inAllowed("log.txt"), "utf8")).toBe("one\ntwo\n");
    await expect(write({ path: "log.txt", content: "x", mode: "create" })).rejects.toThrow(
      "log.txt is there already",
    );
    expect(await readFile(inAllowed("log.txt"), "utf8")).toBe("one\ntwo\n");
  });

  test("appends of many calls at once are all there", async () => {
    const { call } = await open(fileWrite);
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i}\n`);
    await call({ path: "all.txt", content: "" });
    await Promise.all(lines.map((content) => call({ path: "all.txt", content, mode: "append" })));
    const got = await readFile(inAllowed("all.txt"), "utf8");
    expect(got.split("\n").sort()).toEqual(lines.join("").split("\n").sort());
  });

  test("refuses what would be too large, before writing anything", async () => {
    await write({ path: "a.txt", content: "12345" }, { max_file_size: 8 });
    await expect(write({ path: "b.txt", content: "123456789" }, { max_file_size: 8 })).rejects.toThrow(
      "at most 8",
    );
    await expect(
      write({ path: "a.txt", content: "6789", mode: "append" }, { max_file_size: 8 }),
    ).rejects.toThrow("9 bytes");
    expect(await readdir(allowed)).toEqual(["a.txt"]);
    expect(await readFile(inAllowed("a.txt"), "utf8")).toBe("12345");
  });

  test("refuses to write over folders, devices and pipes", async () => {
    await mkdir(inAllowed("folder"));
    execFileSync("mkfifo", [inAllowed("pipe")]);
    await expect(write({ path: "folder", content: "x" })).rejects.toThrow("folder is not a file");
    await expect(write({ path: "pipe", content: "x" })).rejects.toThrow("pipe is not a file");
    await expect(write({ path: "pipe", content: "x", mode: "append" })).rejects.toThrow("pipe is not a file");
    await expect(write({ path: "/dev/null", content: "x" }, { allowed_paths: ["/dev"] })).rejects.toThrow(
      "not a file",
    );
    await expect(write({ path: ".", content: "x" })).rejects.toThrow("not a file");
  });

  test("a full disk is said to be full, and leaves the old file as it was", async () => {
    // /dev/full takes no bytes: as a file of an allowed folder it stands for the disk.
    await writeFile(inAllowed("kept.txt"), "kept");
    const { onPath } = await import("./fs-error.ts");
    const full = onPath("kept.txt", () => writeFile("/dev/full", "x"));
    await expect(full).rejects.toThrow("kept.txt: no space is left on the disk");
    expect(await readFile(inAllowed("kept.txt"), "utf8")).toBe("kept");
  });

  test("an allowed folder is made at the first write when only it is missing", async () => {
    await write({ path: "fresh/a.txt", content: "x" }, { allowed_paths: ["fresh"] });
    expect(await readFile(join(base, "fresh/a.txt"), "utf8")).toBe("x");
  });

  test("an allowed path in a folder that is not there fails at start-up, and says what to do", async () => {
    await expect(open(fileWrite, { allowed_paths: ["no/such"] })).rejects.toMatchObject({
      message: "allowed paths are not there: no/such",
      hint: expect.stringContaining("mkdir -p"),
    });
  });
});

test("reading tells in /health that an allowed path is not there", async () => {
  const { check } = await open(fileRead, { allowed_paths: ["allowed", "later"] });
  expect(await check?.()).toEqual({ status: "degraded", message: "not there: later" });
  await mkdir(join(base, "later"));
  expect(await check?.()).toEqual({ status: "healthy" });
});
