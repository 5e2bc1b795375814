import { describe, expect, test } from "bun:test";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileRead, fileWrite } from "./factories.ts";
import { fileWorld } from "./testing.fixture.ts";

const { base, allowed, outside, inAllowed, open, read, write } = fileWorld();

describe("nothing outside of the allowed paths can be touched (FR-011)", () => {
  const ways = [
    "../secret.txt",
    "allowed/../../base/secret.txt",
    "../outside/target.txt",
    "/etc/passwd",
    "/proc/self/environ",
    "/proc/self/root/etc/passwd",
  ];
  test.each(ways)("read %p", async (path) => {
    await expect(read({ path })).rejects.toThrow(/outside of what this tool may touch: allowed|no such file/);
  });
  test.each(ways)("write %p", async (path) => {
    await expect(write({ path, content: "x" })).rejects.toThrow(
      "outside of what this tool may touch: allowed",
    );
  });

  test("a path that leads back to the config's folder is taken from the allowed one", async () => {
    for (const path of ["secret.txt", "allowed/../secret.txt"]) {
      await expect(read({ path })).rejects.toThrow("no such file");
    }
    await write({ path: "allowed/../secret.txt", content: "harmless" });
    expect(await readFile(join(base, "secret.txt"), "utf8")).toBe("secret");
    expect(await readdir(allowed)).toEqual(["secret.txt"]);
  });

  test("a NUL in the path", async () => {
    await expect(read({ path: "a.txt\0.png" })).rejects.toThrow("NUL");
    await expect(write({ path: "a.txt\0.png", content: "" })).rejects.toThrow("NUL");
  });

  test("by a link to a file, a link to a folder, or a chain of links", async () => {
    await symlink(join(base, "secret.txt"), inAllowed("link.txt"));
    await symlink(outside, inAllowed("linked"));
    await symlink("linked", inAllowed("chain"));
    for (const path of ["link.txt", "linked/target.txt", "chain/target.txt", "linked"]) {
      await expect(read({ path })).rejects.toThrow("outside");
    }
    for (const path of ["link.txt", "linked/target.txt", "linked/new.txt", "chain/new/deep.txt"]) {
      await expect(write({ path, content: "overwritten" })).rejects.toThrow("outside");
      await expect(write({ path, content: "overwritten", mode: "append" })).rejects.toThrow("outside");
    }
    expect(await readFile(join(base, "secret.txt"), "utf8")).toBe("secret");
    expect(await readdir(outside)).toEqual(["target.txt"]);
    expect(await readFile(join(outside, "target.txt"), "utf8")).toBe("outside");
  });

  test("by a link that leads nowhere yet", async () => {
    await symlink(join(outside, "new.txt"), inAllowed("dangling.txt"));
    await symlink(join(outside, "newdir"), inAllowed("danglingdir"));
    await expect(write({ path: "dangling.txt", content: "x" })).rejects.toThrow("leads nowhere");
    await expect(write({ path: "danglingdir/a.txt", content: "x" })).rejects.toThrow("leads nowhere");
    expect(await readdir(outside)).toEqual(["target.txt"]);
  });

  test("but links within the allowed paths work, and so does an allowed path that is a link", async () => {
    await writeFile(inAllowed("real.txt"), "real");
    await symlink("real.txt", inAllowed("alias.txt"));
    expect((await read({ path: "alias.txt" })).content).toBe("real");
    await write({ path: "alias.txt", content: "changed" });
    expect(await readFile(inAllowed("real.txt"), "utf8")).toBe("changed");
    await symlink(outside, join(base, "shortcut"));
    expect((await read({ path: "target.txt" }, { allowed_paths: ["shortcut"] })).content).toBe("outside");
  });

  describe("while someone swaps a folder for a link and back, as fast as it can", () => {
    /** Another process, so that the swap can fall between any two system calls of ours. */
    async function swapping(use: () => Promise<void>): Promise<void> {
      await mkdir(inAllowed("door"), { recursive: true });
      await writeFile(inAllowed("door/target.txt"), "inside");
      const script = `
        const fs = require("node:fs");
        const [door, aside, outside] = process.argv.slice(1);
        process.stdout.write("ready");
        for (;;) {
          try { fs.renameSync(door, aside); fs.symlinkSync(outside, door); } catch {}
          // A writer may have made the folder anew meanwhile: that one goes.
          fs.rmSync(door, { recursive: true, force: true });
          fs.renameSync(aside, door);
        }`;
      const swapper = Bun.spawn(
        [process.execPath, "-e", script, inAllowed("door"), inAllowed("aside"), outside],
        {
          stdout: "pipe",
          stderr: "ignore",
        },
      );
      await swapper.stdout.getReader().read();
      try {
        await use();
      } finally {
        swapper.kill("SIGKILL");
        await swapper.exited;
      }
    }

    test("no read gives what is outside", async () => {
      const { call } = await open(fileRead);
      const seen = new Set<string>();
      await swapping(async () => {
        for (let i = 0; i < 1500; i++) {
          seen.add(
            await call({ path: "door/target.txt" }).then(
              ({ content }) => content,
              () => "refused",
            ),
          );
        }
      });
      expect(seen.has("outside")).toBe(false);
      expect(seen.has("inside")).toBe(true);
    });

    test("no write lands outside", async () => {
      const { call } = await open(fileWrite);
      let written = 0;
      // The folder that is swapped is not the last of the path: opening the last without following links is not enough.
      await mkdir(join(outside, "inner"));
      await mkdir(inAllowed("door/inner"), { recursive: true });
      await swapping(async () => {
        for (let i = 0; i < 2000; i++) {
          await call({
            path: i % 2 === 0 ? `door/inner/file-${i}.txt` : `door/new-${i % 7}/file-${i}.txt`,
            content: "x",
          }).then(
            () => (written += 1),
            () => {},
          );
        }
      });
      expect(written).toBeGreaterThan(0);
      expect((await readdir(outside, { recursive: true })).sort()).toEqual(["inner", "target.txt"]);
    });
  });
});
