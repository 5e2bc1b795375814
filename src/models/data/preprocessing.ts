import * as z from "../../base/zod.ts";

/** How an image becomes what the model was trained on. value = (pixel · scale − mean) / std */
export interface Preprocessing {
  /** How it gets the size of the input; an image of that size is taken as it is. */
  resize: (typeof RESIZES)[number];
  /** For crop: what is cut out, as a share of the shorter side (timm's crop_pct). */
  crop_pct: number;
  interpolation: (typeof INTERPOLATIONS)[number];
  /** For letterbox: the grey around it, 0–255. */
  padding: number;
  scale: number;
  /** One for all channels, or one for each, in the order of `channels`. */
  mean: number[];
  std: number[];
  channels: (typeof CHANNELS)[number];
  /** Undefined: as the dimensions of the input say. */
  layout?: (typeof LAYOUTS)[number] | undefined;
}

const RESIZES = ["stretch", "letterbox", "crop"] as const;
const INTERPOLATIONS = ["bilinear", "nearest"] as const;
const CHANNELS = ["rgb", "bgr"] as const;
const LAYOUTS = ["nchw", "nhwc"] as const;

const raw: Preprocessing = {
  resize: "stretch",
  crop_pct: 0.875,
  interpolation: "bilinear",
  padding: 114,
  scale: 1,
  mean: [0],
  std: [1],
  channels: "rgb",
};

/** By the names that people know them under. */
export const PRESETS = {
  /** torchvision's: the shorter side to 256, the middle 224 × 224 (in proportion for other sizes). */
  imagenet: {
    ...raw,
    resize: "crop",
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  /** Ultralytics': letterbox with grey 114, 0 to 1. */
  yolo: { ...raw, resize: "letterbox", scale: 1 / 255 },
  "zero-one": { ...raw, scale: 1 / 255 },
  raw,
} as const satisfies Record<string, Preprocessing>;
export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

const each = (what: string) => z.array(z.number()).check(z.minLength(1, what), z.maxLength(4, what));

/** Every field but those that a preset gives; a manifest has them all. */
const fields = () => ({
  resize: z.described(
    z.enum(RESIZES),
    "stretch; letterbox (keeps the aspect, pads); crop (shorter side, then the middle).",
  ),
  crop_pct: z.described(
    z.number().check(z.gt(0), z.lte(1)),
    "With crop: the share of the shorter side that is cut out; 0.875 is 224 of 256.",
  ),
  interpolation: z.described(
    z.enum(INTERPOLATIONS),
    "bilinear is antialiased when an image gets smaller, as Pillow does it.",
  ),
  padding: z.described(z.int().check(z.gte(0), z.lte(255)), "With letterbox: the grey around it, 0 to 255."),
  scale: z.described(
    z.number().check(z.refine((value) => value !== 0, "expected a number other than 0")),
    "What a pixel of 0 to 255 is multiplied with, before mean and std.",
  ),
  mean: z.described(
    each("expected 1 to 4 numbers"),
    "Taken off: one number for all channels, or one for each.",
  ),
  std: z.described(
    each("expected 1 to 4 numbers").check(
      z.refine((values) => values.every((value) => value > 0), "expected numbers above 0"),
    ),
    "Divided by: one number for all channels, or one for each.",
  ),
  channels: z.described(z.enum(CHANNELS), "Their order: rgb, or bgr as OpenCV has it."),
  layout: z.optional(z.described(z.enum(LAYOUTS), "Default: as the dimensions of the input say.")),
});

/** As manifests have it, complete. */
export const preprocessingSchema = () => z.strictObject(fields());

/** As people give it: fields that differ from a preset (default: raw). */
export const preprocessingFieldsSchema = () =>
  z.extend(z.partial(z.strictObject(fields())), {
    preset: z.optional(z.described(z.enum(PRESET_NAMES), "What all other keys differ from; default: raw.")),
  });

/** Such fields, or the name of a preset. */
export type PreprocessingChoice = PresetName | z.output<ReturnType<typeof preprocessingFieldsSchema>>;

/** The preset with what was given in its place. */
export function preprocessingOf(choice: PreprocessingChoice): Preprocessing {
  if (typeof choice === "string") return clone(PRESETS[choice]);
  const { preset = "raw", ...given } = choice;
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...clone(PRESETS[preset]), ...Object.fromEntries(set) };
}

const clone = (preset: Preprocessing): Preprocessing => ({
  ...preset,
  mean: [...preset.mean],
  std: [...preset.std],
});
