import { openOrt } from "../ort/open-ort.ts";
import type { Ort } from "../ort/types.ts";
import { thisMachine } from "./machine.ts";
import type { World } from "./types.ts";

/** What the program gives of itself; the rest is found out. */
export type WorldParts = Omit<World, "machine" | "openOrt">;

/** The world for one command. ONNX Runtime is loaded once, when somebody asks for it. */
export async function openWorld(parts: WorldParts): Promise<World> {
  let ort: Promise<Ort> | undefined;
  return {
    ...parts,
    machine: await thisMachine(),
    openOrt: () => (ort ??= openOrt({ cacheDir: parts.cacheDir })),
  };
}
