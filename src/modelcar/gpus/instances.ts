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

const row = (source: string, gpu: string, sizes: Record<string, number>): [string, InstanceGpus][] =>
  Object.entries(sizes).map(([type, count]) => [type, { gpu, count, source }]);

const sizes = (family: string, single: string, four: string, eight: string): Record<string, number> =>
  Object.fromEntries(
    [
      ...single.split(" ").map((size): [string, number] => [size, 1]),
      ...four.split(" ").map((size): [string, number] => [size, 4]),
      ...eight.split(" ").map((size): [string, number] => [size, 8]),
    ]
      .filter(([size]) => size !== "")
      .map(([size, count]) => [`${family}.${size}`, count]),
  );

const INSTANCES: ReadonlyMap<string, InstanceGpus> = new Map([
  ...row(AWS, "T4", sizes("g4dn", "xlarge 2xlarge 4xlarge 8xlarge 16xlarge", "12xlarge", "metal")),
  ...row(
    AWS,
    "A10G",
    sizes("g5", "xlarge 2xlarge 4xlarge 8xlarge 16xlarge", "12xlarge 24xlarge", "48xlarge"),
  ),
  ...row(AWS, "L4", sizes("g6", "xlarge 2xlarge 4xlarge 8xlarge 16xlarge", "12xlarge 24xlarge", "48xlarge")),
  ...row(
    AWS,
    "L40S",
    sizes("g6e", "xlarge 2xlarge 4xlarge 8xlarge 16xlarge", "12xlarge 24xlarge", "48xlarge"),
  ),
  ...row(AWS, "V100-16GB", sizes("p3", "2xlarge", "8xlarge", "16xlarge")),
  ...row(AWS, "V100-32GB", { "p3dn.24xlarge": 8 }),
  ...row(AWS, "A100-40GB", { "p4d.24xlarge": 8 }),
  ...row(AWS, "A100-80GB", { "p4de.24xlarge": 8 }),
  ...row(AWS, "H100-80GB", { "p5.48xlarge": 8, "p5.4xlarge": 1 }),
  ...row(AWS, "H200", { "p5e.48xlarge": 8, "p5en.48xlarge": 8 }),
  ...row(AWS, "B200", { "p6-b200.48xlarge": 8 }),
  ...row(GCP, "A100-40GB", {
    "a2-highgpu-1g": 1,
    "a2-highgpu-2g": 2,
    "a2-highgpu-4g": 4,
    "a2-highgpu-8g": 8,
    "a2-megagpu-16g": 16,
  }),
  ...row(GCP, "A100-80GB", {
    "a2-ultragpu-1g": 1,
    "a2-ultragpu-2g": 2,
    "a2-ultragpu-4g": 4,
    "a2-ultragpu-8g": 8,
  }),
  ...row(GCP, "H100-80GB", {
    "a3-highgpu-1g": 1,
    "a3-highgpu-2g": 2,
    "a3-highgpu-4g": 4,
    "a3-highgpu-8g": 8,
    "a3-megagpu-8g": 8,
  }),
  ...row(GCP, "H200", { "a3-ultragpu-8g": 8 }),
  ...row(GCP, "L4", {
    "g2-standard-4": 1,
    "g2-standard-8": 1,
    "g2-standard-12": 1,
    "g2-standard-16": 1,
    "g2-standard-24": 2,
    "g2-standard-32": 1,
    "g2-standard-48": 4,
    "g2-standard-96": 8,
  }),
  ...row(AZURE, "A100-80GB", { Standard_ND96amsr_A100_v4: 8 }),
  ...row(AZURE, "A100-40GB", { Standard_ND96asr_v4: 8 }),
  ...row(AZURE, "A100-PCIE-80GB", {
    Standard_NC24ads_A100_v4: 1,
    Standard_NC48ads_A100_v4: 2,
    Standard_NC96ads_A100_v4: 4,
  }),
  ...row(AZURE, "H100-80GB", { Standard_ND96isr_H100_v5: 8 }),
  ...row(AZURE, "H100-NVL", { Standard_NC40ads_H100_v5: 1, Standard_NC80adis_H100_v5: 2 }),
  ...row(AZURE, "H200", { Standard_ND96isr_H200_v5: 8 }),
  ...row(IBM, "L4", { "gx3-16x80x1l4": 1, "gx3-32x160x2l4": 2, "gx3-64x320x4l4": 4 }),
  ...row(IBM, "L40S", { "gx3-24x120x1l40s": 1, "gx3-48x240x2l40s": 2 }),
  ...row(IBM, "H100-80GB", { "gx3d-160x1792x8h100": 8 }),
  ...row(IBM, "H200", { "gx3d-160x1792x8h200": 8 }),
]);

/** The GPUs of an instance type as its cloud names it (`g6e.12xlarge`), or undefined for one that is not known. */
export const instanceGpus = (type: string): InstanceGpus | undefined => INSTANCES.get(type);
