import type { Report } from "./schema.ts";

/** The schema gives the types; nothing of it is loaded for them. */
export type { Report };
export type ModelReport = Report["models"][number];
export type StepReport = Report["steps"][number];
export type StepName = StepReport["name"];
export type CheckReport = StepReport["checks"][number];
export type AcceleratorReport = NonNullable<Report["accelerators"]>;
export type GpuReport = AcceleratorReport["nodes"][number]["gpus"][number];
export type MemoryReport = NonNullable<ModelReport["memory"]>;
export type QaReport = NonNullable<Report["qa"]>;
export type NarrationReport = NonNullable<Report["narration"]>;
export type ChangeReport = ModelReport["nearest"][number];
