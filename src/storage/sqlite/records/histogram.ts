// Histograms of latencies, with four buckets per doubling, so that a percentile is at most 9 % off for any
// number of calls. In the store each is a few bytes: for each measure the number of non-empty buckets, then
// for each bucket its distance from the previous one and its count, all as varints.

import { type LatencyMeasure, latencyMeasures, type Percentiles } from '../../../contract/records.ts'

const perDoubling = 4
/** The end of the first bucket, which also has all shorter times. */
const smallest = 1 / 64
/** Enough buckets for more than an hour. */
const buckets = 120

export type Histogram = Partial<Record<LatencyMeasure, Uint32Array>>

export function bucketOf(value: number): number {
  const bucket = Math.floor(perDoubling * Math.log2(value / smallest))
  return bucket < 0 || Number.isNaN(bucket) ? 0 : Math.min(bucket, buckets - 1)
}

const middleOf = (bucket: number) => smallest * 2 ** ((bucket + 0.5) / perDoubling)

export function count(histogram: Histogram, measure: LatencyMeasure, value: number, times = 1): void {
  const counts = (histogram[measure] ??= new Uint32Array(buckets))
  const bucket = bucketOf(value)
  counts[bucket] = Math.min(0xffff_ffff, (counts[bucket] ?? 0) + times)
}

export function addTo(histogram: Histogram, other: Histogram): void {
  for (const measure of latencyMeasures) {
    const more = other[measure]
    if (!more) continue
    const counts = (histogram[measure] ??= new Uint32Array(buckets))
    for (let bucket = 0; bucket < buckets; bucket += 1)
      counts[bucket] = Math.min(0xffff_ffff, (counts[bucket] ?? 0) + (more[bucket] ?? 0))
  }
}

export function encode(histogram: Histogram): Uint8Array {
  const bytes: number[] = []
  for (const measure of latencyMeasures) {
    const counts = histogram[measure]
    const filled: number[] = []
    counts?.forEach((times, bucket) => {
      if (times > 0) filled.push(bucket)
    })
    varint(bytes, filled.length)
    let before = 0
    for (const bucket of filled) {
      varint(bytes, bucket - before)
      varint(bytes, counts?.[bucket] ?? 0)
      before = bucket
    }
  }
  return Uint8Array.from(bytes)
}

/** Adds what `encode` wrote. */
export function decodeInto(histogram: Histogram, bytes: Uint8Array): void {
  let at = 0
  const next = () => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  for (const measure of latencyMeasures) {
    let bucket = 0
    for (let left = next(); left > 0; left -= 1) {
      bucket += next()
      const times = next()
      const counts = (histogram[measure] ??= new Uint32Array(buckets))
      counts[bucket] = Math.min(0xffff_ffff, (counts[bucket] ?? 0) + times)
    }
  }
}

export function percentiles(counts: Uint32Array): Percentiles {
  const total = counts.reduce((sum, times) => sum + times, 0)
  const at = (share: number) => {
    let seen = 0
    const wanted = Math.max(1, Math.ceil(share * total))
    for (const [bucket, times] of counts.entries()) {
      seen += times
      if (seen >= wanted) return Number(middleOf(bucket).toPrecision(3))
    }
    return 0
  }
  return { count: total, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function varint(bytes: number[], value: number): void {
  let left = value
  while (left >= 128) {
    bytes.push((left % 128) | 0x80)
    left = Math.floor(left / 128)
  }
  bytes.push(left)
}
