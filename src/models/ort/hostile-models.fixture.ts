import { ModelFileError } from "../onnx/model-error.ts";
import { noise } from "../onnx/model-of.fixture.ts";
import type { Dimension } from "../onnx/types.ts";
import { openOrt } from "./open-ort.ts";
import type { Feeds, OrtSession } from "./types.ts";
import { zeros } from "./zeros.ts";

/** Loads damaged copies of a model, and runs those that load; says how it went. Run by a test in a process of its own. */
const [file = "", count = "0"] = process.argv.slice(2);
const good = await Bun.file(file).bytes();
const ort = await openOrt({ cacheDir: "/not/used/from/source" });
const outcomes = { refused: 0, failed: 0, ran: 0 };
for (let seed = 1; seed <= Number(count); seed++) outcomes[await outcomeOf(damaged(seed))]++;
console.log(JSON.stringify(outcomes));

/** A few bytes are others, half of them in the first kilobytes, where the graph is; one in ten ends early. */
function damaged(seed: number): Uint8Array {
  const random = noise(seed);
  const below = (limit: number) => Math.floor(((random() + 1) / 2) * limit);
  const bytes = good.slice();
  for (let left = 1 + below(6); left > 0; left--) {
    bytes[below(below(2) === 0 ? Math.min(4_000, bytes.length) : bytes.length)] = below(256);
  }
  return below(10) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
}

async function outcomeOf(model: Uint8Array): Promise<keyof typeof outcomes> {
  const session = await ort.session(model, { threads: 1 }).catch(expected);
  if (!session) return "refused";
  const outputs = await session.run(feedsOf(session)).catch(expected);
  await session.close();
  return outputs ? "ran" : "failed";
}

function feedsOf({ inputs }: OrtSession): Feeds {
  const length = (dim: Dimension) => (typeof dim === "number" ? Math.min(dim, 64) : 1);
  return Object.fromEntries(inputs.map(({ name, type, dims }) => [name, zeros(type, dims.map(length))]));
}

function expected(thrown: unknown): undefined {
  if (!(thrown instanceof ModelFileError)) throw thrown;
}
