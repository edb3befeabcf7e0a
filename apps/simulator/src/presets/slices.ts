import type { SlicePreset } from '../engine/preset.ts'

const GIB = 2 ** 30

interface Card {
  readonly card: string
  /** Bytes/s. */
  readonly bandwidth: number
  /** FLOP/s of bf16 on tensor cores, without sparsity. */
  readonly flops: number
  readonly memoryGiB: number
  readonly idleWatts: number
  readonly limitWatts: number
  /** Per profile: compute slices (of 7), memory slices (of 8), and memory in GiB as the driver reports it. */
  readonly profiles: Readonly<Record<string, readonly [number, number, number]>>
}

/*
 * Bandwidth, FLOP/s and power limit: NVIDIA's datasheets of A100 (40 GB: 1,555 GB/s; 80 GB SXM: 2,039 GB/s; 312
 * TFLOP/s, 400 W), H100 SXM (3.35 TB/s, 989.4 TFLOP/s, 700 W) and L40S (864 GB/s, 362.05 TFLOP/s, 350 W). An A800 is an
 * A100 except for NVLink. Shares of compute and memory: NVIDIA MIG User Guide, "Supported MIG Profiles".
 *
 * GiB of a profile: `nvidia-smi mig -lgip` on such cards (drivers 525 to 560 differ by up to 1/8 GiB; it prints 19.625
 * as 19.62). GiB of a whole card: the capacity that PyTorch reports, of which vLLM takes its share. Idle watts:
 * `nvidia-smi` on idle cards (A100 43 to 62 W, H100 68 to 75 W, L40S 20 to 35 W).
 */
const a100with40 = {
  bandwidth: 1555e9,
  flops: 312e12,
  memoryGiB: 39.5,
  idleWatts: 52,
  limitWatts: 400,
  profiles: {
    '1g.5gb': [1, 1, 4.75],
    '1g.10gb': [1, 2, 9.75],
    '2g.10gb': [2, 2, 9.75],
    '3g.20gb': [3, 4, 19.625],
    '4g.20gb': [4, 4, 19.625],
    '7g.40gb': [7, 8, 39.5],
  },
} as const

const CARDS: Readonly<Record<string, Card>> = {
  'a100-40gb': { card: 'NVIDIA A100-SXM4-40GB', ...a100with40 },
  'a800-40gb': { card: 'NVIDIA A800-SXM4-40GB', ...a100with40 },
  'a100-80gb': {
    card: 'NVIDIA A100-SXM4-80GB',
    bandwidth: 2039e9,
    flops: 312e12,
    memoryGiB: 79.25,
    idleWatts: 55,
    limitWatts: 400,
    profiles: {
      '1g.10gb': [1, 1, 9.5],
      '1g.20gb': [1, 2, 19.5],
      '2g.20gb': [2, 2, 19.5],
      '3g.40gb': [3, 4, 39.25],
      '4g.40gb': [4, 4, 39.25],
      '7g.80gb': [7, 8, 79],
    },
  },
  'h100-80gb': {
    card: 'NVIDIA H100 80GB HBM3',
    bandwidth: 3350e9,
    flops: 989.4e12,
    memoryGiB: 79.25,
    idleWatts: 70,
    limitWatts: 700,
    profiles: {
      '1g.10gb': [1, 1, 9.75],
      '1g.20gb': [1, 2, 19.625],
      '2g.20gb': [2, 2, 19.625],
      '3g.40gb': [3, 4, 39.5],
      '4g.40gb': [4, 4, 39.5],
      '7g.80gb': [7, 8, 79.25],
    },
  },
  l40s: {
    card: 'NVIDIA L40S',
    bandwidth: 864e9,
    flops: 362.05e12,
    memoryGiB: 44.39,
    idleWatts: 30,
    limitWatts: 350,
    profiles: {},
  },
}

function slicesOf(name: string, { card, memoryGiB, profiles, ...figures }: Card): SlicePreset[] {
  const whole = { ...figures, memoryBytes: Math.round(memoryGiB * GIB) }
  const { bandwidth, flops, memoryBytes } = whole
  const parts = Object.entries(profiles).map(([profile, [compute, memory, gib]]) => ({
    name: `${name}:${profile}`,
    card,
    profile,
    memoryBytes: gib * GIB,
    bandwidth: (bandwidth * memory) / 8,
    flops: (flops * compute) / 7,
    whole,
  }))
  return [...parts, { name, card, profile: undefined, memoryBytes, bandwidth, flops, whole }]
}

/** Every slice and whole card that has a preset, grouped by card, small ones first. */
export const slices: readonly SlicePreset[] = Object.entries(CARDS).flatMap(([name, card]) =>
  slicesOf(name, card),
)
