import { expect, test } from 'vitest'
import { Folder } from './deploy-folder.ts'
import * as joins from './joins.ts'
import * as layout from './layout.ts'

// deploy/doctor looks for the known pitfalls in the same trees. These tests check that our own files fit each
// other and the apps.

const folder = new Folder('deploy')
/** As a company has it that follows docs/deploy.md. */
const theirs = folder.renamed({
  'https://gitea.example': 'http://git.corp.lan:3000',
  'registry.example': 'harbor.corp.lan:8443',
  'jenkins.example': 'ci.corp.lan',
  'argocd.example': 'cd.corp.lan',
  'chat.example.com': 'chat.corp.lan',
  'gpu.example.com': 'gpu7.corp.lan',
  '10.0.24.31': '192.168.7.9',
  '10.0.24.0/24': '192.168.7.0/24',
})
const checks = Object.entries({ ...layout.checks, ...joins.checks })

test.each(checks)('%s: nothing to say of deploy/, with our names and with others', (_name, check) => {
  expect(check(folder)).toEqual([])
  expect(check(theirs)).toEqual([])
})

const cluster = 'rendered/cluster.yaml'
const ha = 'rendered/ha.yaml'

/** For each check, a changed text in a file and the problem that the check then has to report. */
const faults: readonly (readonly [
  check: keyof typeof layout.checks | keyof typeof joins.checks,
  file: string,
  from: string,
  to: string,
  says: RegExp,
])[] = [
  ['environments', cluster, 'DATA_DIR: /data', 'DATA_FOLDER: /data', /api knows no DATA_FOLDER/],
  [
    'environments',
    cluster,
    'HOST: 0.0.0.0\n  MODEL',
    'HOST: 0.0.0.0\n  PORT: "9100"\n  MODEL',
    /METRICS_PORT/,
  ],
  ['environments', ha, 'http://chat-api:4000', 'chat-api:4000', /API_URL/],
  ['environments', cluster, 'ALLOW_ANONYMOUS: "true"', 'ALLOW_ANONYMOUS: "yes"', /ALLOW_ANONYMOUS/],
  ['environments', 'rendered/simulated.yaml', 'SIM_HOST:', 'SIM_ADDRESS:', /simulator knows no SIM_ADDRESS/],
  [
    'environments',
    cluster,
    'configMapRef:\n            name: chat-web-',
    'configMapRef:\n            name: chat-page-',
    /ConfigMap that is not there/,
  ],
  [
    'drains',
    ha,
    'API_URL: http://chat-api:4000\n  DRAIN_TIMEOUT_S: "120"',
    'DRAIN_TIMEOUT_S: "5"',
    /web drains for 5 s/,
  ],
  ['simulators', cluster, 'MODEL: qwen2.5-3b', 'MODEL: sim/qwen2.5-3b', /MODEL: sim/],
  ['simulators', ha, 'slicechat-api@', 'slicechat-simulator@', /slicechat-simulator/],
  ['twinApis', ha, 'path: /readyz', 'path: /healthz', /differ/],
  [
    'policies',
    cluster,
    'serves-api: "true"\n        serves-page',
    'serves-page',
    /NetworkPolicy api selects nothing/,
  ],
  ['policies', cluster, '- port: metrics', '- port: metrcs', /api names a port that is not there: metrcs/],
  ['policies', cluster, 'reaches-tunnel: "true"\n        serves', 'serves', /selects nothing/],
  ['loadTests', 'loadgen/jobs/whole.yaml', '--scrape=', '--scrap=', /loadgen: .*--scrap/],
  ['loadTests', 'loadgen/jobs/shards.yaml', '- run\n', '- rum\n', /no command rum/],
  [
    'tunnelPorts',
    'tunnel/authorized_keys',
    '127.0.0.1:30940',
    '127.0.0.1:30941',
    /the key has \[30800,30941\]/,
  ],
  ['tunnelPorts', 'tunnel/sshd.conf', '127.0.0.1:30800', '127.0.0.1:8000', /sshd has \[8000,30940\]/],
  ['tunnelPorts', 'tunnel/ssh_config', 'Port 15128', 'Port 22', /port of ssh/],
  ['tunnelPorts', cluster, 'port: 30800', 'port: 8000', /the slice has 8000/],
  ['modelNames', 'gpu/vllm.yaml', '=qwen2.5-3b', '=qwen', /vLLM has "qwen"/],
  ['argoCd', 'argocd/project.yaml', 'kind: EndpointSlice', 'kind: Endpoints', /may not apply EndpointSlice/],
  ['argoCd', 'argocd/application.yaml', 'repoURL: ', 'repoURL: http://elsewhere/', /repository: /],
  [
    'argoCd',
    'argocd/argocd-cm.yaml',
    'kinds: [Endpoints]',
    'kinds: [Endpoints, EndpointSlice]',
    /leave EndpointSlices out/,
  ],
  [
    'deployRepository',
    'argocd/notes-deploy/chat-ui/kustomization.yaml',
    'slicechat-api',
    'slicechat-app',
    /notes-deploy has/,
  ],
  ['admissionTwins', 'policies/kyverno/policies.yaml', '[0-9a-f]{64}', '.*', /admission: /],
  ['callsToVllm', 'policies/cilium/policies.yaml', '/(health|metrics)', '/.*', /GET \/docs passes/],
  [
    'callsToVllm',
    'policies/cilium/policies.yaml',
    'path: /tokenize',
    'path: /v1/tokenize',
    /POST \/tokenize is refused/,
  ],
  [
    'passwords',
    'argocd/application.yaml',
    'repoURL: ',
    'repoURL: https://bootcamp:secret@',
    /bootcamp:secret@/,
  ],
]

test.each(faults)('%s: a fault in %s is told', (name, file, from, to, says) => {
  const check = { ...layout.checks, ...joins.checks }[name]
  for (const each of [folder, theirs]) expect(check(each.with(file, from, to)).join('\n')).toMatch(says)
})

test('every check was seen to find something', () => {
  expect(new Set(faults.map(([name]) => name))).toEqual(new Set(checks.map(([name]) => name)))
})
