/** What the program carries of others, and under which terms. */
export interface Notice {
  /** "ONNX Runtime", or the name of a package. */
  name: string;
  version: string;
  /** As SPDX has it, where it does. */
  license: string;
  text: string;
}
