import type { Paragraph, Topic } from './paragraph.ts'

const paragraph = (topic: Topic, text: string): Paragraph => ({ language: 'en', topic, text })

/** English prose, lists, tables and mathematics. */
export const english: readonly Paragraph[] = [
  paragraph(
    'prose',
    `That is a good question, and the short answer is: it depends on how much of the work can be shared. When several people ask at once, the weights are read from memory once for all of them, so the second reader is almost free and the thirtieth is not.`,
  ),
  paragraph(
    'prose',
    `Think of a small library with one very careful librarian. She can carry a dozen books on each trip to the stacks, but the trip takes the same time whether she carries one or twelve. **Batching** is nothing more than waiting a moment at the desk to see whether somebody else is about to ask.`,
  ),
  paragraph(
    'prose',
    `A lighthouse keeper once wrote that the sea teaches two things: patience, and the exact length of a rope. Most engineering is the second lesson. You measure the thing, you find that it is shorter than the drawing says, and you change either the drawing or the thing — never the ruler.`,
  ),
  paragraph(
    'prose',
    `Bread rises because yeast turns sugar into carbon dioxide, and gluten, a net of proteins, holds the gas where it is made. A slow, cold rise gives the enzymes time to break starch into more interesting sugars; that is why dough left overnight in the refrigerator tastes of more than flour.`,
  ),
  paragraph(
    'prose',
    `Rivers meander because a bend, once begun, feeds itself. Water on the outside of the curve runs faster and cuts into the bank; on the inside it runs slower and lets its sand fall. Left alone for a few centuries the loop grows until the river cuts through its own neck and leaves an oxbow lake behind. 🏞️`,
  ),
  paragraph(
    'prose',
    `If a page feels slow, look at *when* the first thing appears before you look at how long everything takes. People forgive a long answer that has begun; they do not forgive silence. For the same reason a progress bar that lies is worse than none at all.`,
  ),
  paragraph(
    'prose',
    `The oldest surviving maps were not made for travellers but for tax collectors. They show fields, owners and boundary stones, and hardly a road. A map is always an answer to somebody's question, and it is worth asking whose.`,
  ),
  paragraph(
    'prose',
    `Octopuses taste with their arms. Each sucker carries receptors that tell crab from stone in the dark, and two thirds of the animal's neurons sit in the arms themselves, so that an arm can make up its mind before the head has heard of the matter. 🐙`,
  ),
  paragraph(
    'prose',
    `> Make it work, make it right, make it fast — in that order, and stop when you can.\n\nThe saying is old, and the last clause is the one that is usually left out. A program that is fast enough is finished; every further improvement is paid for in readers.`,
  ),
  paragraph(
    'prose',
    `To summarise: the first token costs a pass over the whole prompt, each further token costs one pass over the weights, and the cache of keys and values grows with both. If memory is what runs out, shorten the context; if time is what runs out, shorten the answer. You can read more in the [notes on capacity](https://example.com/capacity).`,
  ),
  paragraph('prose', `Yes. In most cases that is all there is to it.`),
  paragraph('prose', `Certainly! Here is one way to look at it.`),
  paragraph(
    'list',
    `Here is an order of work that has served well:\n\n1. Write down what *done* would look like.\n2. Find the smallest step that somebody could use.\n   - If it needs more than a day, it is not the smallest.\n   - If nobody could use it, it is not a step.\n3. Do it, and show it.\n4. Throw away what was only scaffolding.`,
  ),
  paragraph(
    'list',
    `Before you leave for the mountains, check:\n\n- **Weather**\n  - the forecast for the evening, not only for noon\n  - wind above the tree line\n- **Water**: two litres a head, three in summer\n- **Way back**\n  - the time of the last bus\n  - a shorter route in case of thunder ⛈️\n- a torch, even if you are sure that you will not need it`,
  ),
  paragraph(
    'list',
    `What usually makes a stream of tokens stutter:\n\n* a proxy that collects output before it passes it on;\n* a client that renders the whole text again for each token;\n* a queue somewhere that nobody drew in the diagram:\n  1. in the load balancer,\n  2. in the kernel,\n  3. in the browser.`,
  ),
  paragraph(
    'list',
    `- [x] backups run every night\n- [x] somebody gets a message when they do not\n- [ ] a restore has been tried this year\n- [ ] the person who knows the password is not the only one who knows the password`,
  ),
  paragraph(
    'list',
    `There are three kinds of latency that people mix up:\n\n1. **Time to first token** – how long nothing happens.\n2. **Time between tokens** – how smoothly it goes on.\n3. **End-to-end time** – how long until you can copy the answer.\n\nThe first is dominated by the queue and the prompt, the second by the batch, the third by the length of the answer.`,
  ),
  paragraph(
    'table',
    `| Slice | Memory | Compute | Good for |\n|:------|-------:|--------:|:---------|\n| 1g.5gb | 5 GB | 1/7 | a model of half a billion parameters |\n| 2g.10gb | 10 GB | 2/7 | three billion, short contexts |\n| 3g.20gb | 20 GB | 3/7 | seven billion |\n| 7g.40gb | 40 GB | 7/7 | seven billion and many readers |\n\nMemory is what decides whether a model fits; bandwidth is what decides how fast it talks.`,
  ),
  paragraph(
    'table',
    `Compared side by side:\n\n| | Tea | Coffee |\n|---|:---:|:---:|\n| Caffeine in a cup | 40 mg | 95 mg |\n| Water | 70–95 °C | 92–96 °C |\n| Time | 2–5 min | 25 s – 4 min |\n| Forgives neglect | rarely | never |`,
  ),
  paragraph(
    'table',
    `| Status | Meaning | Try again? |\n|-------:|---------|------------|\n| 400 | the request itself is wrong | no |\n| 401 | no key, or a wrong one | no |\n| 404 | no such model | no |\n| 429 | too many at once | after a while |\n| 500 | the engine failed | once |\n| 503 | busy or starting | yes, with patience |`,
  ),
  paragraph(
    'mathematics',
    `The mean of the waiting time follows from Little's law, $L = \\lambda W$: with $\\lambda = 4$ requests a second and $L = 12$ of them in the house, each stays for\n\n$$W = \\frac{L}{\\lambda} = \\frac{12}{4} = 3\\ \\text{s}.$$\n\nNothing was assumed about the order of service or the shape of the arrivals, which is what makes the law so useful.`,
  ),
  paragraph(
    'mathematics',
    `Completing the square gives the familiar formula. From $ax^2 + bx + c = 0$ with $a \\neq 0$,\n\n$$\\left(x + \\frac{b}{2a}\\right)^2 = \\frac{b^2 - 4ac}{4a^2} \\quad\\Longrightarrow\\quad x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}.$$`,
  ),
  paragraph(
    'mathematics',
    `A roofline bounds the time of one step from two sides:\n\n$$t \\ge \\max\\left(\\frac{\\text{bytes}}{\\beta},\\ \\frac{\\text{flops}}{\\pi}\\right).$$\n\nFor $6.17 \\times 10^9$ bytes and $\\beta = 389 \\times 10^9$ bytes per second the left side alone is about $15.9$ ms, so no amount of arithmetic will make a token cheaper than that.`,
  ),
  paragraph(
    'mathematics',
    `*Claim.* There are infinitely many primes.\n\n*Proof.* Suppose $p_1, \\dots, p_n$ were all of them, and let $N = p_1 p_2 \\cdots p_n + 1$. Some prime $q$ divides $N$. If $q$ were one of the $p_i$, it would divide $N - p_1 \\cdots p_n = 1$, which it cannot. So $q$ is new, and the list was not complete. $\\blacksquare$`,
  ),
]
