import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageName, Images } from './images.ts'

export type OverlayName = 'simulated' | 'cluster' | 'ha'

const rendered = join(import.meta.dirname, '../../../deploy/rendered')
const IMAGE = /registry\.example\/bootcamp\/([\w-]+)@sha256:0{64}/g

/** Fills the context of an image with Debian's nginx and its libraries, to replace the image `nginx`. @returns a Dockerfile */
function nginx(context: string, base: string): string {
  cpSync('/usr/sbin/nginx', join(context, 'usr/bin/nginx'))
  const libraries = execFileSync('ldd', ['/usr/sbin/nginx'], { encoding: 'utf8' }).match(/\/\S+\.so\S*/g)
  for (const library of libraries ?? []) cpSync(realpathSync(library), join(context, library))
  return `FROM ${base}\nCOPY . /\nENTRYPOINT ["nginx"]\nSTOPSIGNAL QUIT\n`
}

/** Pushes the images of an overlay. @returns its rendered objects with the images' digests, as the pipeline sets them */
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
      // The model server here is a simulator, whose model names begin with `sim/`.
      .replace('MODEL: qwen2.5-3b', 'MODEL: sim/qwen2.5-3b')
  )
}
