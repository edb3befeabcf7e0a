import { labelsKey } from '@slicechat/metrics/reading'
import type { Kind } from '../families.ts'

/** Labels that identify the process of a sample. A GPU's `pod` and `namespace` are its workload's. */
const PROCESS_LABELS: Readonly<Record<Kind, readonly string[]>> = {
  api: ['cluster', 'namespace', 'pod', 'instance'],
  vllm: ['cluster', 'namespace', 'pod', 'instance'],
  dcgm: ['cluster', 'instance'],
}
/** Labels of how a process was scraped: two jobs may scrape one process, and so may replicas of a Prometheus. */
const SCRAPE_LABELS = /^(job|service|endpoint|prometheus)$|replica/i

/** One process, as one job of Prometheus scrapes it. */
export interface ScrapeTarget {
  /** Identifies the process. */
  readonly place: string
  /** Identifies the process and the job. */
  readonly key: string
  readonly job: string
  /** The value of `instance`; several targets may share it, one after the other. */
  readonly address: string | undefined
  /** Its name in messages: the pod, or the address. */
  readonly name: string
}

type Labels = Readonly<Record<string, string>>

export function scrapeTargetOf(kind: Kind, labels: Labels): ScrapeTarget {
  const place = labelsKey(picked(labels, PROCESS_LABELS[kind]))
  const pod = kind === 'dcgm' ? undefined : labels['pod']
  return {
    place,
    key:
      place +
      labelsKey(
        picked(
          labels,
          Object.keys(labels).filter((name) => SCRAPE_LABELS.test(name)),
        ),
      ),
    job: labels['job'] ?? '',
    address: labels['instance'],
    name: pod ?? labels['instance'] ?? kind,
  }
}

const picked = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])))
