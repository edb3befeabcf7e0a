import type { Language, Paragraph } from './paragraph.ts'

const of = (language: Language, text: string): Paragraph => ({ language, topic: 'code', text })
const fence = '```'

/** Code in several languages, with a sentence before or after it. */
export const code: readonly Paragraph[] = [
  of(
    'en',
    `In Python, a generator keeps memory flat:

${fence}python
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
${fence}`,
  ),
  of(
    'en',
    `${fence}ts
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
${fence}

The \`stream: true\` matters: without it a character that falls on the edge of two chunks becomes \`\\ufffd\`.`,
  ),
  of(
    'en',
    `A small ring buffer in Rust, without \`unsafe\`:

${fence}rust
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
${fence}`,
  ),
  of(
    'en',
    `${fence}sql
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
${fence}

An index on \`(started_at, ttft_ms)\` spares the sort.`,
  ),
  of(
    'en',
    `On the command line, the same in one breath:

${fence}bash
curl -sN http://127.0.0.1:8000/v1/chat/completions \\
  -H 'content-type: application/json' \\
  -d '{"messages":[{"role":"user","content":"hello"}],"stream":true}' |
  sed -un 's/^data: //p' | head -n 3
${fence}`,
  ),
  of(
    'en',
    `${fence}go
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
${fence}`,
  ),
  of(
    'en',
    `The configuration is a few lines of YAML:

${fence}yaml
apiVersion: v1
kind: Service
metadata:
  name: vllm
spec:
  ports:
    - name: http
      port: 8000
      targetPort: http
${fence}

and what comes back is JSON: \`{"status": "ok", "queued": 0}\`.`,
  ),
  of(
    'en',
    `${fence}diff
-  setTimeout(poll, 1000)
+  await once(socket, 'drain')
${fence}

Waiting for the event instead of asking once a second is both faster and cheaper.`,
  ),
  of(
    'zh',
    `下面是一个简单的 Python 函数：

${fence}python
def 分组(数据: list[int], 大小: int) -> list[list[int]]:
    """把列表切成固定大小的小组。"""
    return [数据[i : i + 大小] for i in range(0, len(数据), 大小)]


print(分组([1, 2, 3, 4, 5], 2))  # [[1, 2], [3, 4], [5]]
${fence}

如果最后一组不满，它会比其他组短。`,
  ),
  of(
    'zh',
    `用 TypeScript 写一个带超时的请求：

${fence}ts
async function fetchWithTimeout(url: string, ms: number): Promise<Response> {
  // 超时后由信号取消，连接随之关闭
  return fetch(url, { signal: AbortSignal.timeout(ms) })
}
${fence}`,
  ),
  of(
    'zh',
    `${fence}sql
SELECT 城市, COUNT(*) AS 人数
FROM 用户
GROUP BY 城市
ORDER BY 人数 DESC;
${fence}

先分组，再按人数从多到少排序。`,
  ),
]
