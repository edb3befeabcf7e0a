import type { Check } from '../check.ts'
import { type Container, type Tree, type Workload, workloads } from '../tree.ts'
import { text } from '../value.ts'

function* images(tree: Tree): Iterable<{ workload: Workload; container: Container; image: string }> {
  for (const workload of workloads(tree))
    for (const container of [...workload.initContainers, ...workload.containers]) {
      const image = text(container.value, 'image')
      if (image !== undefined) yield { workload, container, image }
    }
}

/** The tag of an image reference. A colon before a slash belongs to a port. */
const tagOf = (image: string): string | undefined => /:([^:/@]+)(?:@|$)/.exec(image)?.[1]
const hasDigest = (image: string): boolean => /@sha256:[0-9a-f]{64}$/.test(image)

const latest: Check = {
  id: 'image-latest',
  symptom: 'A new image was pushed and nothing changes, or two pods of one Deployment run different code.',
  cause:
    'Without a tag, and with `:latest`, each node decides by when it pulls; git does not change, so Argo CD has nothing to do.',
  fix: 'Name the image by digest: `IMAGE@sha256:…`; the pipeline writes it with `kustomize edit set image`.',
  *find(tree) {
    for (const { workload, container, image } of images(tree)) {
      const tag = tagOf(image)
      if (!hasDigest(image) && (tag === undefined || tag === 'latest'))
        yield {
          in: workload.manifest,
          path: [...container.path, 'image'],
          detail: `${image} can be anything`,
        }
    }
  },
}

const tagged: Check = {
  id: 'image-tag',
  symptom: 'The same manifest runs different code tomorrow; a rollback brings back what the tag names now.',
  cause: 'A tag can be pushed again; only a digest names an image for good.',
  fix: 'Add the digest: `IMAGE@sha256:…` (`skopeo inspect --format {{.Digest}} docker://IMAGE:TAG`).',
  *find(tree) {
    for (const { workload, container, image } of images(tree)) {
      const tag = tagOf(image)
      if (!hasDigest(image) && tag !== undefined && tag !== 'latest')
        yield { in: workload.manifest, path: [...container.path, 'image'], detail: `${image} has no digest` }
    }
  },
}

const placeholder: Check = {
  id: 'image-placeholder',
  symptom: 'Pods are in ImagePullBackOff: “manifest unknown”.',
  cause: 'The digest is 64 zeros, which stand in the overlays until the pipeline has set a real one.',
  fix: 'Run the pipeline, or `kustomize edit set image NAME=IMAGE@sha256:…` in the overlay of the deploy repository.',
  live: true,
  *find(tree) {
    for (const { workload, container, image } of images(tree))
      if (/@sha256:0{64}$/.test(image))
        yield { in: workload.manifest, path: [...container.path, 'image'], detail: `${image} exists nowhere` }
  },
}

export const imageChecks = [latest, tagged, placeholder]
