/** GPUs of a cloud instance type: a product of the GPU table and how many. */
export interface InstanceGpus {
  gpu: string;
  count: number;
  source: string;
}

const AWS = "docs.aws.amazon.com, EC2 accelerated computing instances";
const GCP = "cloud.google.com, GPU machine types";
const AZURE = "learn.microsoft.com, GPU-accelerated VM sizes";
const IBM = "cloud.ibm.com, GPU profiles of VPC";

/** GPUs by instance type, a row for each cloud and product. */
export const INSTANCE_ROWS: readonly {
  source: string;
  gpu: string;
  counts: Readonly<Record<string, number>>;
}[] = [
  {
    source: AWS,
    gpu: "T4",
    counts: {
      "g4dn.xlarge": 1,
      "g4dn.2xlarge": 1,
      "g4dn.4xlarge": 1,
      "g4dn.8xlarge": 1,
      "g4dn.16xlarge": 1,
      "g4dn.12xlarge": 4,
      "g4dn.metal": 8,
    },
  },
  {
    source: AWS,
    gpu: "A10G",
    counts: {
      "g5.xlarge": 1,
      "g5.2xlarge": 1,
      "g5.4xlarge": 1,
      "g5.8xlarge": 1,
      "g5.16xlarge": 1,
      "g5.12xlarge": 4,
      "g5.24xlarge": 4,
      "g5.48xlarge": 8,
    },
  },
  {
    source: AWS,
    gpu: "L4",
    counts: {
      "g6.xlarge": 1,
      "g6.2xlarge": 1,
      "g6.4xlarge": 1,
      "g6.8xlarge": 1,
      "g6.16xlarge": 1,
      "g6.12xlarge": 4,
      "g6.24xlarge": 4,
      "g6.48xlarge": 8,
    },
  },
  {
    source: AWS,
    gpu: "L40S",
    counts: {
      "g6e.xlarge": 1,
      "g6e.2xlarge": 1,
      "g6e.4xlarge": 1,
      "g6e.8xlarge": 1,
      "g6e.16xlarge": 1,
      "g6e.12xlarge": 4,
      "g6e.24xlarge": 4,
      "g6e.48xlarge": 8,
    },
  },
  { source: AWS, gpu: "V100-16GB", counts: { "p3.2xlarge": 1, "p3.8xlarge": 4, "p3.16xlarge": 8 } },
  { source: AWS, gpu: "V100-32GB", counts: { "p3dn.24xlarge": 8 } },
  { source: AWS, gpu: "A100-40GB", counts: { "p4d.24xlarge": 8 } },
  { source: AWS, gpu: "A100-80GB", counts: { "p4de.24xlarge": 8 } },
  { source: AWS, gpu: "H100-80GB", counts: { "p5.48xlarge": 8, "p5.4xlarge": 1 } },
  { source: AWS, gpu: "H200", counts: { "p5e.48xlarge": 8, "p5en.48xlarge": 8 } },
  { source: AWS, gpu: "B200", counts: { "p6-b200.48xlarge": 8 } },
  {
    source: GCP,
    gpu: "A100-40GB",
    counts: {
      "a2-highgpu-1g": 1,
      "a2-highgpu-2g": 2,
      "a2-highgpu-4g": 4,
      "a2-highgpu-8g": 8,
      "a2-megagpu-16g": 16,
    },
  },
  {
    source: GCP,
    gpu: "A100-80GB",
    counts: { "a2-ultragpu-1g": 1, "a2-ultragpu-2g": 2, "a2-ultragpu-4g": 4, "a2-ultragpu-8g": 8 },
  },
  {
    source: GCP,
    gpu: "H100-80GB",
    counts: {
      "a3-highgpu-1g": 1,
      "a3-highgpu-2g": 2,
      "a3-highgpu-4g": 4,
      "a3-highgpu-8g": 8,
      "a3-megagpu-8g": 8,
    },
  },
  { source: GCP, gpu: "H200", counts: { "a3-ultragpu-8g": 8 } },
  {
    source: GCP,
    gpu: "L4",
    counts: {
      "g2-standard-4": 1,
      "g2-standard-8": 1,
      "g2-standard-12": 1,
      "g2-standard-16": 1,
      "g2-standard-24": 2,
      "g2-standard-32": 1,
      "g2-standard-48": 4,
      "g2-standard-96": 8,
    },
  },
  { source: AZURE, gpu: "A100-80GB", counts: { Standard_ND96amsr_A100_v4: 8 } },
  { source: AZURE, gpu: "A100-40GB", counts: { Standard_ND96asr_v4: 8 } },
  {
    source: AZURE,
    gpu: "A100-PCIE-80GB",
    counts: { Standard_NC24ads_A100_v4: 1, Standard_NC48ads_A100_v4: 2, Standard_NC96ads_A100_v4: 4 },
  },
  { source: AZURE, gpu: "H100-80GB", counts: { Standard_ND96isr_H100_v5: 8 } },
  { source: AZURE, gpu: "H100-NVL", counts: { Standard_NC40ads_H100_v5: 1, Standard_NC80adis_H100_v5: 2 } },
  { source: AZURE, gpu: "H200", counts: { Standard_ND96isr_H200_v5: 8 } },
  { source: IBM, gpu: "L4", counts: { "gx3-16x80x1l4": 1, "gx3-32x160x2l4": 2, "gx3-64x320x4l4": 4 } },
  { source: IBM, gpu: "L40S", counts: { "gx3-24x120x1l40s": 1, "gx3-48x240x2l40s": 2 } },
  { source: IBM, gpu: "H100-80GB", counts: { "gx3d-160x1792x8h100": 8 } },
  { source: IBM, gpu: "H200", counts: { "gx3d-160x1792x8h200": 8 } },
];

/** The GPUs of an instance type as its cloud names it (`g6e.12xlarge`), or undefined for one that is not known. */
export function instanceGpus(type: string): InstanceGpus | undefined {
  const row = INSTANCE_ROWS.find(({ counts }) => Object.hasOwn(counts, type));
  return row && { gpu: row.gpu, count: row.counts[type]!, source: row.source };
}
