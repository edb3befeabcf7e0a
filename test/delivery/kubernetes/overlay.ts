import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageName, Images } from './images.ts'

export type OverlayName = 'simulated'

const rendered = join(import.meta.dirname, '../../../deploy/rendered')
const IMAGE = /registry\.example\/bootcamp\/slicechat-(\w+)@sha256:0{64}/g

/** The rendered objects of an overlay with the digests of images that this pushes first, as the pipeline sets them. */
export async function overlay(images: Images, name: OverlayName): Promise<string> {
  const yaml = readFileSync(join(rendered, `${name}.yaml`), 'utf8')
  const names = new Set([...yaml.matchAll(IMAGE)].map(([, image]) => image as ImageName))
  const pushed = new Map<string, string>()
  for (const each of names) pushed.set(each, await images.push(each))
  return yaml.replaceAll(IMAGE, (_image, each: string) => pushed.get(each) ?? '')
}
