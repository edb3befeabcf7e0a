import { expect, test } from 'vitest'
import { readModels } from './model-list.ts'

test.each<[string, unknown, string[] | undefined]>([
  ['vLLM', { object: 'list', data: [{ id: 'a', max_model_len: 4096 }, { id: 'b' }] }, ['a 4096', 'b null']],
  ['Together', [{ id: 'a', object: 'model' }], ['a null']],
  ['Ollama without a model', { object: 'list', data: null }, []],
  ['no names', { data: [{}, null, 'a', { id: '' }, { id: ' ' }, { id: 7 }] }, []],
  ['no list', { error: 'no' }, undefined],
  ['a list that is none', { data: 'a' }, undefined],
  ['null', null, undefined],
  ['a text', 'a', undefined],
])('%s', (_, body, expected) => {
  expect(readModels(body)?.map(({ id, maxModelLen }) => `${id} ${maxModelLen}`)).toEqual(expected)
})
