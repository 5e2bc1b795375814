import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { addMeans } from "./channel-means.ts";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import { newObservation, observe, observeChannels, settle } from "./observation.ts";

function checkpoint(): Checkpoint {
  const seen = newObservation(true);
  observe(seen, Float32Array.of(-1, 0, 2.5, 2.5));
  observeChannels(seen, Float32Array.of(0, 0, 1, 2), { channels: 2, plane: 2 });
  seen.means = addMeans(undefined, Float32Array.of(0, 0, 1, 2), { channels: 2, plane: 2 });
  return {
    done: 7,
    observations: new Map([
      ["a", seen],
      ["ü/b", newObservation(true)],
    ]),
  };
}

test("comes back as it was written", async () => {
  await using folder = tempDir();
  const path = join(folder.path, "deeper/x.pass");
  const written = checkpoint();
  await writeCheckpoint(path, written);
  expect(plain((await readCheckpoint(path))!)).toEqual(plain(written));
});

test("one that is not there, cut off or changed counts as none", async () => {
  await using folder = tempDir();
  expect(await readCheckpoint(join(folder.path, "none"))).toBeUndefined();
  const whole = encodeCheckpoint(checkpoint());
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      (at, change, cut) => {
        const file = Uint8Array.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) file[at]! ^= change;
        const read = decodeCheckpoint(file);
        if (read !== undefined) expect(plain(read)).toEqual(plain(checkpoint()));
      },
    ),
  );
});

/** NaN in a typed array equals nothing. */
const plain = ({ done, observations }: Checkpoint) => [
  done,
  [...observations].map(([name, seen]) => {
    settle(seen);
    const { counts, steady, ...rest } = seen;
    return [name, rest, [...counts], [...(steady ?? [])]];
  }),
];

test("a folder that cannot be written to is named", async () => {
  await using folder = tempDir();
  await Bun.write(join(folder.path, "file"), "in the way");
  const path = join(folder.path, "file/x.pass");
  await expect(writeCheckpoint(path, checkpoint())).rejects.toMatchObject({ where: path });
});
