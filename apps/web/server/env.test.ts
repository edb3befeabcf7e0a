import { expect, test } from 'vitest'
import { BadConfiguration, readEnv } from './env.ts'

test('defaults serve this machine only', () => {
  expect(readEnv({})).toEqual({
    HOST: '127.0.0.1',
    PORT: 3000,
    API_URL: 'http://127.0.0.1:4000',
    BASE_PATH: '',
    ALLOWED_ORIGINS: [],
    DRAIN_TIMEOUT_S: 5,
    LOG_LEVEL: 'info',
  })
})

test('values are normalised', () => {
  const env = readEnv({
    API_URL: 'https://API.example:443/',
    ALLOWED_ORIGINS: 'https://a.example, http://b:81',
    BASE_PATH: 'team/chat/',
  })
  expect(env.BASE_PATH).toBe('/team/chat')
  expect(env.API_URL).toBe('https://api.example')
  expect(env.ALLOWED_ORIGINS).toEqual(['https://a.example', 'http://b:81'])
})

test('every problem is listed, and a key never shown', () => {
  const read = () =>
    readEnv({
      PORT: '70000',
      API_URL: 'http://x/path',
      ALLOWED_ORIGINS: 'nope',
      API_KEY: 'se cret',
      BASE_PATH: '/runs',
      LOG_LEVEL: 'x',
    })
  expect(read).toThrow(BadConfiguration)
  try {
    read()
  } catch (error) {
    const { problems, message } = error as BadConfiguration
    expect(problems.map((problem) => problem.split('=')[0]).sort()).toEqual([
      'ALLOWED_ORIGINS',
      'API_KEY',
      'API_URL',
      'BASE_PATH',
      'LOG_LEVEL',
      'PORT',
    ])
    expect(message).not.toContain('se cret')
  }
})
