import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

function tar(file: string, folder: string, names: readonly string[]): void {
  const { status, stderr } = spawnSync(
    'tar',
    ['-cf', file, '--owner=0', '--group=0', '-C', folder, ...names],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`tar: ${stderr}`)
}

/**
 * Writes the image `localhost/NAME:1`, a static program and nothing else, as an archive that containerd imports.
 * @param program NAME is its file's name
 * @param folder gets `NAME.tar`
 */
export function writeScratchImage(program: string, folder: string): string {
  const name = basename(program)
  const work = join(folder, `${name}-image`)
  mkdirSync(work, { recursive: true })
  copyFileSync(program, join(work, name))
  tar(join(work, 'layer.tar'), work, [name])
  const layer = createHash('sha256')
    .update(readFileSync(join(work, 'layer.tar')))
    .digest('hex')
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: [`/${name}`] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  }
  const manifest = [{ Config: 'config.json', RepoTags: [`localhost/${name}:1`], Layers: ['layer.tar'] }]
  writeFileSync(join(work, 'config.json'), JSON.stringify(config))
  writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest))
  const file = join(folder, `${name}.tar`)
  tar(file, work, ['manifest.json', 'config.json', 'layer.tar'])
  rmSync(work, { recursive: true })
  return file
}
