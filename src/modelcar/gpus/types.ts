export type GpuVendor = "nvidia" | "amd" | "intel" | "gaudi" | "spyre" | "tpu" | "cpu";

export type GpuFamily =
  | "volta"
  | "turing"
  | "ampere"
  | "ada"
  | "hopper"
  | "blackwell"
  | "cdna2"
  | "cdna3"
  | "cdna4"
  | "rdna3"
  | "rdna4"
  | "gaudi2"
  | "gaudi3"
  | "xe"
  | "x86"
  | "arm"
  | "spyre"
  | "tpu";

export interface GpuType {
  /** Short name, unique in the table: `L40S`, `H100-80GB`. */
  id: string;
  /** As its vendor's tools print it: `NVIDIA L40S`. */
  name: string;
  vendor: GpuVendor;
  family: GpuFamily;
  /** Total memory as the driver reports it; 0: it is not known (the RAM of a server). */
  memoryMiB: number;
  /** NVIDIA: major × 10 + minor (`89`), as vLLM writes it. */
  capability: number | undefined;
  /** AMD: `gfx942`. */
  gfx: string | undefined;
  /** Between the GPUs of one server, in the forms that clouds and vendors sell. */
  interconnect: "nvlink" | "pcie" | "infinity-fabric" | "ethernet" | "none" | "unknown";
  /** Where the row comes from. */
  source: string;
}
