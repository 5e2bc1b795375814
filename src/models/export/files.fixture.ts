import { join } from "node:path";

const folder = join(import.meta.dir, "../../../test/models/pytorch");

/** A file that PyTorch wrote: test/models/README.md. */
export const pytorchFile = (name: string): string => join(folder, name);

/** Writes the same files by the PyTorch that runs it. */
export const makeScript = join(folder, "make.py");
