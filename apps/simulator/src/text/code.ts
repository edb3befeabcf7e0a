import type { Language, Paragraph } from './paragraph.ts'

const paragraph = (language: Language, text: string): Paragraph => ({ language, topic: 'code', text })
const FENCE = '```'

/** Code in several languages, with a sentence before or after it. */
export const code: readonly Paragraph[] = [
  paragraph(
    'en',
    `In Python, a generator keeps memory flat:

${FENCE}python
from collections.abc import Iterator


def moving_average(values: Iterator[float], width: int) -> Iterator[float]:
    """Yield the mean of the last \`width\` values."""
    window: list[float] = []
    for value in values:
        window.append(value)
        if len(window) > width:
            window.pop(0)
        yield sum(window) / len(window)


print(list(moving_average(iter([1, 2, 3, 4, 5]), 2)))  # [1.0, 1.5, 2.5, 3.5, 4.5]
${FENCE}`,
  ),
  paragraph(
    'en',
    `${FENCE}ts
/** Splits a byte stream into lines, however the bytes are cut. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    const parts = rest.split('\\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
  if (rest !== '') yield rest
}
${FENCE}

The \`stream: true\` matters: without it a character that falls on the edge of two chunks becomes \`\\ufffd\`.`,
  ),
  paragraph(
    'en',
    `A small ring buffer in Rust, without \`unsafe\`:

${FENCE}rust
pub struct Ring<T, const N: usize> {
    items: [Option<T>; N],
    next: usize,
}

impl<T: Copy, const N: usize> Ring<T, N> {
    pub fn new() -> Self {
        Self { items: [None; N], next: 0 }
    }

    pub fn push(&mut self, item: T) -> Option<T> {
        let old = self.items[self.next].replace(item);
        self.next = (self.next + 1) % N;
        old
    }
}
${FENCE}`,
  ),
  paragraph(
    'en',
    `${FENCE}sql
-- Answers of the last day, slowest first, with their share of all tokens.
SELECT id,
       model,
       round(ttft_ms)                                       AS ttft_ms,
       completion_tokens,
       completion_tokens * 1.0 / sum(completion_tokens) OVER () AS share
FROM generations
WHERE started_at > datetime('now', '-1 day')
ORDER BY ttft_ms DESC
LIMIT 20;
${FENCE}

An index on \`(started_at, ttft_ms)\` spares the sort.`,
  ),
  paragraph(
    'en',
    `On the command line, the same in one breath:

${FENCE}bash
curl -sN http://127.0.0.1:8000/v1/chat/completions \\
  -H 'content-type: application/json' \\
  -d '{"messages":[{"role":"user","content":"hello"}],"stream":true}' |
  sed -un 's/^data: //p' | head -n 3
${FENCE}`,
  ),
  paragraph(
    'en',
    `${FENCE}go
// Retry calls f until it succeeds, the context ends, or the attempts are used up.
func Retry(ctx context.Context, attempts int, f func() error) error {
	var err error
	for i := range attempts {
		if err = f(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(1<<i) * 100 * time.Millisecond):
		}
	}
	return fmt.Errorf("after %d attempts: %w", attempts, err)
}
${FENCE}`,
  ),
  paragraph(
    'en',
    `The configuration is a few lines of YAML:

${FENCE}yaml
apiVersion: v1
kind: Service
metadata:
  name: vllm
spec:
  ports:
    - name: http
      port: 8000
      targetPort: http
${FENCE}

and what comes back is JSON: \`{"status": "ok", "queued": 0}\`.`,
  ),
  paragraph(
    'en',
    `${FENCE}diff
-  setTimeout(poll, 1000)
+  await once(socket, 'drain')
${FENCE}

Waiting for the event instead of asking once a second is both faster and cheaper.`,
  ),
  paragraph(
    'zh',
    `下面是一个简单的 Python 函数：

${FENCE}python
def 分组(数据: list[int], 大小: int) -> list[list[int]]:
    """把列表切成固定大小的小组。"""
    return [数据[i : i + 大小] for i in range(0, len(数据), 大小)]


print(分组([1, 2, 3, 4, 5], 2))  # [[1, 2], [3, 4], [5]]
${FENCE}

如果最后一组不满，它会比其他组短。`,
  ),
  paragraph(
    'zh',
    `用 TypeScript 写一个带超时的请求：

${FENCE}ts
async function fetchWithTimeout(url: string, ms: number): Promise<Response> {
  // 超时后由信号取消，连接随之关闭
  return fetch(url, { signal: AbortSignal.timeout(ms) })
}
${FENCE}`,
  ),
  paragraph(
    'zh',
    `${FENCE}sql
SELECT 城市, COUNT(*) AS 人数
FROM 用户
GROUP BY 城市
ORDER BY 人数 DESC;
${FENCE}

先分组，再按人数从多到少排序。`,
  ),
]
