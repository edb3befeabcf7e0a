import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageName, Images } from './images.ts'

export type OverlayName = 'simulated' | 'cluster' | 'ha'

const rendered = join(import.meta.dirname, '../../../deploy/rendered')
const IMAGE = /registry\.example\/bootcamp\/([\w-]+)@sha256:0{64}/g

/** Debian's nginx with the libraries that it is linked with, in the place of the image of that name. */
function nginx(context: string, base: string): string {
  cpSync('/usr/sbin/nginx', join(context, 'usr/bin/nginx'))
  const libraries = execFileSync('ldd', ['/usr/sbin/nginx'], { encoding: 'utf8' }).match(/\/\S+\.so\S*/g)
  for (const library of libraries ?? []) cpSync(realpathSync(library), join(context, library))
  return `FROM ${base}\nCOPY . /\nENTRYPOINT ["nginx"]\nSTOPSIGNAL QUIT\n`
}

/** The rendered objects of an overlay with the digests of images that this pushes first, as the pipeline sets them. */
export async function overlay(images: Images, name: OverlayName): Promise<string> {
  const yaml = readFileSync(join(rendered, `${name}.yaml`), 'utf8')
  const pushed = new Map<string, string>()
  for (const each of new Set([...yaml.matchAll(IMAGE)].map(([, image = '']) => image))) {
    const ours = /^slicechat-(\w+)$/.exec(each)?.[1]
    const push = ours === undefined ? images.pushFrom(each, nginx) : images.push(ours as ImageName)
    pushed.set(each, await push)
  }
  return (
    yaml
      .replaceAll(IMAGE, (_image, each: string) => pushed.get(each) ?? '')
      // A simulator never passes for the model: its name for it says so.
      .replace('MODEL: qwen2.5-3b', 'MODEL: sim/qwen2.5-3b')
  )
}
