import { expect, test } from 'vitest'
import { bytes, clock, count, duration, number, percent, signed } from './quantity.ts'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test('numbers have three significant digits', () => {
  expect([0, 0.04238, 1.2, 9.996, 48.33, 99.96, 12_400.4, -3.456, 2e16, 1e-7].map(number)).toEqual([
    '0',
    '0.042',
    '1.2',
    '10',
    '48.3',
    '100',
    '12,400',
    '−3.46',
    '2.0e+16',
    '1.0e-7',
  ])
  expect([Infinity, -Infinity, NaN].map(number)).toEqual(['∞', '−∞', '–'])
})

test('counts are exact and differences have their sign', () => {
  expect([count(1_234_567), count(-5), signed(3), signed(0), signed(-1200)]).toEqual([
    '1,234,567',
    '−5',
    '+3',
    '0',
    '−1,200',
  ])
})

test('times are in the unit that suits them', () => {
  expect(
    [0.42, 480, 999.6, 1240, 119_900, 185_000, 3_600_000, 7_805_000, -1500].map(duration).map(plain),
  ).toEqual(['0.42 ms', '480 ms', '1 s', '1.24 s', '120 s', '3 min 5 s', '1 h', '2 h 10 min', '−1.5 s'])
})

test('points of time', () => {
  expect([0, 5000, 750_400, 3_750_000, -1500].map(clock)).toEqual([
    '0:00',
    '0:05',
    '12:30',
    '1:02:30',
    '−0:02',
  ])
})

test('what is not all never reads as all, and what is not nothing never as nothing', () => {
  expect([0, 0.0001, 0.5, 0.992, 0.99999, 1].map(percent)).toEqual([
    '0%',
    '<0.1%',
    '50%',
    '99.2%',
    '>99.9%',
    '100%',
  ])
})

test('bytes', () => {
  expect([0, 500, 1024, 5e8].map(bytes).map(plain)).toEqual(['0 B', '500 B', '1 KiB', '477 MiB'])
})
