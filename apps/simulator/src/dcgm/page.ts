import { fields, type Reading } from './fields.ts'
import type { Identity, LabelList } from './identity.ts'

const escape = (value: string) => value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')
const heading = (name: string, help: string, type: string) =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
const labelText = (labels: LabelList) => labels.map(([name, value]) => `${name}="${escape(value)}"`).join(',')

/** The page of dcgm-exporter in the Prometheus text format, for one card and the one instance on it. */
export function pageOf(reading: Reading, identity: Identity): string {
  const card = labelText(identity.card)
  const instance = identity.instance && labelText(identity.instance)
  let page = ''
  for (const field of fields) {
    if (instance !== undefined && field.absentOnMig) continue
    page += heading(field.name, field.help, field.type)
    page += `${field.name}{${card}} ${field.card(reading).toFixed(field.digits)}\n`
    if (instance !== undefined && field.instance !== undefined)
      page += `${field.name}{${instance}} ${field.instance(reading).toFixed(field.digits)}\n`
  }
  return `${page}${heading('simulator_info', 'This is a simulated GPU.', 'gauge')}simulator_info 1\n`
}
