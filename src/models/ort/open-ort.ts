import { version } from "onnxruntime-node/package.json";
import { loadBinding } from "./binding.ts";
import { openSession } from "./session.ts";
import type { Ort } from "./types.ts";

export interface OrtPlace {
  /** Folder of this user for what can be made again: the compiled program unpacks the library there, once a version. */
  cacheDir: string;
}

/** Loads ONNX Runtime, some 40 ms; it stays loaded. Rejects with an ExpectedError where there is none for this machine. */
export async function openOrt({ cacheDir }: OrtPlace): Promise<Ort> {
  const binding = await loadBinding(cacheDir);
  return { version, session: (model, options = {}) => openSession(binding, model, options) };
}
